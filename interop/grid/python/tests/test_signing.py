"""Signatures over what a peer may write, and what is refused."""

import json
import random
from datetime import timedelta

import pytest

from agent import Refused, as_message, refused_by_rest, system_time
from documents import document, object_of, same, string, written_object
from identity import canonical

DOCUMENTS_PER_SEED = 25


def signed_text(chance, agent, members):
    """The text of a payload with members as texts, signed, and the payload."""
    fields = {name: string(chance, value) for name, value in agent.fields().items()}
    payload = json.loads(object_of(chance, {**members, **fields}))
    signature = agent.identity.sign(payload)
    return object_of(chance, {**members, **fields, "signature": string(chance, signature)}), payload


@pytest.mark.parametrize("seed", range(20))
def test_documents_of_every_form(pair, seed):
    """G8 G15"""
    chance = random.Random(seed)
    sender, receiver = pair
    for _ in range(DOCUMENTS_PER_SEED):
        data, metadata = written_object(chance), written_object(chance, depth=2)
        part = object_of(chance, {"type": '"data"', "data": data})
        message = object_of(chance, {"role": '"user"', "parts": f"[{part}]", "metadata": metadata})
        params, _ = signed_text(chance, sender, {"message": message, "unknown to the server": document(chance)})
        envelope = {"jsonrpc": "2.0", "id": seed}
        text = f'{json.dumps(envelope)[:-1]},"method":"message/send","params":{params}}}'
        task = sender.result_of(sender.send("POST", f"/a2a/{receiver.node_id}", text.encode()), envelope)
        [read] = receiver.read(task)["messages"]
        assert same(read["parts"][0]["data"], json.loads(data)), data
        assert same(read["metadata"], json.loads(metadata)), metadata


@pytest.mark.parametrize("seed", range(4))
def test_every_other_form_is_another_document(server, seed):
    """G8 G9"""
    chance = random.Random(seed)
    agent = server.agent()
    forms = [("1.0", "1"), ("1", "1.0"), ("0", "0.0"), ("0.0", "-0.0"), ("1e16", "10000000000000000"), ("true", "1")]
    forms += [("9007199254740993", "9007199254740992"), ('"\u00e9"', '"e\u0301"'), ("null", '""'), ("[]", "{}")]
    for signed, sent in forms:
        text, payload = signed_text(chance, agent, {"value": "0", "padding": document(chance)})
        payload["value"] = json.loads(signed)
        signature = agent.identity.sign(payload)
        body = {**payload, "value": "@", "signature": signature}
        path = f"/nodes/{agent.node_id}/heartbeat"
        forged = json.dumps(body).replace('"@"', sent)
        refused = refused_by_rest(agent.send("POST", path, forged))
        assert (refused.status, refused.reason) == (401, "bad_signature"), (signed, sent)
        good = json.dumps(body).replace('"@"', signed)
        assert agent.send("POST", path, good).status_code == 200, "what a forgery used, it has not used up"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('{"a":1,"a":1}', "duplicate_member"),
        ("1e400", "bad_number"),
        ("1" * 401, "bad_number"),
        ('"\\ud83d"', "bad_string"),
        ("NaN", "malformed_json"),
        ("01", "malformed_json"),
        ("[" * 64 + "]" * 64, "too_deep"),
    ],
)
def test_documents_that_are_none(server, value, reason):
    """G9 G125"""
    agent = server.agent()
    body = json.dumps({**agent.signed({}), "value": "@"}).replace('"@"', value)
    refused = refused_by_rest(agent.send("POST", f"/nodes/{agent.node_id}/heartbeat", body))
    assert (refused.status, refused.reason) == (400, reason)


def test_who_one_is(server):
    """G1 G21"""
    agent = server.stranger()
    node = agent.register(name="who")
    assert (node["node_id"], node["did"]) == (agent.node_id, agent.identity.did)
    assert node["public_key"] == agent.identity.public_key.hex()


def test_nothing_is_said_twice(pair):
    """G11 G10"""
    agent, other = pair
    body = json.dumps(agent.signed({}))
    assert agent.send("POST", f"/nodes/{agent.node_id}/heartbeat", body).status_code == 200
    for path in ["heartbeat", "status"]:
        again = refused_by_rest(agent.send("POST", f"/nodes/{agent.node_id}/{path}", body))
        assert (again.status, again.reason) == (401, "nonce_replayed")
    envelope = agent.envelope("task/list", json.loads(body))
    with pytest.raises(Refused) as elsewhere:
        agent.result_of(agent.send("POST", f"/a2a/{agent.node_id}", json.dumps(envelope)), envelope)
    assert (elsewhere.value.code, elsewhere.value.reason) == (-32010, "nonce_replayed")
    query = agent.signed_query()
    assert agent.http.get(f"/nodes/{other.node_id}?{query}").status_code == 200
    assert refused_by_rest(agent.http.get(f"/nodes/{other.node_id}?{query}")).reason == "nonce_replayed"
    nonce = json.loads(body)["nonce"]
    assert other.send("POST", f"/nodes/{other.node_id}/heartbeat", json.dumps(other.signed({}, nonce=nonce))).is_success


def tampered(name, value):
    return lambda payload, agent, other: {**payload, name: value}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (tampered("query", "gold"), "bad_signature"),
        (tampered("added", None), "bad_signature"),
        (lambda payload, agent, other: {**payload, "fromNodeId": other.node_id}, "bad_signature"),
        (lambda payload, agent, other: {**payload, "signature": other.identity.sign(payload)}, "bad_signature"),
        (lambda payload, agent, other: {name: payload[name] for name in payload if name != "nonce"}, "missing_field"),
        (lambda payload, agent, other: agent.signed({"query": "a"}, nonce="A" * 32), "bad_nonce"),
        (lambda payload, agent, other: agent.signed({"query": "a"}, timestamp="2026-01-02T03:04:05"), "bad_timestamp"),
        (
            lambda payload, agent, other: agent.signed(
                {"query": "a"}, timestamp=(system_time() - timedelta(seconds=310)).isoformat()
            ),
            "stale_timestamp",
        ),
        (lambda payload, agent, other: agent.signed({"query": "a"}, fromNodeId="0" * 36), "unknown_node"),
    ],
)
def test_tampered_requests(pair, change, reason):
    """G9 G12 G13"""
    agent, other = pair
    payload = agent.signed({"query": "silver"})
    refused = refused_by_rest(agent.send("POST", "/search", json.dumps(change(payload, agent, other))))
    assert (refused.status, refused.reason) == (401, reason)
    assert agent.send("POST", "/search", json.dumps(payload)).status_code == 200


def test_signed_queries(pair):
    """G14"""
    agent, other = pair
    path = f"/nodes/{other.node_id}"
    more = {"né€😀": "a b+c&d=e%", "10": "1.0", "": ""}
    assert agent.http.get(f"{path}?{agent.signed_query(**more)}").status_code == 200
    assert refused_by_rest(agent.http.get(f"{path}?{agent.signed_query()}&more=1")).reason == "bad_signature"
    twice = refused_by_rest(agent.http.get(f"{path}?{agent.signed_query(more='1')}&more=1"))
    assert (twice.status, twice.reason) == (400, "duplicate_member")


def test_another_agents_address(pair):
    """G13"""
    agent, other = pair
    body = agent.signed({"status": "busy"})
    refused = refused_by_rest(agent.send("POST", f"/nodes/{other.node_id}/set-status", json.dumps(body)))
    assert (refused.status, refused.reason) == (403, "forbidden")
    # What is refused only after its signature was good has used its nonce.
    again = refused_by_rest(agent.send("POST", f"/nodes/{agent.node_id}/set-status", json.dumps(body)))
    assert again.reason == "nonce_replayed"


def test_canonical_form_is_asked_for(pair):
    """G8"""
    agent, other = pair
    payload = {"message": as_message("compact"), **agent.fields()}
    compact = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert compact != canonical(payload)
    signature = agent.identity.sign_bytes(compact)
    envelope = agent.envelope("message/send", {**payload, "signature": signature})
    with pytest.raises(Refused) as refused:
        agent.result_of(agent.send("POST", f"/a2a/{other.node_id}", json.dumps(envelope)), envelope)
    assert refused.value.reason == "bad_signature"
