"""Entitlements, with the reasons that the product page prints."""

import grpc
import pytest
from agentkeeper import PolicyEffect


@pytest.fixture
def policies(client):
    client.set_policy("allow-orch-all", "agent:orchestrator", "call", "tool:*", PolicyEffect.ALLOW)
    client.set_policy("allow-scraper", "agent:scraper", "*", "tool:*", PolicyEffect.ALLOW)
    stored = client.set_policy(
        id="deny-scraper-write",
        subject="agent:scraper",
        action="call",
        resource="tool:write_file",
        effect=PolicyEffect.DENY,
    )
    assert stored.effect == PolicyEffect.DENY
    yield
    for policy in client.list_policies():
        client.delete_policy(policy.id)


def test_check(client, policies):
    result = client.check_policy(subject="agent:scraper", action="call", resource="tool:write_file")
    assert (result.allowed, result.reason) == (False, 'denied by policy "deny-scraper-write"')
    result = client.check_policy("agent:orchestrator", "call", "tool:write_file")
    assert (result.allowed, result.reason) == (True, 'allowed by policy "allow-orch-all"')
    result = client.check_policy("agent:unknown", "call", "tool:write_file")
    assert (result.allowed, result.reason) == (False, "no matching policy")


def test_list_and_delete(client, policies):
    assert [p.id for p in client.list_policies()] == ["allow-orch-all", "allow-scraper", "deny-scraper-write"]
    assert [p.id for p in client.list_policies(subject_prefix="agent:scraper")] == ["allow-scraper", "deny-scraper-write"]
    client.delete_policy("deny-scraper-write")
    assert client.check_policy("agent:scraper", "call", "tool:write_file").allowed
    with pytest.raises(grpc.RpcError) as error:
        client.delete_policy("deny-scraper-write")
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
