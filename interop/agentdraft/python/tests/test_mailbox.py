"""The mailbox, as the official client sees it."""

import pytest
from agentdraft import RuleViolation


def test_send_list_reply(owner):
    """AD-97"""
    ann, bob = owner.agent(1), owner.agent(2)
    address = bob.mailbox.info()["address"]
    sent = ann.mailbox.send(to=address, subject="A slot", body_text="Could we move?")
    assert sent["direction"] == "outbound"
    [received] = bob.mailbox.list_messages(direction="inbound")["messages"]
    assert (received["subject"], received["body_text"]) == ("A slot", "Could we move?")
    reply = bob.mailbox.reply(received["message_id"], body_text="Yes")
    assert (reply["subject"], reply["thread_id"]) == ("Re: A slot", received["thread_id"])
    [answer] = ann.mailbox.list_messages(direction="inbound")["messages"]
    assert answer["thread_id"] == sent["thread_id"]
    assert ann.mailbox.get_message(answer["message_id"])["in_reply_to"] == sent["message_id"]
    assert ann.mailbox.quota()["used"] == 1


def test_pages(owner):
    """AD-97"""
    agent = owner.agent(1)
    for index in range(7):
        agent.mailbox.send(to="someone@example.com", subject=str(index), body_text="x")
    seen, cursor = [], None
    while True:
        page = agent.mailbox.list_messages(limit=3, cursor=cursor)
        seen += [message["subject"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(index) for index in reversed(range(7))]


def test_suppression(owner):
    """AD-97"""
    agent = owner.agent(1)
    assert agent.mailbox.check_suppression("gone+x@example.com")["suppressed"] is False
    owner.call("POST", "/v1/dashboard/suppressions", {"address": "gone+x@example.com", "reason": "asked to stop"})
    assert agent.mailbox.check_suppression("gone+x@example.com")["suppressed"] is True
    with pytest.raises(RuleViolation):
        agent.mailbox.send(to="Gone+X@example.com", subject="?", body_text="x")
