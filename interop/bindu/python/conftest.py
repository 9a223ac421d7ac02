"""Starts our core, and an agent of ours, for what the official package has to say to them; and stops them."""

import json
import os
import subprocess
from concurrent import futures
from types import SimpleNamespace

import grpc
import httpx
import pytest
from bindu.grpc.generated import agent_handler_pb2 as messages
from bindu.grpc.generated import agent_handler_pb2_grpc as stubs

from served import NODE, ROOT, Process, executable

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(ROOT, "packages", "bindu-bridge")

with open(os.path.join(PACKAGE, "test", "vectors", "bindu.json"), encoding="utf-8") as file:
    VECTORS = json.load(file)


def run(*command):
    """What a program of ours prints, which is JSON."""
    return json.loads(subprocess.run([NODE, *command], stdout=subprocess.PIPE, text=True, check=True).stdout)


class Handler(stubs.AgentHandlerServicer):
    """An agent of the official stubs; what it does, its last message says, as a table of the test."""

    def __init__(self, answers, pieces=()):
        self.requests = []
        self._answers = answers
        self._pieces = pieces

    def _answer(self, request, context):
        self.requests.append(request)
        text = request.messages[-1].content
        answer = self._answers.get(text, f"Echo: {text}")
        if isinstance(answer, grpc.StatusCode):
            context.abort(answer, "handler blew up")
        return messages.HandleResponse(**(answer if isinstance(answer, dict) else {"content": answer}))

    def HandleMessages(self, request, context):
        return self._answer(request, context)

    def HandleMessagesStream(self, request, context):
        self.requests.append(request)
        for piece in self._pieces:
            yield messages.HandleResponse(**piece)

    def HealthCheck(self, request, context):
        return messages.HealthCheckResponse(healthy=True, message="OK")

    def GetCapabilities(self, request, context):
        return messages.GetCapabilitiesResponse(name="py", supports_streaming=bool(self._pieces))


class Core:
    """Our core, as the official stubs see it."""

    def __init__(self, data_dir):
        self._process = Process(
            executable("bindu-bridge", "x-bindu"),
            "--addr=127.0.0.1:0",
            "--metrics-addr=off",
            f"--data-dir={data_dir}",
        )
        self._channel = grpc.insecure_channel(self._process.address("grpc"))
        self.service = stubs.BinduServiceStub(self._channel)
        self._servers = []

    def register(self, config_json, address="localhost:1", skills=()):
        request = messages.RegisterAgentRequest(
            config_json=config_json, grpc_callback_address=address, skills=skills
        )
        return self.service.RegisterAgent(request, timeout=10)

    def serve(self, handler):
        """The address of a handler that is served until the core ends."""
        server = grpc.server(futures.ThreadPoolExecutor(8))
        stubs.add_AgentHandlerServicer_to_server(handler, server)
        self._servers.append(server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return f"localhost:{port}"

    def agent(self, handler, skills=(), **config):
        """A registered agent, and a client of its HTTP."""
        whole = {
            "author": "interop@example.com",
            "deployment": {"url": "http://127.0.0.1:0", "expose": True},
            "capabilities": {"streaming": True, "push_notifications": True},
            **config,
        }
        reply = self.register(json.dumps(whole), self.serve(handler), skills)
        assert reply.success, reply.error
        http = httpx.Client(base_url=reply.agent_url, timeout=10)
        return SimpleNamespace(id=reply.agent_id, did=reply.did, url=reply.agent_url, http=http)

    def stop(self):
        self._process.stop()
        self._channel.close()
        for server in self._servers:
            server.stop(None).wait()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """A directory as the official core leaves it, with the key of the capture."""
    directory = tmp_path_factory.mktemp("core")
    keys = directory / ".bindu" / "agents" / VECTORS["registration"]["config"]["name"] / ".bindu"
    keys.mkdir(parents=True, mode=0o700)
    private = keys / "private.pem"
    private.write_text(VECTORS["test_key"]["private_pem"])
    private.chmod(0o600)
    (keys / "public.pem").write_text(VECTORS["test_key"]["public_pem"])
    return directory


@pytest.fixture(scope="session")
def core(data_dir):
    core = Core(data_dir)
    yield core
    core.stop()


@pytest.fixture(scope="session")
def handler_address():
    """Where the handler of an agent of ours is called."""
    process = Process(os.path.join(HERE, "told-agent.ts"))
    yield process.ready.split()[1]
    process.stop()
