"""Holds, commits, releases and cancellations, as the official client sees them."""

from datetime import timedelta

import pytest
from agentdraft import AgentDraftError, AuthError, Client, Conflict, RuleViolation

from conftest import Owner, Server
from served import wait_until


def shifted(slot, minutes):
    by = timedelta(minutes=minutes)
    return {"start": slot["start"] + by, "end": slot["end"] + by}


def test_identity(owner):
    """AD-9"""
    agent = owner.agent(2)
    me = agent.agents.me()
    assert (me.agent_id, me.user_id, me.priority) == (agent.agent_id, owner.user_id, 2)
    assert "bookings:write" in me.scopes


def test_commit(cast, slot):
    """AD-10"""
    booking = cast["B"].bookings.commit(**slot, metadata={"title": "Discovery call"})
    assert booking.booking_id.startswith("bkg_")
    assert (booking.status, booking.expires_at) == ("COMMITTED", None)
    assert booking.audit_event_id.startswith("aud_")


def test_loss_names_the_winner(cast, slot):
    """AD-11 AD-27"""
    won = cast["B"].bookings.commit(**slot)
    with pytest.raises(Conflict) as lost:
        cast["C"].bookings.commit(**slot)
    error = lost.value
    assert (error.winning_agent_id, error.winning_agent_priority) == (cast["B"].agent_id, 2)
    assert (error.winning_booking_id, error.your_priority) == (won.booking_id, 5)
    assert error.reason == "outranked"
    assert error.body["audit_event_id"].startswith("aud_")
    cast["C"].bookings.commit(**shifted(slot, 30))
    with pytest.raises(Conflict):
        cast["C"].bookings.commit(**shifted(slot, 25))


def test_eviction_inside_the_window(cast, slot):
    """AD-24 AD-26 AD-28"""
    cast["C"].bookings.commit(**slot)
    cast["B"].bookings.commit(**slot)
    with pytest.raises(Conflict) as tie:
        cast["B2"].bookings.commit(**slot)
    assert tie.value.body["reason"] == "tie"
    cast["A"].bookings.commit(**slot)
    with pytest.raises(Conflict) as lost:
        cast["C"].bookings.commit(**slot)
    assert lost.value.winning_agent_id == cast["A"].agent_id


def test_frozen_at_once(cast, slot):
    """AD-25 AD-31"""
    cast["C"].bookings.commit(**slot, bump_window_seconds=0)
    with pytest.raises(Conflict) as frozen:
        cast["A"].bookings.commit(**slot)
    assert frozen.value.body["reason"] == "frozen"
    assert frozen.value.winning_agent_priority == 5


def test_holds(cast, slot):
    """AD-34 AD-35 AD-37 AD-42 AD-45"""
    hold = cast["C"].bookings.hold(**slot)
    assert hold.status == "HOLD"
    assert hold.expires_at is not None
    stronger = cast["A"].bookings.hold(**slot)
    with pytest.raises(Conflict) as held:
        cast["B"].bookings.commit(**slot)
    assert held.value.winning_booking_id == stronger.booking_id
    cast["A"].bookings.release(stronger.booking_id)
    cast["A"].bookings.release(stronger.booking_id)
    cast["B"].bookings.commit(**slot)


def test_promotion(cast, slot):
    """AD-39"""
    hold = cast["A"].bookings.hold(**slot)
    booking = cast["A"].bookings.commit(**slot)
    assert (booking.booking_id, booking.status) == (hold.booking_id, "COMMITTED")


def test_cancel(cast, slot):
    """AD-48 AD-49"""
    booking = cast["B"].bookings.commit(**slot)
    with pytest.raises(AuthError):
        cast["A"].bookings.cancel(booking.booking_id)
    cast["B"].bookings.cancel(booking.booking_id)
    cast["C"].bookings.commit(**slot)
    with pytest.raises(AgentDraftError) as unknown:
        cast["B"].bookings.cancel("bkg_00000000000000000000000000")
    assert unknown.value.status == 404


def test_idempotency(cast, slot):
    """AD-53 AD-55 AD-56"""
    first = cast["B"].bookings.commit(**slot, idempotency_key="ik_call_42")
    again = cast["B"].bookings.commit(**slot, idempotency_key="ik_call_42")
    assert (first.booking_id, first.audit_event_id) == (again.booking_id, again.audit_event_id)
    with pytest.raises(AgentDraftError) as mismatch:
        cast["B"].bookings.commit(**shifted(slot, 60), idempotency_key="ik_call_42")
    assert (mismatch.value.status, mismatch.value.body["error"]) == (400, "idempotency_mismatch")
    other = cast["C"].bookings.commit(**shifted(slot, 60), idempotency_key="ik_call_42")
    assert other.booking_id != first.booking_id


def test_rules(owner, slot):
    """AD-63 AD-67"""
    agent = owner.agent(1)
    owner.call(
        "PUT",
        "/v1/dashboard/rules",
        {"timezone": "UTC", "business_hours": [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "09:00", "end": "10:15"}]},
    )
    with pytest.raises(RuleViolation) as broken:
        agent.bookings.commit(**slot)
    assert broken.value.body["rule"] == "business_hours"
    assert str(broken.value)


def test_availability(cast, slot):
    """AD-47 AD-70 AD-71"""
    day = {"start": slot["start"], "end": slot["start"] + timedelta(hours=2)}
    starts = [free.start for free in cast["A"].availability.list(**day)]
    assert starts == [slot["start"] + timedelta(minutes=15 * index) for index in range(7)]
    cast["B"].bookings.hold(**shifted(slot, 30))
    assert len(cast["A"].availability.list(**day)) == 4
    assert len(cast["A"].availability.list(**day, include_holds=False)) == 7
    assert len(cast["B"].availability.list(**day)) == 7


def test_wrong_key_and_missing_scope(owner, slot):
    """AD-2 AD-4"""
    with pytest.raises(AuthError) as wrong:
        Client(api_key="avs_live_" + "x" * 32, base_url=owner.url).agents.me()
    assert wrong.value.status == 401
    reader = owner.agent(3, scopes=["availability:read"])
    with pytest.raises(AuthError) as refused:
        reader.bookings.commit(**slot)
    assert refused.value.status == 403
    assert refused.value.body["required_scope"] == "bookings:write"


def test_rate_limit(slot):
    """AD-96"""
    from agentdraft import RateLimited

    server = Server("--rate-limit=1:2")
    try:
        agent = Owner(server).agent(1)
        with pytest.raises(RateLimited) as limited:
            for _ in range(5):
                agent.agents.me()
        assert limited.value.retry_after >= 1
        assert limited.value.body["retry_after_seconds"] > 0
    finally:
        server.stop()


def test_kill_and_restart(tmp_path, slot):
    """AD-61 AD-80"""
    server = Server(f"--data-dir={tmp_path}", "--arbitration-ms=0")
    agent = Owner(server).agent(1)
    booking = agent.bookings.commit(**slot, idempotency_key="kept")
    server.kill()
    server = Server(f"--data-dir={tmp_path}", "--arbitration-ms=0")
    try:
        survivor = Client(api_key=agent.made["plaintext_key"], base_url=server.url)
        assert survivor.bookings.commit(**slot, idempotency_key="kept").booking_id == booking.booking_id
        with pytest.raises(Conflict):
            survivor.bookings.commit(**slot)
    finally:
        server.stop()


def test_hold_expires(slot):
    """AD-38"""
    server = Server("--hold-ttl-seconds=1", "--arbitration-ms=0")
    try:
        owner = Owner(server)
        strong, weak = owner.agent(1), owner.agent(5)
        hold = strong.bookings.hold(**slot)

        def booked():
            try:
                return weak.bookings.commit(**slot)
            except Conflict as lost:
                assert lost.winning_booking_id == hold.booking_id
                return None

        assert wait_until(booked, "the hold expires").status == "COMMITTED"
    finally:
        server.stop()
