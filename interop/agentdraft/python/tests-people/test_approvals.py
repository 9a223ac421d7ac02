"""Approvals, consent, receipts and signed requests, which the client has since 0.1.2 and 0.1.3."""

import pytest
from agentdraft import (
    ApprovalTimeout,
    ConsentRequired,
    ReceiptVerificationError,
    hash_evidence,
    verify_approval_token,
)


def test_approved_with_a_receipt(owner):
    """AD-89 AD-91"""
    agent = owner.agent(1)
    evidence = {"x": 1.0, "n": 9007199254740993, "s": "é"}
    asked = agent.approvals.request("deploy.production", "Ship v2.3.0", evidence=evidence, ttl_seconds=600)
    assert asked["status"] == "pending"
    assert asked["evidence_sha256"] == hash_evidence(evidence)
    owner.call("POST", f"/v1/dashboard/approvals/{asked['approval_id']}/resolve", {"decision": "approved", "note": "go"})
    result = agent.approvals.wait(asked["approval_id"], timeout=10, poll_interval=0.05)
    assert result["status"] == "approved"
    claims = verify_approval_token(
        result["receipt"],
        jwks_url=f"{owner.url}/.well-known/jwks.json",
        issuer=owner.url,
        audience=owner.url,
        approval_id=asked["approval_id"],
        action_type="deploy.production",
        evidence_sha256=hash_evidence(evidence),
    )
    assert claims["sub"] == owner.user_id
    assert claims["act"]["sub"] == agent.agent_id
    with pytest.raises(ReceiptVerificationError):
        verify_approval_token(
            result["receipt"],
            jwks_url=f"{owner.url}/.well-known/jwks.json",
            issuer=owner.url,
            action_type="deploy.staging",
        )


def test_denied_and_timed_out(owner):
    """AD-90 AD-95"""
    agent = owner.agent(1)
    asked = agent.approvals.request("refund", "Refund 20 EUR")
    with pytest.raises(ApprovalTimeout) as early:
        agent.approvals.wait(asked["approval_id"], timeout=0.1, poll_interval=0.05)
    assert early.value.approval_id == asked["approval_id"]
    owner.call("POST", f"/v1/dashboard/approvals/{asked['approval_id']}/resolve", {"decision": "denied", "note": ""})
    result = agent.approvals.wait(asked["approval_id"])
    assert (result["status"], result["receipt"]) == ("denied", None)


def test_same_key_same_approval(owner):
    """AD-92"""
    agent = owner.agent(1)
    first = agent.approvals.request("refund", "Refund", idempotency_key="once")
    assert agent.approvals.request("refund", "Refund", idempotency_key="once")["approval_id"] == first["approval_id"]


def test_consent(owner, slot):
    """AD-94"""
    gated = owner.agent(2, requires_consent=True)
    with pytest.raises(ConsentRequired) as parked:
        gated.bookings.commit(**slot, title="Board meeting", idempotency_key="gated")
    consent = parked.value
    assert (consent.action, consent.hold_id[:4]) == ("booking.commit", "bkg_")
    owner.call("POST", f"/v1/dashboard/consents/{consent.consent_request_id}/resolve", {"decision": "approved", "note": ""})
    booking = gated.bookings.commit(**slot, title="Board meeting", idempotency_key="gated")
    assert (booking.booking_id, booking.status) == (consent.hold_id, "COMMITTED")
    assert booking.title == "Board meeting"
