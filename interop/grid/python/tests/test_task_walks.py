"""Random walks over tasks, step by step beside a model of what the documentation says."""

import random

import pytest

from agent import as_message
from task_model import TERMINAL, TaskModel
from walk import agree, outcome_of

STEPS = 40
STATES = ["working", "input_required", "auth_required", "working", "completed", "failed", "rejected", "canceled"]


def step_of(chance, agents, task):
    """A call that an agent makes, what it says of itself, and the same upon the model."""
    who = chance.choice(["sender", "receiver"] * 4 + ["outsider"])
    agent = agents[who]
    state = chance.choice([None, None, None, *STATES])
    kind = chance.randrange(7)
    if kind < 2:
        said = {} if state is None else {"state": state}
        return (
            f"{who} sends {said}",
            lambda: agent.reply(task, "x", **said) and None,
            lambda model: model.send(who, state),
        )
    if kind < 4:
        message, artifact = chance.random() < 0.3, chance.choice([None, None, "a", "b"])
        if state is None and not message and artifact is None:
            message = True
        said = {} if state is None else {"state": state}
        if message:
            said["message"] = as_message("y")
        if artifact is not None:
            said["artifact"] = {"artifactId": artifact, "parts": [{"type": "text", "text": "z"}]}
        return (
            f"{who} updates {said}",
            lambda: agent.update(task, **said) and None,
            lambda model: model.update(who, state, message, artifact),
        )
    if kind == 4 and chance.random() < 0.2:
        return (
            f"{who} cancels",
            lambda: agent.rpc("task/cancel", taskId=task["id"]) and None,
            lambda model: model.cancel(who),
        )
    if kind == 5:
        return f"{who} reads", lambda: len(agent.read(task)["messages"]), lambda model: model.take(who)
    return (
        f"{who} acknowledges",
        lambda: agent.rpc("message/ack", taskId=task["id"])["acked"],
        lambda model: model.acknowledge(who),
    )


@pytest.mark.parametrize("seed", range(8))
def test_walk(server, pair, seed):
    """G41 G42 G43 G44 G45 G46 G51 G52 G120"""
    chance = random.Random(seed)
    sender, receiver = pair
    agents = {"sender": sender, "receiver": receiver, "outsider": server.agent()}
    model, told = None, []
    for _ in range(STEPS):
        # A task that has ended stays for a while, and then there is a new one.
        if model is None or (model.state in TERMINAL and chance.random() < 0.3):
            task, model = sender.send_task(receiver.node_id, "do it"), TaskModel()
            told = []
        what, call, expect = step_of(chance, agents, task)
        told.append(what)
        assert agree(outcome_of(call), outcome_of(expect, model)), told
        who = chance.choice(["sender", "receiver"])
        seen = agents[who].rpc("task/get", taskId=task["id"])
        assert (seen["state"], seen["unreadCount"]) == (model.state, model.unread(who)), told
        authors = [each["fromNodeId"] for each in seen["history"]]
        assert authors == [agents[author].node_id for author in model.authors], told
        assert [each["seq"] for each in seen["history"]] == [*range(1, len(model.authors) + 1)]
        assert {each["artifactId"] for each in seen["artifacts"]} == model.artifacts, told
