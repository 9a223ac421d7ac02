"""The event stream: who is told what, and how a stream goes on."""

from datetime import timedelta

from agent import as_message
from conftest import Server


def heard(stream, count):
    """The next notifications, as what they say."""
    found = [next(stream) for _ in range(count)]
    return [(event, data["notifyType"]) for _, event, data in found]


def test_told_of_tasks(pair):
    """G72 G73 G74 G78"""
    sender, receiver = pair
    with sender.events() as at_sender, receiver.events() as at_receiver:
        for stream, agent in [(at_sender, sender), (at_receiver, receiver)]:
            _, event, data = next(stream)
            assert (event, data["nodeId"]) == ("connected", agent.node_id)
            assert data["server"].startswith("x-grid/")
        task = sender.send_task(receiver.node_id, "hello", sessionKey="s-1")
        _, event, notice = next(at_receiver)
        assert (event, notice["notifyType"], notice["taskId"]) == ("task_notify", "message", task["id"])
        assert (notice["fromNodeId"], notice["unreadCount"], notice["state"]) == (sender.node_id, 1, "submitted")
        assert (notice["senderSessionKey"], notice["messageId"]) == ("s-1", task["history"][0]["messageId"])
        receiver.read(task)
        receiver.rpc("message/ack", taskId=task["id"])
        receiver.reply(task, "hello yourself")
        receiver.update(task, artifact={"parts": [{"type": "text", "text": "a"}]})
        assert heard(at_sender, 4) == [("task_notify", each) for each in ["read", "ack", "message", "state"]]
        sender.update(task, state="completed")
        assert heard(at_receiver, 1) == [("task_notify", "state")]


def test_told_of_rooms(pair):
    """G70 G148"""
    creator, guest = pair
    with creator.events() as at_creator, guest.events() as at_guest:
        next(at_creator)
        next(at_guest)
        room_id = creator.rpc("room/create", participantNodeIds=[guest.node_id])["id"]
        guest.rpc("room/join", roomId=room_id)
        guest.rpc("room/send", roomId=room_id, message=as_message("hi"))
        creator.rpc("room/send", roomId=room_id, message=as_message("hi yourself"))
        creator.rpc("room/kick", roomId=room_id, nodeId=guest.node_id)
        assert heard(at_creator, 2) == [("room_notify", "joined"), ("room_notify", "message")]
        assert heard(at_guest, 3) == [("room_notify", each) for each in ["invited", "message", "kicked"]]


def test_goes_on_behind_the_last_event(pair):
    """G81"""
    sender, receiver = pair
    with receiver.events() as stream:
        next(stream)
        seen = sender.send_task(receiver.node_id, "seen")
        last, _, notice = next(stream)
        assert notice["taskId"] == seen["id"]
    missed = [sender.send_task(receiver.node_id, f"missed {index}")["id"] for index in range(3)]
    with receiver.events(last_event_id=last) as stream:
        assert next(stream)[1] == "connected"
        told = [next(stream) for _ in missed]
        assert [data["taskId"] for _, _, data in told] == missed
        assert [int(event_id) - int(last) for event_id, _, _ in told] == [1, 2, 3]


def test_all_streams_of_a_node_are_told(pair):
    """G75"""
    sender, receiver = pair
    with receiver.events() as one, receiver.events() as other:
        next(one)
        next(other)
        sender.send_task(receiver.node_id, "hello")
        assert heard(one, 1) == heard(other, 1) == [("task_notify", "message")]


def test_told_of_what_was_not_acknowledged(still):
    """G53 G54"""
    sender, receiver = (still.agent(still.now) for _ in range(2))
    with sender.events() as stream:
        next(stream)
        task = sender.send_task(receiver.node_id, "hello", checkIn=60)
        receiver.read(task)
        assert heard(stream, 1) == [("task_notify", "read")]
        still.advance(timedelta(seconds=61))
        _, _, notice = next(stream)
        assert (notice["notifyType"], notice["messageId"]) == ("no_ack", task["history"][0]["messageId"])
        assert notice["state"] == "submitted"


def test_told_to_come_back():
    """G76"""
    server = Server()
    agent = server.agent()
    with agent.events() as stream:
        next(stream)
        server.ask_to_stop()
        _, event, data = next(stream)
        assert (event, data["reason"]) == ("reconnect", "shutdown")
    server.stop()
