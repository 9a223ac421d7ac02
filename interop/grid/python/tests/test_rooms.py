"""Rooms: invitations, talk, the ways out."""

import pytest

from agent import Refused, as_message, text_of


@pytest.fixture
def people(server):
    """A creator and two others."""
    return [server.agent(name=name) for name in ["creator", "one", "two"]]


def statuses(room, people):
    status = {each["nodeId"]: each["status"] for each in room["participants"]}
    return [status.get(person.node_id) for person in people]


def refusal(call):
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code, refused.value.reason


def test_from_invitation_to_end(people):
    """G62 G66 G67 G129"""
    creator, one, two = people
    room = creator.rpc("room/create", participantNodeIds=[one.node_id, two.node_id, creator.node_id], name="plans")
    room_id = room["id"]
    assert statuses(room, people) == ["joined", "invited", "invited"]
    assert (room["state"], room["creatorNodeId"], room["gridId"]) == ("open", creator.node_id, "public")
    assert refusal(lambda: one.rpc("room/read", roomId=room_id)) == (-32021, "not_joined")
    for text in ["first", "second"]:
        creator.rpc("room/send", roomId=room_id, message=as_message(text))
    assert one.rpc("room/get", roomId=room_id)["unreadCount"] == 0
    assert one.rpc("room/join", roomId=room_id)["unreadCount"] == 2
    assert one.rpc("room/join", roomId=room_id)["state"] == "open"
    page = one.rpc("room/read", roomId=room_id, limit=1)
    assert ([text_of(each) for each in page["messages"]], page["hasMore"]) == (["first"], True)
    sent = one.rpc("room/send", roomId=room_id, message=as_message("third"))
    assert (sent["message"]["seq"], sent["room"]["messageCount"]) == (3, 3)
    page = one.rpc("room/read", roomId=room_id)
    assert ([text_of(each) for each in page["messages"]], page["hasMore"]) == (["second"], False)

    assert statuses(two.rpc("room/reject", roomId=room_id), people) == ["joined", "joined", "rejected"]
    assert refusal(lambda: two.rpc("room/join", roomId=room_id)) == (-32011, "not_invited")
    assert refusal(lambda: one.rpc("room/invite", roomId=room_id, nodeId=two.node_id)) == (-32011, "creator_only")
    creator.rpc("room/invite", roomId=room_id, nodeId=two.node_id)
    two.rpc("room/join", roomId=room_id)
    assert statuses(creator.rpc("room/kick", roomId=room_id, nodeId=two.node_id), people)[2] == "kicked"
    assert refusal(lambda: two.rpc("room/send", roomId=room_id, message=as_message("no"))) == (-32021, "not_joined")
    assert statuses(one.rpc("room/leave", roomId=room_id), people)[1] == "left"
    closed = creator.rpc("room/close", roomId=room_id)
    assert (closed["state"], closed["closedReason"]) == ("closed", "creator")
    assert creator.rpc("room/close", roomId=room_id)["closedAt"] == closed["closedAt"]
    assert refusal(lambda: creator.rpc("room/send", roomId=room_id, message=as_message("x"))) == (-32021, "room_closed")
    assert [text_of(each) for each in creator.rpc("room/get", roomId=room_id)["messages"]] == [
        "first",
        "second",
        "third",
    ]


def test_outsiders_and_lists(server, people):
    """G69"""
    creator, one, two = people
    room = creator.rpc("room/create", participantNodeIds=[one.node_id])
    for method in ["room/get", "room/read", "room/join", "room/leave"]:
        assert refusal(lambda method=method: two.rpc(method, roomId=room["id"])) == (-32020, "room_not_found"), method
    assert one.rpc("room/list", participantStatus="invited")["total"] == 1
    assert one.rpc("room/list", participantStatus="joined")["total"] == 0
    assert two.rpc("room/list")["rooms"] == []


def test_places(server, people):
    """G63"""
    creator, one, two = people
    others = [server.agent().node_id for _ in range(7)]
    assert refusal(
        lambda: creator.rpc(
            "room/create", participantNodeIds=[*others, one.node_id, two.node_id, server.agent().node_id]
        )
    ) == (-32022, "room_limit")
    room = creator.rpc("room/create", participantNodeIds=[*others, one.node_id, two.node_id])
    late = server.agent()
    invite = {"roomId": room["id"], "nodeId": late.node_id}
    assert refusal(lambda: creator.rpc("room/invite", **invite)) == (-32022, "room_limit")
    two.rpc("room/reject", roomId=room["id"])
    creator.rpc("room/invite", **invite)


def test_repeats(people):
    """G58 G59"""
    creator, one, _ = people
    create = {"participantNodeIds": [one.node_id], "name": "once", "requestId": "r-1"}
    room = creator.rpc("room/create", **create)
    assert creator.rpc("room/create", **create)["id"] == room["id"]
    assert refusal(lambda: creator.rpc("room/create", **{**create, "name": "other"})) == (-32602, "request_id_conflict")
    message = as_message("only once")
    sent = [creator.rpc("room/send", roomId=room["id"], message=message)["message"]["seq"] for _ in range(2)]
    assert sent == [1, 1]
