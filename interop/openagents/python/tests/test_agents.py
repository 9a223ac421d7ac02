"""Who is on the network: registration, lists, kicks, groups, subscriptions, and the end."""

import hashlib
import re

from openagents.sdk.client import AgentClient

from conftest import ADMIN, TOKEN, joined

SECRET = re.compile(r"[A-Za-z0-9]{64}")
ADMIN_HASH = hashlib.sha256(ADMIN.encode()).hexdigest()


async def test_joins_and_is_listed(server, transport, name):
    """OA-1 OA-2 OA-3 OA-17 OA-57"""
    metadata = {"name": "Ann", "role": "researcher"}
    async with joined(server, name("a"), transport, metadata=metadata) as ann:
        assert ann.client.connector.is_connected
        assert SECRET.fullmatch(ann.client.connector.secret)
        [entry] = [each for each in await ann.client.list_agents() if each["agent_id"] == ann.id]
        assert (entry["name"], entry["connected"], entry["metadata"]["role"]) == ("Ann", True, "researcher")
        assert ann.id in await ann.workspace.agents()
        own = await ann.heard_named("discovery.notification.agent_connected")
        assert own.payload["agent_id"] == ann.id and own.source_id.startswith("mod:")


async def test_knows_its_mods(server, transport, name):
    """OA-17"""
    async with joined(server, name("a"), transport) as ann:
        mods = {each["name"] for each in await ann.client.list_mods()}
        assert {"openagents.mods.workspace.messaging", "openagents.mods.discovery.agent_discovery"} <= mods
        assert await ann.client.get_mod_manifest("no.such.mod") is None


async def test_groups_by_password(server, transport, name):
    """OA-5"""
    async with joined(server, name("admin"), transport, password_hash=ADMIN_HASH) as admin:
        async with joined(server, name("guest"), transport, password_hash="wrong") as guest:
            for sender, group in [(admin, "admin"), (guest, "guest")]:
                await sender.client.send_agent_message(guest.id, {"from": sender.id})
                event = await guest.heard(lambda each: each.payload.get("from") == sender.id)
                assert event.source_agent_group == group
            valid = await guest.system("verify_password", password_hash=ADMIN_HASH)
            assert valid.success and (valid.data["valid"], valid.data["group_name"]) == (True, "admin")
            wrong = await guest.system("verify_password", password_hash="wrong")
            assert wrong.success and wrong.data["valid"] is False


async def test_system_commands(server, transport, name):
    """OA-23 OA-55"""
    async with joined(server, name("a"), transport) as ann:
        channels = await ann.system("list_channels", request_id="r")
        assert channels.message == "Successfully retrieved list of channels"
        assert {"general", "development", "support"} <= set(channels.data["channels"])
        members = await ann.system("get_channel_members", channel_id="general")
        assert ann.id in members.data["members"]
        room = name("room")
        added = await ann.system("add_channel_member", channel_id=room, agent_id=ann.id)
        assert added.message == f"Successfully added {ann.id} to channel {room}"
        removed = await ann.system("remove_channel", channel_id=room)
        assert removed.message == f"Successfully removed channel {room}"
        beat = await ann.system("heartbeat", timestamp=5)
        assert (beat.message, beat.data["timestamp"]) == ("Ping successful", 5)
        health = await ann.system("health_check")
        assert health.success and health.data["is_running"] is True
        unknown = await ann.system("no_such_command")
        assert not unknown.success and "no_such_command" in unknown.message


async def test_subscriptions_narrow(server, transport, name):
    """OA-18"""
    async with joined(server, name("a"), transport) as ann, joined(server, name("b"), transport) as ben:
        await ben.caught_up()
        answer = await ben.client.subscribe_events(["custom.*", "agent.*"], ["general"])
        assert answer.message == "Successfully subscribed to 2 event patterns"
        assert answer.data["event_patterns"] == ["custom.*", "agent.*"]
        await ann.workspace.agent(ben.id).send("not seen")
        await ann.send("custom.task.completed", ben.id, {"n": 1})
        await ben.heard_named("custom.task.completed")
        assert ben.named("thread.direct_message.notification") == []
        ended = await ben.client.unsubscribe_events(answer.data["subscription_id"])
        assert ended.success
        await ann.workspace.agent(ben.id).send("seen")
        dm = await ben.heard_named("thread.direct_message.notification")
        assert dm.payload["content"]["text"] == "seen"
        assert not (await ben.client.subscribe_events([])).success


async def test_kicks(server, transport, name):
    """OA-19 OA-20"""
    async with (
        joined(server, name("admin"), transport, password_hash=ADMIN_HASH) as admin,
        joined(server, name("guest"), transport) as guest,
        joined(server, name("target"), transport) as target,
    ):
        refused = await guest.send(
            "system.kick_agent", "system:system", {"target_agent_id": target.id, "agent_id": admin.id}
        )
        assert not refused.success and refused.message.startswith("Unauthorized: Admin privileges required")
        assert (await admin.system("kick_agent", target_agent_id=admin.id)).message == "Cannot kick yourself"
        assert not (await admin.system("kick_agent", target_agent_id="nobody")).success
        await guest.caught_up()
        kicked = await admin.system("kick_agent", target_agent_id=target.id)
        assert kicked.success and kicked.message == f"Successfully kicked agent '{target.id}'"
        told = await guest.heard_named("system.agent_kicked")
        assert (told.source_id, told.payload["target_agent_id"]) == ("system", target.id)
        names = [event.event_name for event in guest.events if target.id in str(event.payload)]
        assert names[-2:] == ["discovery.notification.agent_disconnected", "system.agent_kicked"]
        failed = await target.send("agent.message", guest.id, {})
        assert failed.message == "Authentication failed: Invalid or missing secret"
        again = AgentClient(agent_id=target.id)
        assert not await again.connect_to_server("127.0.0.1", server.port, enforce_transport_type=transport)


async def test_leaves(server, transport, name):
    """OA-6"""
    async with joined(server, name("b"), transport) as ben:
        async with joined(server, name("a"), transport) as ann:
            await ben.caught_up()
        left = await ben.heard_named("discovery.notification.agent_disconnected")
        assert left.payload["agent_id"] == ann.id
        assert ann.id not in await ben.workspace.agents()
        after = await ann.client.send_agent_message(ben.id, {})
        assert not after.success and "not connected" in after.message


async def test_comes_back_under_its_id(server, name):
    """OA-4"""
    async with joined(server, name("a")) as ann:
        lost = AgentClient(agent_id=name("b"))
        assert await lost.connect_to_server("127.0.0.1", server.port, enforce_transport_type="http")
        old = lost.connector.secret
        # Whoever crashed asks no more, and is written to meanwhile.
        lost.connector.is_connected = False
        await ann.workspace.agent(name("b")).send("while you were away")
        async with joined(server, name("b")) as ben:
            assert ben.client.connector.secret != old
            waited = await ben.heard_named("thread.direct_message.notification")
            assert waited.payload["content"]["text"] == "while you were away"
        await lost.connector.session.close()


async def test_a_live_id_over_grpc(server, name):
    """OA-48"""
    async with joined(server, name("a"), "grpc"):
        second = AgentClient(agent_id=name("a"))
        assert not await second.connect_to_server("127.0.0.1", server.port, enforce_transport_type="grpc")


async def test_left_to_choose_it_takes_http(server, name):
    """OA-1"""
    async with joined(server, name("a"), None, password_hash=TOKEN) as ann:
        assert type(ann.client.connector).__name__ == "HTTPNetworkConnector"
