"""What official clients notice of a server on disk that is killed and starts again: nothing, but that it was away."""

import base64

from openagents.client.workspace_client import WorkspaceClient

from conftest import TOKEN, Server, joined


async def test_killed_while_they_poll(tmp_path, transport):
    """OA-30 OA-44 OA-52"""
    flags = [f"--data-dir={tmp_path}"]
    first = Server(*flags)
    workspace = WorkspaceClient(first.url)
    async with joined(first, "ann", transport) as ann, joined(first, "ben", transport) as ben:
        secret = ben.client.connector.secret
        await ben.caught_up()
        session = (await workspace.join_network("member", "local", TOKEN))["session_id"]
        made = await workspace.create_workspace(agent_name="maker", name="Ours")
        content = bytes(range(256)) * 100
        file = await ann.ask(
            "file.upload",
            filename="kept.bin",
            file_content=base64.b64encode(content).decode(),
            mime_type="a/b",
            file_size=len(content),
        )
        post = (await ann.workspace.channel("general").post("kept")).data["event_id"]
        await ben.ask("reaction.add", target_message_id=post, reaction_type="like", action="add")
        await ben.client.subscribe_events(["agent.*", "thread.*"])
        acknowledged = []
        for number in range(300):
            if (await ann.client.send_agent_message("ben", {"number": number})).success:
                acknowledged.append(number)
        first.kill()
        failed = await ann.client.send_agent_message("ben", {"number": "while it was away"})
        assert not failed.success and acknowledged == list(range(300))

        second = Server(*flags, http=first.http, grpc=first.grpc)
        try:
            # The clients poll by themselves, with the secrets that they have; what was polled last may come again.
            await ben.heard(lambda each: each.payload.get("number") == 299)
            ids = {each.event_id: each.payload["number"] for each in ben.named("agent.message")}
            assert sorted(ids.values()) == acknowledged
            assert ben.client.connector.secret == secret
            await ben.workspace.agent("ann").send("still me")
            await ann.heard_named("thread.direct_message.notification")
            await ann.send("custom.narrowed.away", "ben", {})
            await ann.client.send_agent_message("ben", {"number": "afterwards"})
            await ben.heard(lambda each: each.payload.get("number") == "afterwards")
            assert ben.named("custom.narrowed.away") == []

            [kept] = await ben.workspace.channel("general").get_messages()
            assert (kept["message_id"], kept["content"]["text"], kept["reactions"]) == (post, "kept", {"like": 1})
            found = await ben.ask("file.download", file_id=file.data["file_id"])
            assert base64.b64decode(found.data["content"]) == content

            await workspace.heartbeat("local", "member", TOKEN, session)
            [seen] = await workspace.poll_messages("local", "general", TOKEN)
            assert seen["messageId"] == post
            [maker] = await workspace.get_agents(made.slug, made.token)
            assert maker["agentName"] == "maker"
        finally:
            await ben.client.disconnect()
            await ann.client.disconnect()
            second.stop()
