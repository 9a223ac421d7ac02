"""Starts our server for the official clients, and lets tests be coroutines."""

import asyncio
import inspect
import re
from contextlib import asynccontextmanager

import pytest
from openagents.models.event import Event
from openagents.sdk.client import AgentClient

from served import Process, executable

BINARY = executable("openagents", "x-openagents")
TOKEN = "token-of-the-interop-suite"
ADMIN = "password-of-admins"
MESSAGING = "mod:openagents.mods.workspace.messaging"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), 60))
    return True


class Server(Process):
    """A server, and where it listens."""

    def __init__(self, *flags, http="127.0.0.1:0", grpc="127.0.0.1:0"):
        fixed = ["--metrics-addr=off", "--log-level=warn", f"--workspace-token={TOKEN}", f"--admin-password={ADMIN}"]
        super().__init__(BINARY, f"--addr={http}", f"--grpc-addr={grpc}", *fixed, *flags)
        self.http, self.grpc = self.address("http"), self.address("grpc")
        self.port = int(self.http.rsplit(":", 1)[1])
        self.url = f"http://{self.http}"


class Member:
    """An official client on a network, and every event that it was handed."""

    def __init__(self, agent_id):
        self.id = agent_id
        self.client = AgentClient(agent_id=agent_id)
        self.events = []
        self.client.register_event_handler(self._keep)

    async def _keep(self, event):
        self.events.append(event)

    @property
    def workspace(self):
        return self.client.workspace()

    async def send(self, name, destination, payload, **more):
        return await self.client.send_event(
            Event(event_name=name, source_id=self.id, destination_id=destination, payload=payload, **more)
        )

    async def system(self, command, **payload):
        return await self.send(f"system.{command}", "system:system", payload)

    async def ask(self, request, **payload):
        """A request to the messaging mod."""
        return await self.send(f"thread.{request}", MESSAGING, payload)

    def named(self, name):
        return [event for event in self.events if event.event_name == name]

    async def heard(self, condition):
        """The first event that fits, whether it came already or comes; fetched at once instead of after a second."""
        for _ in range(400):
            found = next((event for event in self.events if condition(event)), None)
            if found is not None:
                return found
            await self.client.connector.poll_messages()
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.id} has only {[event.event_name for event in self.events]}")

    async def heard_named(self, name):
        return await self.heard(lambda event: event.event_name == name)

    async def caught_up(self):
        """All that was sent to this agent before is in `events` then: what it says to itself comes last."""
        mark = await self.client.send_agent_message(self.id, {"mark": len(self.events)})
        assert mark.success
        await self.heard(lambda event: event.source_id == self.id and "mark" in event.payload)
        self.events = [event for event in self.events if "mark" not in event.payload]


@asynccontextmanager
async def joined(server, agent_id, transport="http", **options):
    """A connected member, until the end of the block."""
    member = Member(agent_id)
    assert await member.client.connect_to_server(
        "127.0.0.1", server.port, enforce_transport_type=transport, **options
    )
    try:
        yield member
    finally:
        await member.client.disconnect()


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture(params=["http", "grpc"])
def transport(request):
    return request.param


@pytest.fixture
def name(request):
    """Ids that no other test has: a function from a short one."""
    test = re.sub(r"\W+", "-", request.node.name).strip("-")
    return lambda short: f"{test}-{short}"
