"""Keys, node ids and signatures of Grid, written from its documentation with Python's own json and uuid."""

import hashlib
import json
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def canonical(payload):
    """The bytes that are signed: of all of a payload but its signature."""
    unsigned = {name: value for name, value in payload.items() if name != "signature"}
    return json.dumps(unsigned, sort_keys=True, ensure_ascii=False).encode()


def node_id_of(public_key):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, hashlib.sha256(public_key).hexdigest()))


def is_signed_by(public_key, payload):
    """Whether the payload's signature is the key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(payload["signature"]), canonical(payload))
    except InvalidSignature:
        return False
    return True


class Identity:
    """A key, and who it is."""

    def __init__(self):
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw()
        self.node_id = node_id_of(self.public_key)
        self.did = f"did:grid:{self.public_key.hex()}"

    def sign(self, payload):
        return self.sign_bytes(canonical(payload))

    def sign_bytes(self, signed):
        return self._key.sign(signed).hex()
