"""The same load by a minimal client in Python: client-load.py URL SEED TARGET CALLS."""

import hashlib
import json
import secrets
import sys
import time
import uuid
from datetime import datetime, timezone

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class GridClient:
    """Signs what it is given and posts it; nothing is checked, repeated or decoded beyond JSON."""

    def __init__(self, url, seed):
        self.url = url
        self.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        digest = hashlib.sha256(self.key.public_key().public_bytes_raw()).hexdigest()
        self.node_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, digest))
        self.http = httpx.Client()

    def call(self, address, method, params):
        payload = {
            **params,
            "fromNodeId": self.node_id,
            "timestamp": datetime.now(timezone.utc).isoformat(),
            "nonce": secrets.token_hex(16),
        }
        canonical = json.dumps(payload, sort_keys=True, ensure_ascii=False)
        payload["signature"] = self.key.sign(canonical.encode()).hex()
        response = self.http.post(
            f"{self.url}/a2a/{address}",
            json={"jsonrpc": "2.0", "id": "1", "method": method, "params": payload},
        )
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def send_task(self, target, text):
        message = {"messageId": str(uuid.uuid4()), "role": "user", "parts": [{"type": "text", "text": text}]}
        return self.call(target, "message/send", {"message": message})


url, seed, target, calls = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
client = GridClient(url, seed)


def run(count):
    begin, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        client.send_task(target, "Please analyze this report")
    return {"seconds": time.perf_counter() - begin, "cpuSeconds": time.process_time() - cpu}


run(calls // 2)
print(json.dumps({"calls": calls, **run(calls)}))
