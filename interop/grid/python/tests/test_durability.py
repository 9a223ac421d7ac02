"""What a server on disk keeps when it is killed and starts again."""

import json
import os
from datetime import timedelta

from agent import as_message, refused_by_rest, system_time
from conftest import Server


def test_killed(tmp_path):
    """G10 G58 G60 G92 G101 G102 G130 G131"""
    flags = [f"--data-dir={tmp_path}"]
    first = Server(*flags)
    sender, receiver = first.agent(name="sender"), first.agent(name="receiver")
    message = as_message({"parts": [{"type": "data", "data": {"whole": 123456789012345678901, "float": 1.0}}]})
    task = sender.send_task(receiver.node_id, message)
    room = sender.rpc("room/create", participantNodeIds=[receiver.node_id], requestId="once")
    schedule = sender.rpc("schedule/create", messageText="x", fireAt=(system_time() + timedelta(days=9)).isoformat())
    code = sender.rest("POST", f"/nodes/{sender.node_id}/claim-code")["code"]
    with receiver.events() as stream:
        next(stream)
        sender.send_task(receiver.node_id, "heard")
        last, _, _ = next(stream)
        missed = sender.send_task(receiver.node_id, "not heard")
        used = json.dumps(sender.signed({}))
        assert sender.send("POST", f"/nodes/{sender.node_id}/heartbeat", used).is_success
        first.kill()

    second = Server(*flags)
    try:
        for agent in [sender, receiver]:
            agent.move_to(second.http)
        replayed = refused_by_rest(sender.send("POST", f"/nodes/{sender.node_id}/heartbeat", used))
        assert (replayed.status, replayed.reason) == (401, "nonce_replayed")
        assert sender.send_task(receiver.node_id, message)["id"] == task["id"]
        assert sender.rpc("room/create", participantNodeIds=[receiver.node_id], requestId="once")["id"] == room["id"]
        assert sender.rpc("schedule/list")["schedules"] == [schedule]
        [kept] = receiver.read(task)["messages"]
        data = kept["parts"][0]["data"]
        assert (data["whole"], repr(data["float"])) == (123456789012345678901, "1.0")
        with receiver.events(last_event_id=last) as stream:
            assert next(stream)[1] == "connected"
            assert next(stream)[2]["taskId"] == missed["id"]
        claimed = second.http.post("/admin/claim", json={"code": code, "owner": "Ann"})
        assert (claimed.status_code, claimed.json()["is_claimed"]) == (200, True)
    finally:
        second.stop()
    assert {oct(os.stat(path).st_mode & 0o077) for path in tmp_path.iterdir()} == {"0o0"}
