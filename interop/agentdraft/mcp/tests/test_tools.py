"""The six tools over stdio: the official MCP server on our HTTP server, and ours in its place."""

import json
import os
import sys
from datetime import timedelta

import anyio
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from conftest import BINARY
from served import NODE

SERVERS = {
    "official": [sys.executable, "-m", "agentdraft_mcp"],
    "ours": [NODE, BINARY, "mcp"],
}


@pytest.fixture(params=SERVERS)
def tools(request, owner):
    """Calls tools of a server that acts for an agent."""

    def call_all(agent, *calls):
        command, *args = SERVERS[request.param]
        env = {
            **os.environ,
            "AGENTDRAFT_API_KEY": agent.made["plaintext_key"],
            "AGENTDRAFT_BASE_URL": owner.url,
        }

        async def session():
            server = StdioServerParameters(command=command, args=args, env=env)
            async with stdio_client(server) as (reading, writing):
                async with ClientSession(reading, writing) as client:
                    info = await client.initialize()
                    names = {tool.name for tool in (await client.list_tools()).tools}
                    results = []
                    for name, arguments in calls:
                        result = await client.call_tool(name, arguments)
                        assert not result.isError, result
                        results.append(json.loads(result.content[0].text))
                    return info.serverInfo.name, names, results

        return anyio.run(session)

    return call_all


def texts(slot):
    return {"start": slot["start"].isoformat(), "end": slot["end"].isoformat()}


def test_names(tools, owner):
    """AD-98"""
    agent = owner.agent(1)
    name, names, [me] = tools(agent, ("whoami", {}))
    assert name == "agentdraft"
    assert names >= {
        "whoami",
        "get_availability",
        "create_hold",
        "release_hold",
        "commit_booking",
        "cancel_booking",
    }
    assert (me["agent_id"], me["user_id"], me["priority"], me["timezone"]) == (agent.agent_id, owner.user_id, 1, "UTC")


def test_hold_and_release(tools, owner, slot):
    """AD-98"""
    agent = owner.agent(1)
    _, _, [held] = tools(agent, ("create_hold", texts(slot)))
    assert (held["status"], held["start"], held["end"]) == ("HOLD", *texts(slot).values())
    _, _, [released, available] = tools(
        agent,
        ("release_hold", {"hold_id": held["booking_id"]}),
        ("get_availability", {**texts({**slot, "end": slot["end"] + timedelta(minutes=15)}), "duration_minutes": 30}),
    )
    assert released == {"released": True, "hold_id": held["booking_id"]}
    assert [free["start"] for free in available["slots"]] == [
        slot["start"].isoformat(),
        (slot["start"] + timedelta(minutes=15)).isoformat(),
    ]


def test_commit_lose_and_cancel(tools, owner, slot):
    """AD-98"""
    winner, loser = owner.agent(1), owner.agent(5)
    _, _, [booked] = tools(winner, ("commit_booking", {**texts(slot), "title": "Board meeting"}))
    assert (booked["status"], booked["title"]) == ("COMMITTED", "Board meeting")
    assert "conferencing" not in booked
    _, _, [lost] = tools(loser, ("commit_booking", texts(slot)))
    assert {key: value for key, value in lost.items() if key != "message"} == {
        "error": "outranked",
        "winning_booking_id": booked["booking_id"],
        "winning_agent_id": winner.agent_id,
        "winning_agent_priority": 1,
        "your_priority": 5,
    }
    _, _, [refused] = tools(loser, ("cancel_booking", {"booking_id": booked["booking_id"]}))
    assert (refused["error"], refused["detail"]["error"]) == ("AuthError", "not_owner")
    _, _, [cancelled] = tools(winner, ("cancel_booking", {"booking_id": booked["booking_id"]}))
    assert cancelled == {"cancelled": True, "booking_id": booked["booking_id"]}


def test_broken_rule(tools, owner, slot):
    """AD-98"""
    agent = owner.agent(1)
    owner.call("PUT", "/v1/dashboard/rules", {"max_duration_min": 15})
    _, _, [broken] = tools(agent, ("commit_booking", texts(slot)))
    assert (broken["error"], broken["detail"]["rule"]) == ("RuleViolation", "max_duration")
