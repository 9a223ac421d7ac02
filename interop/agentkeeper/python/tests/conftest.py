"""Starts our daemon for the official Python client, and stops it."""

import threading

import pytest
from agentkeeper import AgentKeeperClient

from served import Process, executable

BINARY = executable("agentkeeper", "agentkeeper")


class Daemon(Process):
    """A daemon, and where it listens."""

    def __init__(self, *flags):
        super().__init__(BINARY, "--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", *flags)
        assert self.ready.endswith(" store=memory\n"), self.ready
        self.port = int(self.address("grpc").rsplit(":", 1)[1])
        self.http = f"http://{self.address('http')}"


class Recorder(list):
    """A callback that keeps what it was called with."""

    def __init__(self):
        super().__init__()
        self._lock = threading.Lock()

    def __call__(self, item):
        with self._lock:
            self.append(item)


@pytest.fixture(scope="session")
def daemon():
    daemon = Daemon()
    yield daemon
    daemon.stop()


@pytest.fixture
def own_daemon():
    """For tests that end it, or that count what only they do."""
    daemon = Daemon()
    yield daemon
    daemon.stop()


@pytest.fixture
def client(daemon):
    with AgentKeeperClient(host="127.0.0.1", port=daemon.port) as client:
        yield client


@pytest.fixture
def agent(client):
    with client.register("tester", "Runs tests", "1.0.0", tools=["browser"]) as handle:
        yield handle
