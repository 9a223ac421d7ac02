"""Schedules in virtual time: cron with cronsim as the judge, phrases, intervals, one time."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from agent import Refused, text_of


@pytest.fixture
def agent(still):
    return still.agent(still.now)


def instant(text):
    return datetime.fromisoformat(text)


def fire_next(still, agent, schedule):
    """Moves time to the next firing, and answers the schedule and the task that it made."""
    due = instant(schedule["nextFireAt"])
    still.advance_to(due)
    [task] = agent.rpc("task/list", contextId=schedule["id"], unreadOnly=True)["tasks"]
    assert (task["senderNodeId"], task["receiverNodeId"], task["checkIn"]) == (agent.node_id, agent.node_id, None)
    assert (task["metadata"]["scheduleId"], instant(task["metadata"]["scheduledFor"])) == (schedule["id"], due)
    [message] = agent.read(task)["messages"]
    assert text_of(message) == schedule["messageText"]
    agent.rpc("message/ack", taskId=task["id"])
    assert agent.update(task, state="completed")["state"] == "completed"
    return agent.rpc("schedule/get", scheduleId=schedule["id"])


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        ("*/7 * * * *", "UTC"),
        ("0 9 * * 1-5", "Europe/Berlin"),
        ("30 2 * * *", "America/New_York"),
        ("15,45 */6 1-7 * MON", "Asia/Kolkata"),
        ("0 0 29 2 *", "UTC"),
        ("0 0 1 */2 *", "Australia/Sydney"),
    ],
)
def test_cron(still, agent, expression, zone):
    """G84 G85 G86 G87 G90"""
    asked = still.now()
    schedule = agent.rpc("schedule/create", messageText="stand up", cronExprs=[expression], timezone=zone)
    # Within the second pass of an hour cronsim names times of the first, which are over.
    firings = (each for each in CronSim(expression, asked.astimezone(ZoneInfo(zone))) if each > asked)
    for count in range(1, 5):
        due = next(firings).astimezone(timezone.utc)
        if due - still.now() > timedelta(days=400):
            assert instant(schedule["nextFireAt"]) == due
            break
        assert instant(schedule["nextFireAt"]) == due
        schedule = fire_next(still, agent, schedule)
        assert (schedule["fireCount"], instant(schedule["lastFiredAt"])) == (count, due)
    assert agent.rpc("schedule/delete", scheduleId=schedule["id"]) == {"deleted": True, "scheduleId": schedule["id"]}


@pytest.mark.parametrize(
    ("phrase", "cron", "zone"),
    [
        ("every weekday at 9am", ["0 9 * * 1-5"], "UTC"),
        ("Every  Monday and Thursday at 10:30 EST.", ["30 10 * * 1,4"], "America/New_York"),
        ("every 15 minutes", ["*/15 * * * *"], "UTC"),
        ("daily at noon in Europe/Berlin", ["0 12 * * *"], "Europe/Berlin"),
        ("every month on the 31st at 23:59", ["59 23 31 * *"], "UTC"),
    ],
)
def test_phrases(still, agent, phrase, cron, zone):
    """G88"""
    schedule = agent.rpc("schedule/create", messageText="look", schedule=phrase)
    assert (schedule["schedule"], schedule["cronExprs"], schedule["timezone"]) == (phrase, cron, zone)
    due = next(CronSim(cron[0], still.now().astimezone(ZoneInfo(zone))))
    assert instant(schedule["nextFireAt"]) == due


def test_an_interval(still, agent):
    """G88 G91"""
    schedule = agent.rpc("schedule/create", messageText="tick", schedule="every 90 seconds", maxFires=3)
    assert (schedule["cronExprs"], schedule["intervalSeconds"]) == (None, 90)
    first = instant(schedule["nextFireAt"])
    assert first - still.now() == timedelta(seconds=90)
    for count in range(3):
        assert instant(schedule["nextFireAt"]) == first + count * timedelta(seconds=90)
        schedule = fire_next(still, agent, schedule)
    assert (schedule["status"], schedule["nextFireAt"], schedule["fireCount"]) == ("completed", None, 3)


@pytest.mark.parametrize("how", ["instant", "phrase"])
def test_once(still, agent, how):
    """G88 G89 G91"""
    due = still.now() + timedelta(minutes=30)
    when = {"fireAt": due.isoformat()} if how == "instant" else {"schedule": "in 30 minutes"}
    schedule = agent.rpc("schedule/create", messageText="lunch", **when)
    assert instant(schedule["nextFireAt"]) == instant(schedule["fireAt"]) == due
    with agent.events() as stream:
        next(stream)
        schedule = fire_next(still, agent, schedule)
        _, event, notice = next(stream)
        assert (event, notice["notifyType"], notice["contextId"]) == ("task_notify", "schedule", schedule["id"])
    assert (schedule["status"], schedule["nextFireAt"], schedule["fireCount"]) == ("completed", None, 1)


def test_paused(still, agent):
    """G91 G92"""
    schedule = agent.rpc("schedule/create", messageText="x", cronExprs=["0 * * * *"], timezone="UTC")
    change = {"scheduleId": schedule["id"]}
    assert agent.rpc("schedule/update", **change, status="paused")["status"] == "paused"
    still.advance(timedelta(hours=3))
    assert agent.rpc("task/list", contextId=schedule["id"])["total"] == 0
    again = agent.rpc("schedule/update", **change, status="active")
    assert instant(again["nextFireAt"]) == next(CronSim("0 * * * *", still.now()))
    moved = agent.rpc("schedule/update", **change, schedule="every 6 hours")
    assert (moved["cronExprs"], moved["schedule"]) == (["0 */6 * * *"], "every 6 hours")
    assert [each["id"] for each in agent.rpc("schedule/list")["schedules"]] == [schedule["id"]]


@pytest.mark.parametrize(
    ("asked", "code", "reason"),
    [
        ({"cronExprs": ["0 9 * * 5-1"]}, -32602, "bad_cron"),
        ({"cronExprs": ["0 0 30 2 *"]}, -32602, "never_fires"),
        ({"cronExprs": ["* * * * *"], "timezone": "Mars/Olympus"}, -32602, "bad_timezone"),
        ({"cronExprs": ["* * * * *"], "schedule": "daily"}, -32602, "schedule_kind"),
        ({}, -32602, "schedule_kind"),
        ({"fireAt": "2001-01-01T00:00:00Z"}, -32602, "schedule_in_past"),
        ({"schedule": "when the moon is full"}, -32025, "unparsable_schedule"),
    ],
)
def test_refused(agent, asked, code, reason):
    """G84 G88 G89"""
    with pytest.raises(Refused) as refused:
        agent.rpc("schedule/create", messageText="never", **asked)
    assert (refused.value.code, refused.value.reason) == (code, reason)


def test_of_others(still, agent):
    """G92"""
    other = still.agent(still.now)
    schedule = other.rpc("schedule/create", messageText="x", schedule="daily")
    for method in ["schedule/get", "schedule/update", "schedule/delete"]:
        with pytest.raises(Refused) as refused:
            agent.rpc(method, scheduleId=schedule["id"])
        assert (refused.value.code, refused.value.reason) == (-32026, "schedule_not_found"), method
