"""Random walks through rooms, step by step beside a model of what the documentation says."""

import random

import pytest

from agent import as_message
from room_model import RoomModel
from walk import agree, outcome_of

STEPS = 50
KINDS = ["join"] * 4 + ["send", "read"] * 4 + ["invite"] * 3 + ["reject", "leave", "kick", "close"]
# What such a call would make of the other is so already: of these the documentation says too little.
SETTLED = {"invite": {"joined", "invited"}, "kick": {"kicked", "left", "rejected"}}


def step_of(chance, agents, room, model):
    """A call that an agent makes, what it says of itself, and the same upon the model."""
    who, other = chance.choice([*agents, "creator"]), chance.choice(list(agents))
    kind = chance.choice(KINDS)
    if model.status.get(other) in SETTLED.get(kind, ()):
        kind = "read"
    agent, room_id = agents[who], room["id"]
    if kind == "send":
        message = as_message("x")
        return f"{who} sends", lambda: call(agent, kind, roomId=room_id, message=message), lambda: model.send(who)
    if kind == "read":
        return (
            f"{who} reads",
            lambda: len(agent.rpc("room/read", roomId=room_id)["messages"]),
            lambda: model.take(who),
        )
    if kind in SETTLED:
        return (
            f"{who} does {kind} {other}",
            lambda: call(agent, kind, roomId=room_id, nodeId=agents[other].node_id),
            lambda: getattr(model, kind)(who, other),
        )
    return f"{who} does {kind}", lambda: call(agent, kind, roomId=room_id), lambda: getattr(model, kind)(who)


def call(agent, kind, **params):
    agent.rpc(f"room/{kind}", **params)


@pytest.mark.parametrize("seed", range(6))
def test_walk(server, seed):
    """G62 G66 G67 G68 G69 G129"""
    chance = random.Random(seed)
    agents = {name: server.agent(name=name) for name in ["creator", "one", "two", "stranger"]}
    model, told = None, []
    for _ in range(STEPS):
        # A room that has ended stays for a while, and then there is a new one.
        if model is None or (model.closed is not None and chance.random() < 0.2):
            invited = ["one", "two"]
            ids = [agents[name].node_id for name in invited]
            room, model, told = (
                agents["creator"].rpc("room/create", participantNodeIds=ids),
                RoomModel("creator", invited),
                [],
            )
        what, act, expect = step_of(chance, agents, room, model)
        told.append(what)
        assert agree(outcome_of(act), outcome_of(expect)), told
        who = chance.choice(list(model.status))
        seen = agents[who].rpc("room/get", roomId=room["id"])
        status = {each["nodeId"]: each["status"] for each in seen["participants"]}
        assert status == {agents[name].node_id: status for name, status in model.status.items()}, told
        assert (seen["state"], seen.get("closedReason")) == ("closed" if model.closed else "open", model.closed), told
        assert seen["messageCount"] == len(model.authors), told
        if model.is_in(who) or model.status[who] == "invited":
            assert seen["unreadCount"] == model.unread(who), told
        authors = [each["fromNodeId"] for each in seen["messages"]]
        assert authors == [agents[author].node_id for author in model.authors if model.is_in(who)], (who, told)
