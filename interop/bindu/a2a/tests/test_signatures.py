"""Webhooks are signed: a verifier of RFC 9421 that is not ours accepts them with the key of the DID document."""

import base64
import hashlib
import queue
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
COVERED = ['"@method"', '"@target-uri"', '"content-type"', '"content-digest"', '"x-delivery-id"']


def key_of(text):
    """A public key of base58."""
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    return Ed25519PublicKey.from_public_bytes(number.to_bytes(32, "big"))


@pytest.fixture
def webhook():
    deliveries = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            url = f"http://{self.headers['host']}{self.path}"
            headers = httpx.Headers(self.headers.items())
            deliveries.put(SimpleNamespace(method="POST", url=url, headers=headers, body=body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/hook?of=a%20task", deliveries=deliveries)
    server.shutdown()
    thread.join()
    server.server_close()


def test_signed_webhooks(url, webhook):
    """A28 each delivery verifies, and none that was changed"""
    card = httpx.get(f"{url}/.well-known/agent-card.json").json()
    did = card["capabilities"]["extensions"][0]["uri"]
    document = httpx.get(f"{url}/did/resolve", params={"did": did}).json()
    [method] = document["authentication"]

    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id):
            assert key_id == method["id"] == f"{did}#key-1"
            return key_of(method["publicKeyBase58"])

    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    message = {"messageId": str(uuid.uuid4()), "role": "ROLE_USER", "parts": [{"text": "hello"}]}
    configuration = {"taskPushNotificationConfig": {"url": webhook.url}}
    params = {"message": message, "configuration": configuration}
    rpc = {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params}
    httpx.post(f"{url}/a2a", json=rpc, headers={"A2A-Version": "1.0"}).raise_for_status()
    ids = set()
    for number in range(1, 4):
        delivery = webhook.deliveries.get(timeout=10)
        headers = delivery.headers
        [result] = verifier.verify(delivery, expect_tag="a2a-push")
        assert list(result.covered_components)[:5] == COVERED
        digest = base64.b64encode(hashlib.sha256(delivery.body).digest()).decode()
        assert headers["content-digest"] == f"sha-256=:{digest}:"
        assert headers["content-type"] == "application/a2a+json"
        assert headers["x-event-sequence"] == str(number)
        ids.add(headers["x-delivery-id"])
        for name in ("x-delivery-id", "content-digest"):
            changed = SimpleNamespace(**{**vars(delivery), "headers": headers.copy()})
            changed.headers[name] = "changed"
            with pytest.raises(InvalidSignature):
                verifier.verify(changed, expect_tag="a2a-push")
        with pytest.raises(InvalidSignature):
            elsewhere = SimpleNamespace(**{**vars(delivery), "url": f"{delivery.url}&more"})
            verifier.verify(elsewhere, expect_tag="a2a-push")
    assert len(ids) == 3
