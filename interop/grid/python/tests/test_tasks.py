"""Tasks: every transition that a peer uses, and those that are not its own; unread, acknowledgements, repeats."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent import Refused, as_message, text_of

STATES = ["working", "input_required", "auth_required", "failed", "rejected", "completed", "canceled", "submitted"]
TERMINAL = {"failed", "rejected", "completed", "canceled"}
RECEIVERS = {"working", "input_required", "auth_required", "failed", "rejected", "canceled"}
SENDERS = {"completed", "canceled"}


def task_in(pair, state):
    """A new task that was brought into a state by whoever may."""
    sender, receiver = pair
    task = sender.send_task(receiver.node_id, "do it")
    if state != "submitted":
        task = (receiver if state in RECEIVERS else sender).update(task, state=state)
    assert task["state"] == state
    return task


def update(agent, task, state):
    return agent.update(task, state=state)


def message(agent, task, state):
    return agent.reply(task, "so be it", state=state)


@pytest.mark.parametrize("by", ["sender", "receiver"])
@pytest.mark.parametrize("how", [update, message])
@pytest.mark.parametrize("before", ["submitted", "working", "input_required", "auth_required"])
def test_transitions(pair, by, how, before):
    """G41 G43 G120"""
    sender, receiver = pair
    agent, may, refusal = {
        "sender": (sender, SENDERS, (-32011, "receiver_only")),
        "receiver": (receiver, RECEIVERS, (-32011, "sender_only")),
    }[by]
    for after in STATES:
        task = task_in(pair, before)
        messages = len(task["history"])
        if after in may:
            changed = how(agent, task, after)
            assert changed["state"] == changed["status"]["state"] == after
            synthetic = [each for each in changed["history"] if each["metadata"].get("synthetic")]
            assert [each["metadata"]["state"] for each in synthetic] == ([after] if after in TERMINAL else [])
            continue
        with pytest.raises(Refused) as refused:
            how(agent, task, after)
        expected = (-32602, "invalid_params") if after == "submitted" else refusal
        assert (refused.value.code, refused.value.reason) == expected, after
        unchanged = sender.rpc("task/get", taskId=task["id"])
        assert (unchanged["state"], len(unchanged["history"])) == (before, messages)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_ended(pair, state):
    """G45 G46"""
    sender, receiver = pair
    task = task_in(pair, state)
    for agent in pair:
        with pytest.raises(Refused) as more:
            agent.reply(task, "one more thing")
        assert (more.value.code, more.value.reason) == (-32004, "task_terminal")
        with pytest.raises(Refused) as other:
            agent.update(
                task, state="canceled" if state != "canceled" else ("completed" if agent is sender else "failed")
            )
        assert (other.value.code, other.value.reason, other.value.data["state"]) == (-32002, "task_terminal", state)
    entitled = receiver if state in RECEIVERS else sender
    again = entitled.update(task, state=state)
    assert len(again["history"]) == len(task["history"]), "a repeat changes nothing"


def test_cancelled_twice(pair):
    """G45"""
    sender, receiver = pair
    task = task_in(pair, "working")
    assert [agent.rpc("task/cancel", taskId=task["id"])["state"] for agent in pair] == ["canceled", "canceled"]


def test_a_conversation(pair):
    """G41 G42 G43 G51 G52"""
    sender, receiver = pair
    task = sender.send_task(receiver.node_id, "paint it", metadata={"budget": 12.50})
    assert (task["state"], task["unreadCount"], task["history"][0]["role"]) == ("submitted", 0, "user")
    assert receiver.rpc("task/get", taskId=task["id"])["unreadCount"] == 1
    read = receiver.read(task)
    assert [text_of(each) for each in read["messages"]] == ["paint it"]
    assert receiver.read(task)["messages"] == []
    acked = receiver.rpc("message/ack", taskId=task["id"])
    assert (acked["acked"], acked["unreadCount"]) == (1, 0)
    assert receiver.rpc("message/ack", taskId=task["id"])["acked"] == 0

    asked = receiver.reply(task, "which colour?")
    assert (asked["state"], asked["history"][-1]["role"]) == ("input_required", "agent")
    assert sender.reply(task, "blue")["state"] == "working"
    artifact = {
        "artifactId": "wall",
        "parts": [{"type": "file", "file": {"name": "a.txt", "mimeType": "text/plain", "bytes": "YQ=="}}],
    }
    with pytest.raises(Refused) as refused:
        sender.update(task, artifact=artifact)
    assert (refused.value.code, refused.value.reason) == (-32011, "receiver_only")
    for name in ["draft", "final"]:
        delivered = receiver.update(task, artifact={**artifact, "name": name})
    assert [(each["artifactId"], each["name"]) for each in delivered["artifacts"]] == [("wall", "final")]
    sender.update(task, state="completed", message=as_message("thanks"))
    history = receiver.rpc("task/get", taskId=task["id"])["history"]
    assert [each["seq"] for each in history] == [1, 2, 3, 4, 5]
    assert [text_of(each) for each in history[:4]] == ["paint it", "which colour?", "blue", "thanks"]
    assert [text_of(each) for each in receiver.read(task)["messages"]] == ["blue", "thanks", text_of(history[4])]


def test_outsiders(server, pair):
    """G44 G48"""
    sender, receiver = pair
    outsider = server.agent()
    task = sender.send_task(receiver.node_id, "secret")
    for call in [
        lambda: outsider.read(task),
        lambda: outsider.rpc("task/get", taskId=task["id"]),
        lambda: outsider.rpc("message/ack", taskId=task["id"]),
        lambda: outsider.rpc("task/cancel", taskId=task["id"]),
        lambda: outsider.reply(task, "me too"),
    ]:
        with pytest.raises(Refused) as refused:
            call()
        assert (refused.value.code, refused.value.reason) == (-32001, "task_not_found")
    for to, code, reason in [
        (str(uuid.uuid4()), -32030, "node_not_found"),
        (sender.node_id, -32602, "self_task"),
    ]:
        with pytest.raises(Refused) as refused:
            sender.send_task(to, "hello")
        assert (refused.value.code, refused.value.reason) == (code, reason)


def test_said_once(pair):
    """G58 G60"""
    sender, receiver = pair
    first = as_message("only once")
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: sender.send_task(receiver.node_id, first)["id"], range(16)))
    assert len(ids) == 1
    [task_id] = ids
    with pytest.raises(Refused) as conflict:
        sender.send_task(receiver.node_id, {**as_message("something else"), "messageId": first["messageId"]})
    assert (conflict.value.code, conflict.value.reason) == (-32602, "message_id_conflict")
    # Another agent's message ids are its own.
    theirs = receiver.reply({"id": task_id}, first)
    assert [each["messageId"] for each in theirs["history"]] == [first["messageId"]] * 2
    again = receiver.reply({"id": task_id}, first)
    assert (len(again["history"]), again["state"]) == (2, "input_required")


def test_lists(pair):
    """G49 G50"""
    sender, receiver = pair
    tasks = [sender.send_task(receiver.node_id, f"task {index}") for index in range(5)]
    receiver.update(tasks[1], state="working")
    listed = receiver.rpc("task/list", limit=2)
    assert (listed["total"], [each["id"] for each in listed["tasks"]]) == (5, [tasks[1]["id"], tasks[4]["id"]])
    assert all("history" not in each and "artifacts" not in each for each in listed["tasks"])
    working = sender.rpc("task/list", state=["working"])
    assert [each["id"] for each in working["tasks"]] == [tasks[1]["id"]]
    assert sender.rpc("task/list", offset=5)["tasks"] == []
    assert sender.rpc("task/get", taskId=tasks[0]["id"], historyLength=0)["history"] == []
    with pytest.raises(Refused) as unknown:
        sender.rpc("task/list", state="asleep")
    assert (unknown.value.code, unknown.value.reason) == (-32602, "invalid_params")


def test_do_not_disturb(pair):
    """G30"""
    sender, receiver = pair
    receiver.rest("POST", f"/nodes/{receiver.node_id}/set-status", status="do_not_disturb")
    task = sender.send_task(receiver.node_id, "are you there?")
    assert (task["state"], task["metadata"]["autoRejected"]) == ("rejected", "do_not_disturb")
    assert receiver.read(task)["messages"] == []


@pytest.mark.parametrize(
    ("envelope", "code", "reason"),
    [
        ([], -32600, "batch_not_supported"),
        ({"id": 1, "method": "task/list", "params": {}}, -32600, "invalid_request"),
        ({"jsonrpc": "2.0", "id": 1, "method": "task/list"}, -32602, "invalid_params"),
        ({"jsonrpc": "2.0", "id": 1, "method": "task/list", "params": {}}, -32010, "missing_field"),
    ],
)
def test_envelopes(pair, envelope, code, reason):
    """G97"""
    agent, _ = pair
    answer = agent.send("POST", f"/a2a/{agent.node_id}", json.dumps(envelope))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["data"]["reason"]) == (200, code, reason)


@pytest.mark.parametrize("request_id", [0, "", None, "x", -1, 1.5])
def test_request_ids(pair, request_id):
    """G97"""
    agent, _ = pair
    envelope = {**agent.envelope("task/list", agent.signed({})), "id": request_id}
    answer = agent.send("POST", f"/a2a/{agent.node_id}", json.dumps(envelope)).json()
    assert answer["id"] == request_id and "result" in answer


def test_notifications_have_no_answer(pair):
    """G97"""
    sender, receiver = pair
    envelope = sender.envelope("message/send", sender.signed({"message": as_message("no answer needed")}))
    del envelope["id"]
    answer = sender.send("POST", f"/a2a/{receiver.node_id}", json.dumps(envelope))
    assert (answer.status_code, answer.content) == (204, b"")
    assert receiver.rpc("task/list")["total"] == 1
    unknown = sender.envelope("tasks/get", sender.signed({}))
    with pytest.raises(Refused) as refused:
        sender.result_of(sender.send("POST", f"/a2a/{sender.node_id}", json.dumps(unknown)), unknown)
    assert (refused.value.code, refused.value.reason) == (-32601, "method_not_found")
