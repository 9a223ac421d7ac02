"""What time alone brings, by a clock that is moved."""

from datetime import datetime, timedelta

import pytest

from agent import as_message, refused_by_rest, text_of
from conftest import Server

SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


@pytest.fixture
def pair(still):
    """Who gives a task, and who gets it, in the time of their server."""
    return still.agent(still.now, name="sender"), still.agent(still.now, name="receiver")


@pytest.mark.parametrize(
    ("off_by", "is_good"),
    [
        (-300 * SECOND, True),
        (300 * SECOND, True),
        (-300 * SECOND - MILLISECOND, False),
        (300 * SECOND + MILLISECOND, False),
    ],
)
@pytest.mark.parametrize("form", [lambda at: at.isoformat(), lambda at: f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"])
def test_clocks_that_differ(still, pair, off_by, is_good, form):
    """G12"""
    agent, _ = pair
    path = f"/nodes/{agent.node_id}/heartbeat"
    answer = agent.http.post(path, json=agent.signed({}, timestamp=form(still.now() + off_by)))
    assert answer.is_success == is_good
    if not is_good:
        refused = refused_by_rest(answer)
        assert refused.reason == "stale_timestamp"
        assert datetime.fromisoformat(refused.data["serverTime"]) == still.now()


def test_presence(still, pair):
    """G28 G31"""
    agent, other = pair
    still.advance(89 * SECOND)
    assert other.get_node(agent.node_id)["is_online"]
    beat = agent.rest("POST", f"/nodes/{agent.node_id}/heartbeat")
    assert datetime.fromisoformat(beat["expires_at"]) == still.now() + 90 * SECOND
    agent.rest("POST", f"/nodes/{agent.node_id}/set-status", status="busy", status_message="at work")
    still.advance(91 * SECOND)
    gone = other.get_node(agent.node_id)
    assert (gone["is_online"], gone["status"]) == (False, "busy")
    with agent.events() as stream:
        next(stream)
        still.advance(600 * SECOND)
        there = other.get_node(agent.node_id)
        assert (there["is_online"], there["status"]) == (True, "busy"), "an open stream keeps it online"


def test_an_agent_that_went_away_busy(still, pair):
    """G31"""
    agent, other = pair
    agent.rest("POST", f"/nodes/{agent.node_id}/set-status", status="do_not_disturb", status_message="asleep")
    still.advance((90 + 299) * SECOND)
    assert other.get_node(agent.node_id)["status"] == "do_not_disturb"
    still.advance(2 * SECOND)
    later = other.get_node(agent.node_id)
    assert (later["status"], later["status_message"]) == ("available", None)


def test_a_claim_code_lapses(still):
    """G34 G118"""
    agent = still.agent(still.now, autonomous=False)
    code = agent.rest("POST", f"/nodes/{agent.node_id}/claim-code")["code"]
    still.advance(901 * SECOND)
    lapsed = still.http.post("/admin/claim", json={"code": code})
    assert (lapsed.status_code, lapsed.json()["error"]["code"]) == (410, "code_expired")


def test_nobody_reads(still, pair):
    """G56"""
    sender, receiver = pair
    task = sender.send_task(receiver.node_id, "hello", checkIn=None)
    still.advance(timedelta(hours=25))
    failed = sender.rpc("task/get", taskId=task["id"])
    assert failed["state"] == "failed"
    last = failed["history"][-1]
    assert (last["fromNodeId"], last["metadata"]["state"]) == (None, "failed")
    assert [text_of(each) for each in sender.read(task)["messages"]] == [text_of(last)]


def test_nobody_talks(still, pair):
    """G65"""
    creator, guest = pair
    room_id = creator.rpc("room/create", participantNodeIds=[guest.node_id])["id"]
    still.advance(timedelta(minutes=59))
    creator.rpc("room/send", roomId=room_id, message=as_message("still here"))
    still.advance(timedelta(minutes=59))
    assert creator.rpc("room/get", roomId=room_id)["state"] == "open"
    still.advance(timedelta(minutes=2))
    room = creator.rpc("room/get", roomId=room_id)
    assert (room["state"], room["closedReason"]) == ("closed", "inactivity")


def test_a_stream_has_a_life(still, pair):
    """G76"""
    agent, _ = pair
    with agent.events() as stream:
        next(stream)
        still.advance(timedelta(hours=1))
        _, event, data = next(stream)
        assert (event, data["reason"]) == ("reconnect", "expiring")
        assert list(stream) == []


def test_a_clock_that_goes_back(tmp_path):
    """G93 G94"""
    flags = ["--virtual-time", f"--data-dir={tmp_path}"]
    first = Server(*flags)
    agent = first.agent(first.now)
    made = agent.rpc("schedule/create", messageText="tick", schedule="every 11 minutes")
    first.advance(timedelta(minutes=25))
    assert agent.rpc("schedule/get", scheduleId=made["id"])["fireCount"] == 2
    first.kill()
    # It begins at the machine's time again, which the first has left behind by 25 minutes.
    second = Server(*flags)
    try:
        agent.move_to(second.http, second.now)
        counts = []
        for _ in range(4):
            second.advance(timedelta(minutes=10))
            counts.append(agent.rpc("schedule/get", scheduleId=made["id"])["fireCount"])
        assert counts == [2, 2, 2, 3], "what has fired does not fire again, and then it goes on"
    finally:
        second.stop()
