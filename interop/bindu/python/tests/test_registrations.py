"""The official stubs before our core: who is registered, who is refused and why, and how an agent leaves."""

import json
import time

import httpx
import pytest
from bindu.grpc.generated import agent_handler_pb2 as messages
from conftest import VECTORS, Handler

# What Python says of its own failures, or of payments, which this core does not take.
IN_OWN_WORDS = {
    "notjson": "Invalid config_json: ",
    "empty": "Invalid config_json: ",
    **dict.fromkeys(("array", "string", "null", "num"), "Registration failed: "),
    "capnull": "Registration failed: ",
    "extrarun": "Registration failed: ",
    "execcost": "Registration failed: execution_cost is not supported by this core",
    "execcostempty": "Registration failed: execution_cost is not supported by this core",
    "execstr": "Registration failed: execution_cost is not supported by this core",
}


@pytest.mark.parametrize("row", VECTORS["registration_errors"], ids=lambda row: row["case"])
def test_refusals(core, row):
    """S22 a refusal in the words of the official core"""
    reply = core.register(row["config_json"])
    assert (reply.success, reply.agent_id, reply.did, reply.agent_url) == (False, "", "", "")
    beginning = IN_OWN_WORDS.get(row["case"])
    assert reply.error == row["error"] if beginning is None else reply.error.startswith(beginning)


def test_missing_members(core):
    """S22 D5 several missing members are told by name"""
    reply = core.register(json.dumps({"deployment": {"expose": True}}))
    assert reply.error == (
        "Registration failed: ConfigError: missing required fields in the agent configuration: "
        "author, name, deployment.url"
    )


def test_identities(core):
    """S22 ids and names as the official core derives them"""
    for row in VECTORS["identities"]:
        config = {
            "author": row["author"],
            "name": row["name"],
            "deployment": {"url": "http://127.0.0.1:0", "expose": True},
        }
        reply = core.register(json.dumps(config))
        assert (reply.error, reply.agent_id, reply.did) == ("", row["agent_id"], row["did"])
        assert core.service.UnregisterAgent(messages.UnregisterAgentRequest(agent_id=reply.agent_id)).success


def test_heartbeats_and_leaving(core):
    """S34 a heartbeat is acknowledged until the agent leaves; then its port is closed"""
    agent = core.agent(Handler({}), name="leaver")

    def beat(agent_id):
        now = round(time.time() * 1_000)
        answer = core.service.Heartbeat(messages.HeartbeatRequest(agent_id=agent_id, timestamp=now))
        assert abs(answer.server_timestamp - now) < 60_000
        return answer.acknowledged

    leave = messages.UnregisterAgentRequest(agent_id=agent.id)
    assert beat(agent.id)
    assert not beat("")
    assert agent.http.get("/health").json()["application"]["agent_did"] == agent.did
    assert core.service.UnregisterAgent(leave).success
    assert not beat(agent.id)
    again = core.service.UnregisterAgent(leave)
    assert (again.success, again.error) == (False, f"Agent {agent.id} not found")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{agent.url}/health")


def test_moving(core):
    """S30 an agent that registers again is called at its new address"""
    first, second = Handler({"who": "first"}), Handler({"who": "second"})
    agent = core.agent(first, name="mover")
    core.agent(second, name="mover", deployment={"url": agent.url, "expose": True})
    params = {
        "message": {
            "role": "user",
            "kind": "message",
            **dict.fromkeys(("messageId", "contextId", "taskId"), "11111111-0000-4000-8000-000000000001"),
            "parts": [{"kind": "text", "text": "who"}],
        },
        "configuration": {"acceptedOutputModes": ["text/plain"], "blocking": True},
    }
    rpc = {
        "jsonrpc": "2.0",
        "id": "11111111-0000-4000-8000-000000000002",
        "method": "message/send",
        "params": params,
    }
    task = agent.http.post("/", json=rpc).json()["result"]
    assert task["artifacts"][0]["parts"][0]["text"] == "second"
    assert (len(first.requests), len(second.requests)) == (0, 1)
    assert second.requests[0].task_id == task["id"]
