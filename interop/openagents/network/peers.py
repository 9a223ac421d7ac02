"""Two official agents, one of each transport, that do what they are told in direct messages; until their input ends."""

import asyncio
import json
import os
import sys

from openagents.models.event import Event
from openagents.sdk.client import AgentClient

MESSAGING = "mod:openagents.mods.workspace.messaging"
# The official client prints every event.
TELL, sys.stdout = sys.stdout, open(os.devnull, "w")


def obey(client):
    """Answers requests of others, posts, reacts, downloads, and replies to whoever asks everybody."""

    async def ask(request, **payload):
        event = Event(event_name=request, source_id=client.agent_id, destination_id=MESSAGING, payload=payload)
        return (await client.send_event(event)).data

    async def handle(event):
        sender, workspace = client.workspace().agent(event.source_id), client.workspace()
        content = event.payload.get("content")
        text = content.get("text", "") if isinstance(content, dict) else ""
        word, _, rest = text.partition(" ")
        if event.event_name == "thread.direct_message.notification":
            if text == "What's the status?":
                await sender.send("all well")
            elif word == "post":
                await workspace.channel("general").post(rest)
            elif word == "react":
                await ask("thread.reaction.add", target_message_id=rest, reaction_type="like", action="add")
            elif word == "download":
                found = await ask("thread.file.download", file_id=rest)
                await sender.send(f"{found['filename']} {found['content']}")
        elif event.event_name == "thread.channel_message.notification" and text == f"{client.agent_id}, anyone?":
            await workspace.channel("general").reply(event.payload["original_event_id"], "I do")
        elif event.event_name == "thread.reply.notification":
            await sender.send(f"reply to {event.payload['original_message_id']}: {text}")

    client.register_event_handler(handle)


async def main(port):
    clients = {"other-bot": "http", "third-bot": "grpc"}
    secrets = []
    for agent_id, transport in clients.items():
        client = AgentClient(agent_id=agent_id)
        obey(client)
        assert await client.connect_to_server("127.0.0.1", port, enforce_transport_type=transport)
        secrets.append(client.connector.secret)
    print("ready", json.dumps(secrets), file=TELL, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1])))
