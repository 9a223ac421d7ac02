"""Starts our daemon for the official Python client, and stops it."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest
from agentkeeper import AgentKeeperClient

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..", ".."))
BINARY = os.path.join(ROOT, "packages", "agentkeeper", "dist", "bin", "agentkeeper.js")
NODE = shutil.which("node", path=os.path.join(ROOT, "node_modules", ".bin") + os.pathsep + os.environ["PATH"])


class Daemon:
    """A daemon process and where it listens."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [NODE, BINARY, "--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", *flags],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        match = re.match(r"agentkeeper ready grpc=127\.0\.0\.1:(\d+) http=(127\.0\.0\.1:\d+) store=memory\n", line)
        assert match, f"no ready line: {line!r}"
        self.port = int(match[1])
        self.http = f"http://{match[2]}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
        self.process.stdout.close()


def wait_until(condition, what, timeout=20.0):
    """Waits for a condition that other threads or the daemon bring about."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {timeout} s: {what}"
        time.sleep(0.01)


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
