"""Leases and the status codes that the product page names."""

import threading
import uuid

import grpc
import pytest
from conftest import Recorder
from served import wait_until


@pytest.fixture
def key():
    return f"task:{uuid.uuid4()}"


@pytest.fixture
def other(client):
    with client.register("other", "", "") as handle:
        yield handle


def test_acquire_release(client, agent, other, key):
    lease = client.acquire_lease(task_id=key, agent_id=agent.agent_id, ttl=120)
    assert lease.lease.holder_agent_id == agent.agent_id
    assert (lease.lease.expires_at - lease.lease.acquired_at).total_seconds() == 120
    assert client.acquire_lease(key, other.agent_id) is None
    lease.release()
    with client.acquire_lease(key, other.agent_id) as second:
        assert second.lease.token > lease.lease.token


def test_orchestrator_acquires_and_the_agent_enters(client, agent, key):
    assigned = client.acquire_lease(key, agent.agent_id, ttl=120)
    with client.acquire_lease(key, agent.agent_id, ttl=120) as lease:
        assert lease.lease.token == assigned.lease.token
    with pytest.raises(grpc.RpcError) as error:
        assigned.renew()
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_renew_extends(client, agent, key):
    with client.acquire_lease(key, agent.agent_id, ttl=60) as lease:
        before = lease.lease
        assert lease.renew(ttl=600).expires_at > before.expires_at
        assert lease.lease.token == before.token
        assert lease.lease.acquired_at == before.acquired_at
        assert lease.renew().expires_at > before.expires_at


def test_stale_holder_is_refused(client, agent, other, key):
    stale = client.acquire_lease(key, agent.agent_id, ttl=1)
    current = Recorder()
    wait_until(lambda: current(client.acquire_lease(key, other.agent_id, ttl=60)) or current[-1], "the lease expires")
    with pytest.raises(grpc.RpcError) as error:
        stale.renew()
    assert error.value.code() == grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.RpcError) as error:
        stale.release()
    assert error.value.code() == grpc.StatusCode.PERMISSION_DENIED
    current[-1].release()


def test_one_winner_in_every_race(client, key):
    agents = [client.register(f"racer-{n}", "", "") for n in range(8)]
    for round_number in range(10):
        wins = Recorder()
        barrier = threading.Barrier(len(agents))

        def race(agent):
            barrier.wait()
            lease = client.acquire_lease(f"{key}/{round_number}", agent.agent_id)
            if lease:
                wins(lease)

        threads = [threading.Thread(target=race, args=(agent,)) for agent in agents]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(wins) == 1
    for agent in agents:
        agent.deregister()


def test_errors_carry_error_info(client, key):
    with pytest.raises(grpc.RpcError) as error:
        client.acquire_lease(key, "nobody")
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
    details = dict(error.value.trailing_metadata())["grpc-status-details-bin"]
    assert b"AGENT_NOT_FOUND" in details and b"agentkeeper" in details
    with pytest.raises(grpc.RpcError) as error:
        client.acquire_lease("", "nobody")
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_death_releases_leases(client, other, key):
    events = Recorder()
    with client.watch(["agent.died", "lease."], events):
        with client.register("mortal", "", "") as mortal:
            held = client.acquire_lease(key, mortal.agent_id)
        wait_until(lambda: [e for e in list(events) if e.topic == "lease.released"], "the lease is released")
    ours = [e for e in events if (e.payload.agent_id if e.topic == "agent.died" else e.payload.task_id) in (mortal.agent_id, key)]
    assert [e.topic for e in ours] == ["lease.acquired", "agent.died", "lease.released"]
    assert ours[2].sequence == ours[1].sequence + 1
    assert ours[2].payload.token == held.lease.token
    with client.acquire_lease(key, other.agent_id) as lease:
        assert lease.lease.token > held.lease.token
