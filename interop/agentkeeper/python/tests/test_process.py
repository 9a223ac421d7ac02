"""The daemon as a process: embedded mode, stopping, the operator's port."""

import os
import signal
import threading
import time
import urllib.request

import grpc
import pytest
from agentkeeper import AgentKeeperClient
from conftest import BINARY, Recorder
from served import NODE, wait_until


@pytest.fixture
def agentkeeper_bin(monkeypatch):
    monkeypatch.setenv("AGENTKEEPER_BIN", BINARY)
    monkeypatch.setenv("PATH", os.path.dirname(NODE) + os.pathsep + os.environ["PATH"])


def test_embedded(agentkeeper_bin):
    with AgentKeeperClient.embedded() as client:
        with client.register("my-agent", "Lives here", "1.0.0") as agent:
            assert client.get_agent(agent.agent_id).card.name == "my-agent"
        process = client._daemon._process
    assert process.returncode == 0


def test_two_embedded_daemons_at_once(agentkeeper_bin):
    with AgentKeeperClient.embedded() as one, AgentKeeperClient.embedded(binary=BINARY) as two:
        agent = one.register("only-in-one", "", "")
        with pytest.raises(grpc.RpcError) as error:
            two.get_agent(agent.agent_id)
        assert error.value.code() == grpc.StatusCode.NOT_FOUND
        agent.deregister()


def test_sigterm_ends_streams_and_claims_within_two_seconds(own_daemon):
    client = AgentKeeperClient(host="127.0.0.1", port=own_daemon.port)
    agent = client.register("waiting", "", "", ttl=600)
    subscription = client.watch([], Recorder())
    errors = Recorder()

    def blocked():
        try:
            client.claim_task(agent.agent_id)
        except grpc.RpcError as error:
            errors(error)

    thread = threading.Thread(target=blocked)
    thread.start()
    client.find()
    started = time.monotonic()
    own_daemon.process.send_signal(signal.SIGTERM)
    assert own_daemon.process.wait(timeout=5) == 0
    assert time.monotonic() - started < 2.0
    thread.join(timeout=5)
    assert [error.code() for error in errors] == [grpc.StatusCode.UNAVAILABLE]
    subscription.cancel()
    client.close()


def test_a_stopped_daemon_kills_nobody(own_daemon):
    with AgentKeeperClient(host="127.0.0.1", port=own_daemon.port) as client:
        events = Recorder()
        with client.watch(["agent.", "lease."], events):
            agent = client.register("patient", "", "", ttl=2)
            client.acquire_lease("task:long", agent.agent_id, ttl=3)
            own_daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(5)
            own_daemon.process.send_signal(signal.SIGCONT)
            assert client.acquire_lease("task:long", agent.agent_id, ttl=600) is not None
            before = client.get_agent(agent.agent_id).last_heartbeat_at
            wait_until(lambda: client.get_agent(agent.agent_id).last_heartbeat_at > before, "heartbeats go on")
            agent.deregister()
        assert [e.topic for e in events][:3] == ["agent.registered", "lease.acquired", "lease.renewed"]


def test_operator_port(own_daemon):
    with AgentKeeperClient(host="127.0.0.1", port=own_daemon.port) as client:
        agent = client.register("shown", "", "")
        client.acquire_lease("task:shown", agent.agent_id)
        page = urllib.request.urlopen(own_daemon.http + "/").read().decode()
        assert 'id="agents-alive">1<' in page and 'id="leases-active">1<' in page
        assert urllib.request.urlopen(own_daemon.http + "/healthz").read() == b"ok"
        metrics = urllib.request.urlopen(own_daemon.http + "/metrics").read().decode()
        assert "agentkeeper_agents_alive 1\n" in metrics
        assert 'agentkeeper_rpc_total{method="/agentkeeper.v1.LeaseService/AcquireLease"} 1\n' in metrics
        assert 'agentkeeper_rpc_total{method="/agentkeeper.v1.TaskService/FailTask"} 0\n' in metrics
        agent.deregister()
