"""Starts our server for the reference client, and stops it."""

from datetime import datetime

import pytest

from agent import Agent, connect, system_time
from served import Process, executable

BINARY = executable("grid", "x-grid")


class Server(Process):
    """A server, where it listens, and its time."""

    def __init__(self, *flags):
        super().__init__(BINARY, "--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", *flags)
        self.url = f"http://{self.address('http')}"
        self.http = connect(self.url)
        self._operator = connect(f"http://{self.address('metrics')}")

    def now(self):
        """The virtual time of a server that has one."""
        return datetime.fromisoformat(self._operator.get("/clock").json()["now"])

    def advance(self, by):
        """Answers when all that became due has happened."""
        milliseconds = round(by.total_seconds() * 1_000)
        assert self._operator.post("/clock", json={"advanceMs": milliseconds}).status_code == 200

    def advance_to(self, instant):
        self.advance(instant - self.now())

    def agent(self, clock=system_time, **registration):
        """A registered agent."""
        agent = self.stranger(clock)
        agent.register(**registration)
        return agent

    def stranger(self, clock=system_time):
        """An agent that the server does not know."""
        return Agent(self.http, clock)

    def end(self, within=None):
        code = super().end(within)
        self.http.close()
        self._operator.close()
        return code


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def still():
    """A server whose time stands still until it is moved."""
    server = Server("--virtual-time")
    yield server
    server.stop()


@pytest.fixture
def pair(server):
    """Who gives a task, and who gets it."""
    return server.agent(name="sender"), server.agent(name="receiver")
