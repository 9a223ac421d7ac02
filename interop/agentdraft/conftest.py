"""Starts our server for the official Python packages, furnishes calendars in it, and stops it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from http.cookiejar import CookieJar

import pytest
from agentdraft import Client

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BINARY = os.path.join(ROOT, "packages", "agentdraft", "dist", "bin", "x-agentdraft.js")
NODE = shutil.which("node", path=os.path.join(ROOT, "node_modules", ".bin") + os.pathsep + os.environ["PATH"])
SCOPES = ["availability:read", "bookings:write", "approvals:request", "mailbox:read", "mailbox:send"]


class Server:
    """A server process and where it listens."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [NODE, BINARY, "--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", "--dev", *flags],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        match = re.match(r"x-agentdraft ready http=(127\.0\.0\.1:\d+) ", line)
        assert match, f"no ready line: {line!r}"
        self.url = f"http://{match[1]}"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=10) == 0
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Owner:
    """A calendar's owner, signed in as the public harness does it."""

    def __init__(self, server):
        self.url = server.url
        self._http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        sent = self.call("POST", "/v1/auth/magic-link", {"email": f"owner-{uuid.uuid4()}@example.com"})
        verified = self.call("POST", "/v1/auth/verify", {"token": sent["dev_token"]})
        self.user_id = verified["user_id"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with self._http.open(request, timeout=10) as answer:
            return json.loads(answer.read())

    def agent(self, priority, scopes=None, **more):
        made = self.call(
            "POST",
            "/v1/dashboard/agents",
            {"name": f"agent {priority}", "scopes": scopes or SCOPES, "priority": priority, **more},
        )
        client = Client(api_key=made["plaintext_key"], base_url=self.url)
        client.agent_id = made["agent_id"]
        client.made = made
        return client


def wait_until(condition, what, timeout=20.0):
    """Waits for a condition that the server brings about."""
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not happen within {timeout} s: {what}"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def server():
    server = Server("--arbitration-ms=0")
    yield server
    server.stop()


@pytest.fixture
def owner(server):
    return Owner(server)


@pytest.fixture
def cast(owner):
    """Agents A (1), B (2), B2 (2) and C (5) of one calendar."""
    return {"A": owner.agent(1), "B": owner.agent(2), "B2": owner.agent(2), "C": owner.agent(5)}


@pytest.fixture
def slot():
    """10:00 to 10:30 of a day to come."""
    start = (datetime.now(timezone.utc) + timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
    return {"start": start, "end": start + timedelta(minutes=30)}
