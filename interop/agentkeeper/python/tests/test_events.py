"""The bus as the official client reads it."""

import uuid

from agentkeeper import AgentInfo, Lease, WatchEvent
from conftest import Recorder
from served import wait_until


def test_a_watch_sees_what_is_sent_after_it(client):
    for _ in range(20):
        events = Recorder()
        subscription = client.watch(["agent."], events)
        agent = client.register("seen", "", "")
        wait_until(lambda: [e for e in list(events) if e.payload.agent_id == agent.agent_id], "the registration is seen")
        subscription.cancel()
        agent.deregister()


def test_prefixes_sequences_and_payloads(client, agent):
    everything, leases = Recorder(), Recorder()
    with client.watch([], everything), client.watch(["lease.", "lease.acquired"], leases):
        key = f"task:{uuid.uuid4()}"
        with client.acquire_lease(key, agent.agent_id) as lease:
            lease.renew(ttl=60)
        with client.register("extra", "", "") as extra:
            client.create_task("typed", required_tools=["nobody-has-this"])
        wait_until(lambda: everything and everything[-1].topic == "agent.died", "all events are delivered")
    assert [e.topic for e in leases] == ["lease.acquired", "lease.renewed", "lease.released"]
    assert all(isinstance(e.payload, Lease) and e.payload.task_id == key for e in leases)
    sequences = [e.sequence for e in everything]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    died = everything[-1]
    assert isinstance(died, WatchEvent) and isinstance(died.payload, AgentInfo)
    assert died.payload.agent_id == extra.agent_id
    assert died.timestamp.utcoffset().total_seconds() == 0
    created = [e for e in everything if e.topic == "task.created"]
    assert len(created) == 1 and created[0].payload is None


def test_a_callback_that_raises_harms_nobody_else(client, agent):
    def broken(event):
        raise RuntimeError("user code")

    events = Recorder()
    with client.watch([], broken), client.watch(["lease."], events):
        for number in range(50):
            client.acquire_lease(f"task:{uuid.uuid4()}/{number}", agent.agent_id).release()
        wait_until(lambda: len(events) == 100, "the other watch sees everything")
