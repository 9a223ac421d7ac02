"""The official `GrpcAgentClient` before a handler of ours: what is sent, and what it makes of the answers."""

import grpc
import pytest
from bindu.grpc.client import GrpcAgentClient
from conftest import VECTORS

INPUT_REQUIRED = {"state": "input-required"}


@pytest.fixture
def client(handler_address):
    client = GrpcAgentClient(handler_address, timeout=10)
    yield client
    client.close()


def say(text):
    return [{"role": "user", "content": text}]


ANSWERS = [
    ("ask", {**INPUT_REQUIRED, "prompt": "Which?", "k": "v"}),
    ("ask, with a text", {**INPUT_REQUIRED, "prompt": "Q", "content": "C"}),
    ("log in", {"state": "auth-required", "prompt": "Log in"}),
    ("nothing to say", {**INPUT_REQUIRED, "prompt": "More input is needed."}),
    ("done", "done!"),
    ("overwrite", {**INPUT_REQUIRED, "prompt": "Q"}),
    ("empty", ""),
    ("pieces", "one, two"),
]


@pytest.mark.parametrize("row", VECTORS["client_requests"], ids=str)
def test_requests(client, row):
    """S3 S22 what the official client makes of messages is what the handler sees"""
    told = client(row["in"])
    assert told == str(row["wire"]).replace("'", '"').replace(", ", ",")


@pytest.mark.parametrize(("text", "result"), ANSWERS)
def test_answers(client, text, result):
    """S13 S17 what a handler gives is what the official client answers"""
    assert client(say(text)) == result


@pytest.mark.parametrize(("text", "result"), ANSWERS)
def test_streams(handler_address, text, result):
    """S17 the last piece of a stream is the whole answer"""
    client = GrpcAgentClient(handler_address, timeout=10, use_streaming=True)
    assert list(client(say(text)))[-1] == result
    client.close()


def test_errors(client):
    """S14 S17 an error is a status without braces, and harms no later call"""
    with pytest.raises(grpc.RpcError) as failure:
        client(say("fail"))
    assert failure.value.code() == grpc.StatusCode.INTERNAL
    assert failure.value.details() == '("error":("code":429))'
    with pytest.raises(grpc.RpcError) as failure:
        client(say("long"))
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "exceeds the limit of" in failure.value.details()
    assert client(say("done")) == "done!"


def test_health_and_capabilities(client):
    """S9 S17 the handler says that it is well, and what it is"""
    assert client.health_check() is True
    capabilities = client.get_capabilities()
    assert (capabilities.name, capabilities.supports_streaming) == ("told", True)
