"""Our client and our signatures before the official stubs and the official verifier."""

import json
import os

import grpc
import pytest
from bindu.utils.did.signature import verify_signature
from conftest import HERE, VECTORS, Handler, run

FAILURES = {
    "down": (grpc.StatusCode.UNAVAILABLE, "AgentUnavailableError"),
    "late": (grpc.StatusCode.DEADLINE_EXCEEDED, "AgentTimeoutError"),
    "gone": (grpc.StatusCode.CANCELLED, "AgentCancelledError"),
    "none": (grpc.StatusCode.UNIMPLEMENTED, "AgentUnimplementedError"),
    "much": (grpc.StatusCode.RESOURCE_EXHAUSTED, "MessageTooLargeError"),
    "broken": (grpc.StatusCode.INTERNAL, "AgentHandlerError"),
    "refused": (grpc.StatusCode.PERMISSION_DENIED, "AgentHandlerError"),
}
ROWS = VECTORS["client_conversion"]


@pytest.fixture(scope="module")
def told(core):
    answers = {f"row {index}": row["response"] for index, row in enumerate(ROWS)}
    answers |= {text: status for text, (status, _) in FAILURES.items()}
    handler = Handler(answers, pieces=[{"content": "one"}, {"content": "one, two", "is_final": True}])
    return run(os.path.join(HERE, "our-client.ts"), core.serve(handler), *answers)


@pytest.mark.parametrize("index", range(len(ROWS)))
def test_answers(told, index):
    """S3 what the official class makes of an answer, ours makes of it"""
    assert told["results"][index] == ROWS[index]["result"]


@pytest.mark.parametrize("text", FAILURES)
def test_failures(told, text):
    """S5 S6 S7 each status is the error that is meant, with the agent's words"""
    expected = {"name": FAILURES[text][1], "details": "handler blew up"}
    assert told["results"][len(ROWS) + list(FAILURES).index(text)] == expected


def test_streams_and_questions(told):
    """S9 S11 a stream piece by piece, and what an agent says of itself"""
    assert told["streamed"] == ["one", "one, two"]
    assert told["health"] is True
    assert (told["about"]["name"], told["about"]["supportsStreaming"]) == ("py", True)


BODIES = [row["body"] for row in VECTORS["request_signatures"] if "\0" not in row["body"]]


def test_signed_requests():
    """S22 the official verifier accepts what we sign, and nothing that was changed"""
    key, did = VECTORS["test_key"], "did:bindu:interop:signer"
    signed = run(os.path.join(HERE, "signer.ts"), did, key["private_pem"], *BODIES)
    for body, headers in zip(BODIES, signed, strict=True):
        rest = (headers["X-DID-Signature"], headers["X-DID"], int(headers["X-DID-Timestamp"]), key["public_base58"])
        assert verify_signature(body, *rest)
        assert not verify_signature(f"{body} ", *rest)
