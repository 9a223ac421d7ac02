"""What agents say to each other: posts, replies, direct messages, reactions, files, and events of their own."""

import base64

import pytest

from conftest import joined

NOTICE = "thread.channel_message.notification"
REPLY = "thread.reply.notification"
DIRECT = "thread.direct_message.notification"
# Over gRPC numbers are doubles, and integers above 2^53 lose digits.
ODDITIES = {
    "text": "né 🎉 \u2028",
    "nested": {"list": [1, 0.5, None, True, {"k": []}], "__proto__": {"x": 1}},
    "": "",
}


async def test_post(server, transport, name):
    """OA-21 OA-22"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        posted = await ann.workspace.channel("#general").post("Hello!")
        assert posted.message == "Thread channel message event thread.channel_message.post processed successfully"
        notice = await ben.heard(lambda each: each.payload.get("original_event_id") == posted.data["event_id"])
        assert (notice.event_name, notice.source_id, notice.destination_id) == (NOTICE, ann.id, ben.id)
        assert notice.event_id != posted.data["event_id"]
        assert (notice.payload["content"], notice.payload["channel"]) == ({"text": "Hello!"}, "general")
        await ann.send("thread.channel_message.post", "channel:general", {"channel": "general", "content": "bare"})
        assert (await ben.heard(lambda each: each.payload.get("content") == "bare")).event_name == NOTICE
        await ann.workspace.channel("general").post_with_mention("you!", ben.id)
        meant = await ben.heard(lambda each: each.payload.get("mentioned_agent_id") == ben.id)
        assert meant.payload["content"]["text"] == "you!"
        await ann.caught_up()
        assert [each for each in ann.events if each.source_id == ann.id] == []


async def test_history(server, transport, name):
    """OA-23 OA-28 OA-29"""
    room = name("room")
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        channel = ben.workspace.channel(room)
        for each in range(5):
            await ann.workspace.channel(room).post(f"message {each}")
        listed = await ben.ask("channels.list", action="list_channels")
        [info] = [each for each in listed.data["channels"] if each["name"] == room]
        assert info["message_count"] == 5 and {ann.id, ben.id} <= set(info["agents"])
        messages = await channel.get_messages()
        assert [each["content"]["text"] for each in messages] == [f"message {each}" for each in [4, 3, 2, 1, 0]]
        page = await ben.ask("channel_messages.retrieve", channel=room, limit=2, offset=1)
        assert [each["content"]["text"] for each in page.data["messages"]] == ["message 3", "message 2"]
        assert (page.data["total_count"], page.data["has_more"]) == (5, True)
        for wrong, reason in [
            ({"limit": 0}, "limit must be between 1 and 500"),
            ({"limit": 501}, "limit must be between 1 and 500"),
            ({"offset": -1}, "offset must be >= 0"),
        ]:
            refused = await ben.ask("channel_messages.retrieve", channel=room, **wrong)
            assert not refused.success and reason in refused.message
        unknown = await ben.ask("channel_messages.retrieve", channel=name("none"))
        assert unknown.success and unknown.data["success"] is False


async def test_threads(server, transport, name):
    """OA-24 OA-25 OA-33"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        mine, theirs = ann.workspace.channel("general"), ben.workspace.channel("general")
        last = (await mine.post("root")).data["event_id"]
        for level in [1, 2, 3, 4, None, 1]:
            answered = last
            last = (await theirs.reply(answered, f"to {answered}")).data["event_id"]
            told = await ann.heard(lambda each: each.payload.get("reply_event_id") == last)
            assert (told.event_name, told.payload["original_message_id"]) == (REPLY, answered)
            assert told.payload.get("thread_level") == level
        lost = (await theirs.reply("no-such-message", "to nobody")).data["event_id"]
        told = await ann.heard(lambda each: each.payload.get("original_event_id") == lost)
        assert (told.event_name, told.payload["reply_to_id"]) == (NOTICE, "no-such-message")
        root = (await mine.post("quote me")).data["event_id"]
        await theirs.post("as you said", quoted_message_id=root)
        quoting = await ann.heard(lambda each: each.payload.get("quoted_message_id") == root)
        assert quoting.payload["quoted_text"] == f"{ann.id}: quote me"


async def test_direct_messages(server, transport, name):
    """OA-26 OA-27"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        payload = {
            "target_agent_id": ben.id,
            "message_type": "direct_message",
            "content": {"text": "hi"},
            "own": "kept",
        }
        await ann.send("thread.direct_message.send", ben.id, payload, metadata={"not": "relayed"})
        told = await ben.heard_named(DIRECT)
        assert {**payload, "sender_id": ann.id}.items() <= told.payload.items()
        assert (told.source_id, told.metadata) == (ann.id, {})
        await ann.send("thread.direct_message.send", None, {**payload, "own": "by payload"})
        await ben.heard(lambda each: each.payload.get("own") == "by payload")
        await ben.workspace.agent(ann.id).send("hello back")
        await ann.heard_named(DIRECT)
        talk = await ann.ask("direct_messages.retrieve", target_agent_id=ben.id)
        assert [each["payload"]["content"]["text"] for each in talk.data["messages"]] == ["hi", "hello back"]
        conversations = (await ann.ask("conversations.list")).data["conversations"]
        assert any({ann.id, ben.id} == set(each["agents"]) for each in conversations)


async def test_asks_and_is_answered(server, transport, name):
    """OA-40 by the client's own polls"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:

        async def answer(event):
            if event.event_name == DIRECT:
                await ben.workspace.agent(event.source_id).send(f"about {event.payload['content']['text']}: fine")

        ben.client.register_event_handler(answer)
        waiting = ann.workspace.agent(ben.id).send_and_wait("status", timeout=20)
        assert (await waiting)["content"]["text"] == "about status: fine"


async def test_reactions(server, transport, name):
    """OA-31"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        post = (await ann.workspace.channel("general").post("like me")).data["event_id"]
        liked = await ben.ask("reaction.add", target_message_id=post, reaction_type="like", action="add")
        assert (liked.data["action_taken"], liked.data["total_reactions"]) == ("add", 1)
        again = await ben.ask("reaction.add", target_message_id=post, reaction_type="like", action="add")
        assert again.success and again.data["success"] is False
        told = await ann.heard_named("thread.reaction.notification")
        assert told.payload["reacting_agent"] == ben.id and told.payload["total_reactions"] == 1
        [shown] = [each for each in await ann.workspace.channel("general").get_messages() if each["message_id"] == post]
        assert shown["reactions"] == {"like": 1}
        gone = await ben.ask("reaction.remove", target_message_id=post, reaction_type="like", action="remove")
        assert (gone.data["action_taken"], gone.data["total_reactions"]) == ("remove", 0)
        await ann.heard(lambda each: each.payload.get("action") == "removed")
        assert len(ann.named("thread.reaction.notification")) == 2
        wrong = await ben.ask("reaction.add", target_message_id=post, reaction_type="nod", action="add")
        assert not wrong.success and "reaction_type must be one of" in wrong.message
        lost = await ben.ask("reaction.add", target_message_id="none", reaction_type="like", action="add")
        assert lost.success and lost.data["success"] is False and "none" in lost.message
        await ben.caught_up()
        assert ben.named("thread.reaction.notification") == []


async def test_files(server, transport, name):
    """OA-30"""
    content = bytes(range(256)) * 4_000
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        uploaded = await ann.ask(
            "file.upload",
            filename="all.bin",
            file_content=base64.b64encode(content).decode(),
            mime_type="application/x-all",
            file_size=len(content),
        )
        assert uploaded.message == "File uploaded successfully"
        found = await ben.ask("file.download", file_id=uploaded.data["file_id"])
        assert base64.b64decode(found.data["content"]) == content
        assert (found.data["filename"], found.data["mime_type"]) == ("all.bin", "application/x-all")
        missing = await ben.ask("file.download", file_id="none")
        assert missing.success and missing.data["success"] is False and missing.message == "File not found"


async def test_events_of_their_own(server, transport, name):
    """OA-7 OA-9 OA-10 OA-14"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        for destination in [ben.id, f"agent:{ben.id}", "broadcast", "agent:broadcast", "channel:general"]:
            sent = await ann.send("custom.task.completed", destination, {"to": destination, **ODDITIES})
            assert sent.success, sent.message
            event = await ben.heard(lambda each: each.payload.get("to") == destination)
            assert (event.event_name, event.source_id, event.destination_id) == (
                "custom.task.completed",
                ann.id,
                destination,
            )
            assert event.payload == {"to": destination, **ODDITIES}
            assert isinstance(event.timestamp, int) and event.source_agent_group == "guest"
        nowhere = await ann.send("custom.task.completed", "nobody-of-that-name", {})
        assert nowhere.message == "Event custom.task.completed delivered to destination"
        unknown = await ann.send("custom.task.completed", "mod:none", {})
        assert not unknown.success and unknown.message == "Target mod none not found"


async def test_the_same_event_twice(server, transport, name):
    """OA-34 OA-35"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        payload = {"channel": "general", "content": {"text": "once"}}
        for _ in range(2):
            sent = await ann.send("thread.channel_message.post", "channel:general", payload, event_id=name("id"))
            assert sent.success and sent.data["event_id"] == name("id")
        other = await ann.send(
            "thread.channel_message.post", "channel:general", {**payload, "content": "else"}, event_id=name("id")
        )
        assert not other.success
        invalid = await ann.send("thread.channel_message.post", ben.id, {"content": {"text": "no channel"}})
        assert not invalid.success and invalid.message.endswith("channel is required")
        await ben.caught_up()
        assert [each.payload["content"] for each in ben.named(NOTICE) if each.source_id == ann.id] == [
            {"text": "once"}
        ]
        assert ben.named("thread.channel_message.post") == []


async def test_announcements(server, transport, name):
    """OA-32"""
    async with joined(server, name("a"), transport) as ann:
        refused = await ann.ask("announcement.set", channel="general", text="mine")
        assert not refused.success and refused.message == "forbidden"
        assert (await ann.ask("announcement.get", channel="general")).data["channel"] == "general"


@pytest.mark.parametrize("way", [("http", "grpc"), ("grpc", "http")])
async def test_across_transports(server, name, way):
    """OA-49"""
    async with joined(server, name("a"), way[0]) as ann, joined(server, name("b"), way[1]) as ben:
        post = (await ann.workspace.channel("general").post("over there")).data["event_id"]
        await ben.heard(lambda each: each.payload.get("original_event_id") == post)
        await ben.workspace.agent(ann.id).send("and back")
        assert (await ann.heard_named(DIRECT)).payload["content"]["text"] == "and back"


async def test_in_order(server, transport, name):
    """OA-15"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        await ben.caught_up()
        ben.events.clear()
        for number in range(200):
            assert (await ann.client.send_agent_message(ben.id, {"number": number})).success
        await ben.heard(lambda each: each.payload.get("number") == 199)
        assert [each.payload["number"] for each in ben.named("agent.message")] == list(range(200))


async def test_a_big_event(server, transport, name):
    """OA-16"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        text = "x" * 3_000_000
        assert (await ann.client.send_agent_message(ben.id, {"text": text})).success
        assert (await ben.heard_named("agent.message")).payload["text"] == text
        assert not (await ann.client.send_agent_message(ben.id, {"text": "x" * 9_000_000})).success


async def test_nobody_sees_a_secret(server, transport, name):
    """OA-8"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        secrets = [each.client.connector.secret for each in [ann, ben]]
        root = (await ann.workspace.channel("general").post("root")).data["event_id"]
        await ben.workspace.channel("general").reply(root, "reply")
        await ann.workspace.agent(ben.id).send("directly")
        await ann.client.send_agent_message(ben.id, {"text": "plainly"})
        await ann.send("custom.task.completed", "broadcast", {})
        await ann.send("thread.channel_message.post", ben.id, {"content": "invalid"})
        await ann.send("thread.no.such", ben.id, {"content": "unknown"})
        await ann.caught_up()
        await ben.caught_up()
        answers = [
            await ben.ask("channel_messages.retrieve", channel="general", include_threads=True),
            await ben.ask("direct_messages.retrieve", target_agent_id=ann.id),
            await ben.ask("conversations.list"),
            await ben.system("list_agents"),
            await ben.system("health_check"),
        ]
        seen = [repr(each.data) for each in answers] + [event.model_dump_json() for event in ann.events + ben.events]
        assert len(seen) > 10 and all(each.data for each in answers)
        assert not [text for text in seen if any(secret in text for secret in secrets)]
        assert {event.secret for event in ann.events + ben.events} == {None}
