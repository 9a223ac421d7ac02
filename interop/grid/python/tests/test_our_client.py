"""Our client's requests, written down on their way to the server, as Python reads them."""

import json
import os
import subprocess
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from served import NODE
from identity import canonical, is_signed_by, node_id_of
from proxy import RecordingProxy

PROGRAM = os.path.join(os.path.dirname(__file__), "..", "our-client.ts")
UNSIGNED = {"/protocol"}
RETRIED = {"message/send", "room/send", "task/list", "schedule/create"}
RPC_METHODS = {
    *["message/send", "message/ack"],
    *["task/list", "task/get", "task/read", "task/update", "task/cancel"],
    *[f"room/{each}" for each in "create send read get list close leave join reject invite kick".split()],
    *[f"schedule/{each}" for each in "create list get update delete".split()],
}


@pytest.fixture(scope="module")
def recorded(server):
    """The requests of a program of our client, and the keys that it signs with, by node id."""
    proxy = RecordingProxy(
        server.url, lambda request: request.rpc_method in RETRIED or request.path.endswith("/heartbeat")
    )
    try:
        program = subprocess.run([NODE, PROGRAM, proxy.url], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    finally:
        proxy.stop()
    return proxy.requests, {node_id: bytes.fromhex(key) for node_id, key in json.loads(program.stdout).items()}


def signed(requests):
    return [request for request in requests if request.path not in UNSIGNED]


def test_all_that_there_is(recorded):
    """G109"""
    requests, keys = recorded
    assert {request.rpc_method for request in requests} - {None} == RPC_METHODS
    rest = Counter(
        (request.method, request.path.rsplit("/", 1)[-1]) for request in requests if request.rpc_method is None
    )
    assert {
        ("POST", "nodes"),
        ("POST", "search"),
        ("POST", "set-status"),
        ("GET", "events"),
        ("GET", "protocol"),
    } <= set(rest)
    assert {method for method, _ in rest} == {"GET", "POST", "PUT", "PATCH"}
    assert keys == {node_id_of(key): key for key in keys.values()}


def test_signed_by_the_key_of_the_sender(recorded):
    """G8 G14 G17"""
    requests, keys = recorded
    for request in signed(requests):
        payload = request.payload
        assert is_signed_by(keys[payload["fromNodeId"]], payload), request
        assert len(payload["signature"]) == 128 and payload["signature"] == payload["signature"].lower()


def test_sent_is_what_was_signed(recorded):
    """G8"""
    requests, _ = recorded
    for request in signed(requests):
        if request.body:
            payload = request.payload
            sent = f'{canonical(payload).decode()[:-1]}, "signature": "{payload["signature"]}"}}'
            assert sent in request.body if request.rpc_method else sent == request.body


def test_fresh_each_time(recorded):
    """G17 G18"""
    requests, _ = recorded
    payloads = [request.payload for request in signed(requests)]
    assert len({payload["nonce"] for payload in payloads}) == len(payloads)
    for payload in payloads:
        age = datetime.now(timezone.utc) - datetime.fromisoformat(payload["timestamp"])
        assert timedelta(0) <= age < timedelta(minutes=2)


def test_sent_again(recorded):
    """G17 G61"""
    requests, _ = recorded
    refused = [index for index, request in enumerate(requests) if request.refused]
    assert {requests[index].rpc_method for index in refused} == {*RETRIED, None}
    for index in refused:
        first = requests[index]
        again = next(
            each for each in requests[index + 1 :] if each[:2] == first[:2] and each.rpc_method == first.rpc_method
        )
        ours, theirs = ({**each.payload, "nonce": "", "timestamp": "", "signature": ""} for each in (first, again))
        assert ours == theirs, "the same call, ids and all"
        assert first.payload["nonce"] != again.payload["nonce"]


def test_times_of_both_kinds(recorded):
    """G12"""
    requests, keys = recorded
    endings = {node_id: set() for node_id in keys}
    for request in signed(requests):
        endings[request.payload["fromNodeId"]].add(request.payload["timestamp"][19:].lstrip(".0123456789"))
    assert sorted(map(sorted, endings.values())) == [["+00:00"], ["Z"]]


def test_nothing_is_said_of_the_key(recorded):
    """G7"""
    requests, _ = recorded
    assert not [request for request in requests if "07" * 32 in request.body or "08" * 32 in request.body]
