"""Starts our server for the official Python packages, furnishes calendars in it, and stops it."""

import json
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from http.cookiejar import CookieJar

import pytest
from agentdraft import Client

from served import Process, executable

BINARY = executable("agentdraft", "x-agentdraft")
SCOPES = ["availability:read", "bookings:write", "approvals:request", "mailbox:read", "mailbox:send"]


class Server(Process):
    """A server, and where it listens."""

    def __init__(self, *flags):
        fixed = ["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=warn", "--dev"]
        super().__init__(BINARY, *fixed, *flags)
        self.url = f"http://{self.address('http')}"


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
