"""An agent of the official Python SDK, for our client; prints where it is. What it does, its message says."""

import asyncio
import socket

import uvicorn
from a2a.helpers import new_task_from_user_message, new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandlerV2
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryPushNotificationConfigStore, InMemoryTaskStore, TaskUpdater
from a2a.types.a2a_pb2 import AgentCapabilities, AgentCard, AgentInterface, AgentSkill
from starlette.applications import Starlette


class Executor(AgentExecutor):
    async def execute(self, context, event_queue):
        text = context.get_user_input()
        if text == "message":
            await event_queue.enqueue_event(new_text_message("no task", context_id=context.context_id))
            return
        task = context.current_task or new_task_from_user_message(context.message)
        if context.current_task is None:
            await event_queue.enqueue_event(task)
        updater = TaskUpdater(event_queue, task.id, task.context_id)
        await updater.start_work()
        if text == "ask":
            await updater.requires_input(updater.new_agent_message([new_text_part("Which?")]))
            return
        if text == "reject":
            await updater.reject(updater.new_agent_message([new_text_part("no")]))
            return
        if text == "hold":
            await asyncio.Event().wait()
        artifact = {"artifact_id": "answer", "name": "answer"}
        await updater.add_artifact([new_text_part("echo: ")], append=False, last_chunk=False, **artifact)
        await updater.add_artifact([new_text_part(text)], append=True, last_chunk=True, **artifact)
        await updater.complete()

    async def cancel(self, context, event_queue):
        await TaskUpdater(event_queue, context.task_id, context.context_id).cancel()


listening = socket.create_server(("127.0.0.1", 0))
url = f"http://127.0.0.1:{listening.getsockname()[1]}"
card = AgentCard(
    name="python",
    description="An agent of the official SDK",
    version="1.0.0",
    supported_interfaces=[
        AgentInterface(url=f"{url}/rpc", protocol_binding="JSONRPC", protocol_version="1.0"),
        AgentInterface(url=f"{url}/rest", protocol_binding="HTTP+JSON", protocol_version="1.0"),
        AgentInterface(url=f"{url}/rpc", protocol_binding="JSONRPC", protocol_version="0.3"),
    ],
    capabilities=AgentCapabilities(streaming=True, push_notifications=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    skills=[AgentSkill(id="echo", name="echo", description="echoes", tags=["echo"])],
)
handler = DefaultRequestHandlerV2(
    Executor(),
    InMemoryTaskStore(),
    card,
    push_config_store=InMemoryPushNotificationConfigStore(),
)
app = Starlette(
    routes=[
        *create_agent_card_routes(card),
        *create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=True),
        *create_rest_routes(handler, path_prefix="/rest"),
    ]
)
print(f"ready {url}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="critical")).run(sockets=[listening])
