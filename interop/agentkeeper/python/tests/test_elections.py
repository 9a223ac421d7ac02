"""Elections: campaign, hand-over, failover, and the watch of standbys."""

import uuid

import grpc
import pytest
from conftest import Recorder
from served import wait_until


@pytest.fixture
def group():
    return f"orchestrator:{uuid.uuid4()}"


def test_campaign_resign_and_failover(client, group):
    first = client.register("orchestrator", "Pipeline orchestrator", "1.0.0")
    second = client.register("orchestrator", "Pipeline orchestrator", "1.0.0")
    third = client.register("orchestrator", "Pipeline orchestrator", "1.0.0")
    state = client.campaign(group=group, agent_id=first.agent_id)
    assert (state.leader_agent_id, state.term) == (first.agent_id, 1)
    assert state.elected_at is not None
    for standby in (second, third):
        assert client.campaign(group, standby.agent_id).leader_agent_id == first.agent_id
    assert client.resign(group=group, agent_id=first.agent_id) is None
    state = client.campaign(group, third.agent_id)
    assert (state.leader_agent_id, state.term) == (second.agent_id, 2)
    second.deregister()
    state = client.campaign(group, third.agent_id)
    assert (state.leader_agent_id, state.term) == (third.agent_id, 3)
    third.deregister()
    first.deregister()


def test_watch_election(client, group):
    changes = Recorder()
    with client.register("orchestrator", "", "") as standby:
        leader = client.register("orchestrator", "", "")
        client.campaign(group, leader.agent_id)
        client.campaign(group, standby.agent_id)
        with client.watch_election(group, changes):
            wait_until(lambda: len(changes) == 1, "the latest change comes first")
            leader.deregister()
            wait_until(lambda: len(changes) == 2, "the failover is seen")
        assert [(c.leader_agent_id, c.term) for c in changes] == [(leader.agent_id, 1), (standby.agent_id, 2)]
        nobody = Recorder()
        with client.watch_election(group, nobody):
            client.resign(group, standby.agent_id)
            wait_until(lambda: len(nobody) == 2, "the group is leaderless")
        assert (nobody[1].leader_agent_id, nobody[1].term, nobody[1].elected_at) == ("", 3, None)


def test_campaign_of_nobody(client, group):
    with pytest.raises(grpc.RpcError) as error:
        client.campaign(group, "nobody")
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
