"""Registry: what the product page shows, and what the wire document adds."""

import threading
import uuid

import grpc
import pytest
from agentkeeper import AgentStatus
from conftest import Recorder
from served import wait_until


def test_register_and_inspect(client):
    with client.register(
        name="analyst-1",
        description="Reads data and produces summaries using GPT-4",
        version="2.1.0",
        tools=["sql_runner", "pdf_reader"],
        metadata={"team": "data", "region": "us-east"},
        ttl=30,
    ) as agent:
        info = client.get_agent(agent.agent_id)
        assert uuid.UUID(agent.agent_id).version == 4
        assert info.card.name == "analyst-1"
        assert info.card.tools == ["sql_runner", "pdf_reader"]
        assert info.card.metadata == {"team": "data", "region": "us-east"}
        assert info.status == AgentStatus.ALIVE
        assert info.registered_at == info.last_heartbeat_at
    assert client.get_agent(agent.agent_id).status == AgentStatus.DEAD


def test_find_ranks_and_filters(client):
    with (
        client.register("finder-scraper", "Fetches and parses web pages", "1", tools=["browser", "http_client"]) as a,
        client.register("finder-analyst", "Reads data and produces summaries", "1", tools=["sql_runner"]) as b,
    ):
        names = [agent.card.name for agent in client.find(query="fetch and parse web pages", limit=5)]
        assert names[0] == "finder-scraper"
        both = client.find(tools=["browser", "http_client"])
        assert [agent.agent_id for agent in both] == [a.agent_id]
        ids = [agent.agent_id for agent in client.find(query="summaries", tools=["sql_runner"], limit=3)]
        assert ids == [b.agent_id]


def test_silence_ends_an_agent(client):
    events = Recorder()
    with client.watch(["agent."], events):
        agent = client.register("silent", "Says nothing", "1.0.0", ttl=2)
        agent._stop.set()

        def topics():
            return [e.topic for e in list(events) if e.payload and e.payload.agent_id == agent.agent_id]

        wait_until(lambda: topics()[-1:] == ["agent.died"], "the silent agent dies")
        assert topics() == ["agent.registered", "agent.unreachable", "agent.died"]


def test_heartbeats_keep_the_shortest_ttl_alive(client):
    events = Recorder()
    with client.watch(["agent."], events):
        with client.register("quick", "Beats once per second", "1.0.0", ttl=1) as agent:
            first = client.get_agent(agent.agent_id).last_heartbeat_at
            wait_until(
                lambda: (client.get_agent(agent.agent_id).last_heartbeat_at - first).total_seconds() > 3.5,
                "four heartbeats",
            )
            assert client.get_agent(agent.agent_id).status == AgentStatus.ALIVE
        mine = [e.topic for e in list(events) if e.payload and e.payload.agent_id == agent.agent_id]
        assert "agent.unreachable" not in mine


def test_deregister_twice_and_unknown(client):
    agent = client.register("twice", "", "")
    agent.deregister()
    agent.deregister()
    agent._agent_id = "no-such-agent"
    with pytest.raises(grpc.RpcError) as error:
        agent.deregister()
    assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_late_heartbeat_does_not_raise_the_dead(client):
    agent = client.register("late", "", "", ttl=60)
    agent.deregister()
    from agentkeeper.v1 import agentkeeper_pb2 as pb

    with pytest.raises(grpc.RpcError) as error:
        agent._stub.Heartbeat(pb.HeartbeatRequest(agent_id=agent.agent_id))
    assert error.value.code() == grpc.StatusCode.NOT_FOUND
    assert client.get_agent(agent.agent_id).status == AgentStatus.DEAD


def test_many_threads_share_one_channel(client):
    ids = Recorder()

    def work(number):
        with client.register(f"thread-{number}", "", "") as agent:
            ids(client.get_agent(agent.agent_id).agent_id)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 32
