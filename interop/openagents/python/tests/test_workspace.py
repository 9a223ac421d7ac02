"""The official client of workspaces against ours, and beside agents of the network in the same world."""

import pytest
from openagents.client.workspace_client import SessionRevokedError, WorkspaceClient

from conftest import TOKEN, joined

POSTED = "thread.channel_message.notification"


@pytest.fixture
def client(server):
    return WorkspaceClient(server.url)


@pytest.fixture
def own(client):
    """A workspace of its own, as its maker gets it."""
    return lambda: client.create_workspace(agent_name="ann", name="Ours", agent_type="claude")


async def test_create(client, own):
    """OA-57 OA-63"""
    made = await own()
    assert made.name == "Ours" and len(made.token) == 43 and made.channel_name.startswith("session-")
    assert await client.resolve_token(made.token) == {
        "workspace_id": made.workspace_id,
        "slug": made.slug,
        "name": "Ours",
        "endpoint": None,
    }
    [ann] = await client.get_agents(made.workspace_id, made.token)
    assert (ann["agentName"], ann["role"]) == ("ann", "master")
    described = await client.get_workspace_metadata(made.workspace_id, made.token)
    assert described["slug"] == made.slug and "browserEnabled" in described
    assert await client.get_workspace_metadata(made.workspace_id, "wrong") == {}


async def test_join(client, own):
    """OA-57 OA-64"""
    made = await own()
    joined_as = await client.join_network("ben", made.slug, made.token, agent_type="codex", working_dir="/srv")
    assert (joined_as["agent_name"], joined_as["role"], joined_as["status"]) == ("ben", "member", "online")
    assert joined_as["network_id"] == made.workspace_id and len(joined_as["session_id"]) == 32
    beat = await client.heartbeat(made.workspace_id, "ben", made.token, joined_as["session_id"])
    assert beat == {"agent_name": "ben", "status": "online"}
    for network, token, text in [
        (made.slug, "wrong", "Invalid network token"),
        (None, "wrong", "Network not found"),
        ("nowhere", made.token, "Network not found"),
    ]:
        with pytest.raises(ConnectionError, match=text):
            await client.join_network("ben", network, token)
    with pytest.raises(ConnectionError):
        await client.resolve_token("wrong")
    with pytest.raises(ConnectionError):
        await client.heartbeat(made.workspace_id, "ben", "wrong")
    await client.disconnect(made.workspace_id, "ben", made.token)
    agents = await client.get_agents(made.workspace_id, made.token)
    assert {each["agentName"]: each["status"] for each in agents}["ben"] == "offline"


async def test_second_join_revokes(client, own):
    """OA-58"""
    made = await own()
    first = (await client.join_network("ben", made.slug, made.token))["session_id"]
    second = (await client.join_network("ben", made.slug, made.token))["session_id"]
    with pytest.raises(SessionRevokedError):
        await client.heartbeat(made.workspace_id, "ben", made.token, first)
    with pytest.raises(SessionRevokedError):
        await client.send_message(made.slug, made.channel_name, made.token, "x", sender_name="ben", session_id=first)
    await client.heartbeat(made.workspace_id, "ben", made.token, second)
    await client.send_message(made.slug, made.channel_name, made.token, "y", sender_name="ben", session_id=second)
    [only] = await client.poll_messages(made.slug, made.channel_name, made.token)
    assert only["content"] == "y"


async def test_messages(client, own):
    """OA-59 OA-60 OA-64"""
    made = await own()
    ben = await client.join_network("ben", made.slug, made.token)
    say = (made.slug, made.channel_name, made.token)
    sent = [
        await client.send_message(
            *say, f"né {each} 🎉", sender_name="ben", session_id=ben["session_id"], metadata={"n": each}
        )
        for each in range(3)
    ]
    messages = await client.poll_messages(*say)
    assert [each["content"] for each in messages] == ["né 0 🎉", "né 1 🎉", "né 2 🎉"]
    assert [each["messageId"] for each in messages] == [each["messageId"] for each in sent]
    assert {each["senderName"] for each in messages} == {"ben"}
    assert [each["metadata"]["n"] for each in messages] == [0, 1, 2]
    assert ben["session_id"] not in str(messages)
    later = await client.poll_messages(*say, after=sent[0]["messageId"])
    assert [each["content"] for each in later] == ["né 1 🎉", "né 2 🎉"]
    await client.send_message(*say, "to all", sender_type="human", sender_name="eve")
    pending, cursor = await client.poll_pending(made.slug, made.token, "ann")
    assert [(each["senderType"], each["content"]) for each in pending] == [("human", "to all")]
    assert await client.poll_pending(made.slug, made.token, "ann", after=cursor) == ([], None)
    assert await client.poll_control(made.slug, made.token, "ann") == []
    with pytest.raises(ConnectionError):
        await client.send_message(made.slug, made.channel_name, "wrong", "x", sender_name="ben")


async def test_channels(client, own):
    """OA-63"""
    made = await own()
    where = (made.workspace_id, made.channel_name, made.token)
    assert (await client.get_session(*where))["title"] == "Session 1"
    await client.update_session(*where, title="Plans", status="archived")
    session = await client.get_session(*where)
    assert (session["title"], session["titleManuallySet"], session["status"]) == ("Plans", True, "archived")


async def test_files(client, own):
    """OA-62"""
    made = await own()
    content = bytes(range(256)) * 8_000
    put = await client.upload_file(
        made.slug, made.token, "../../plan né.bin", content, "application/x-plan", "openagents:ann", made.channel_name
    )
    assert put["size"] == len(content) and put["filename"].endswith("_plan né.bin")
    assert await client.read_file(made.slug, made.token, put["id"]) == content
    info = await client.get_file_info(made.token, put["id"])
    assert (info["content_type"], info["uploaded_by"]) == ("application/x-plan", "openagents:ann")
    listed = await client.list_files(made.slug, made.token, channel_name=made.channel_name)
    assert listed["total"] == 1 and listed["files"][0]["id"] == put["id"]
    with pytest.raises(ConnectionError, match="Invalid workspace credentials"):
        await client.read_file(made.slug, "wrong", put["id"])
    assert await client.delete_file(made.slug, made.token, put["id"]) == {"id": put["id"], "status": "deleted"}
    with pytest.raises(ConnectionError, match="File not found"):
        await client.read_file(made.slug, made.token, put["id"])


async def test_one_world(server, client, transport, name):
    """OA-65"""
    async with joined(server, name("agent"), transport) as agent:
        member = name("member")
        here = await client.join_network(member, "local", TOKEN)
        assert member in await agent.workspace.agents()
        names = [each["agentName"] for each in await client.get_agents("local", TOKEN)]
        assert {agent.id, member} <= set(names)
        posted = (await agent.workspace.channel("general").post("from the network")).data["event_id"]
        [seen] = [
            each for each in await client.poll_messages("local", "general", TOKEN, limit=500)
            if each["messageId"] == posted
        ]
        assert (seen["content"], seen["senderName"]) == ("from the network", agent.id)
        said = await client.send_message(
            "local", "general", TOKEN, "from the workspace", sender_name=member, session_id=here["session_id"]
        )
        told = await agent.heard(lambda each: each.payload.get("original_event_id") == said["messageId"])
        assert (told.event_name, told.source_id) == (POSTED, member)
        assert told.payload["content"]["text"] == "from the workspace"
        assert here["session_id"] not in told.model_dump_json()
