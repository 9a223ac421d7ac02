"""Starts our server for the reference client, and stops it."""

import os
import re
import shutil
import signal
import subprocess
from datetime import datetime

import pytest

from agent import Agent, connect, system_time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BINARY = os.path.join(ROOT, "packages", "grid", "dist", "bin", "x-grid.js")
NODE = shutil.which("node", path=os.path.join(ROOT, "node_modules", ".bin") + os.pathsep + os.environ["PATH"])


class Server:
    """A server process, where it listens, and its time."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [NODE, BINARY, "--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", *flags],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        match = re.match(r"x-grid ready http=(127\.0\.0\.1:\d+) metrics=(127\.0\.0\.1:\d+) ", line)
        assert match, f"no ready line: {line!r}"
        self.url = f"http://{match[1]}"
        self.http = connect(self.url)
        self._operator = connect(f"http://{match[2]}")

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

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        self.ask_to_stop()
        assert self._ended(within=10) == 0

    def kill(self):
        self.process.kill()
        self._ended()

    def _ended(self, within=None):
        code = self.process.wait(within)
        self.http.close()
        self._operator.close()
        self.process.stdout.close()
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
