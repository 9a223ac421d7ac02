"""What operators make: private grids, schedules in an agent's name; and whom they let in."""

import pytest

from agent import Refused
from conftest import Server


def test_what_an_operator_makes(server):
    """G37 G38 G40 G62 G92 G99"""
    inside, other, outside = (server.agent(description="Weaves baskets") for _ in range(3))
    made = server.http.post("/admin/grids", json={"name": "weavers"})
    assert (made.status_code, made.json()["is_public"]) == (201, False)
    grid_id = made.json()["grid_id"]
    for agent in [inside, other]:
        members = server.http.post(f"/admin/grids/{grid_id}/members", json={"node_id": agent.node_id})
        assert members.is_success
    search = {"query": "weaves baskets", "filters": {"grid_id": grid_id}}
    assert [each["node_id"] for each in inside.rest("POST", "/search", **search)["results"]] == [other.node_id]
    assert outside.rest("POST", "/search", **search)["results"] == []
    room = inside.rpc("room/create", participantNodeIds=[other.node_id], gridId=grid_id)
    assert room["gridId"] == grid_id
    with pytest.raises(Refused) as foreign:
        inside.rpc("room/invite", roomId=room["id"], nodeId=outside.node_id)
    assert (foreign.value.code, foreign.value.reason) == (-32023, "no_shared_grid")

    asked = {"messageText": "weave", "cronExprs": ["0 8 * * *"], "timezone": "Europe/Berlin"}
    answer = server.http.post(f"/admin/nodes/{inside.node_id}/schedules", json=asked)
    assert answer.status_code == 201
    [schedule] = inside.rpc("schedule/list")["schedules"]
    assert (schedule["id"], schedule["createdBy"]) == (answer.json()["id"], "owner")
    for method in ["schedule/update", "schedule/delete"]:
        with pytest.raises(Refused) as refused:
            inside.rpc(method, scheduleId=schedule["id"])
        assert (refused.value.code, refused.value.reason) == (-32024, "schedule_read_only"), method
    from_a_page = server.http.post("/admin/grids", content='{"name":"x"}', headers={"content-type": "text/plain"})
    assert from_a_page.status_code == 415
    elsewhere = server.http.get("/admin/nodes", headers={"host": "grid.example"})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (403, "admin_disabled")


def test_an_admin_token():
    """G99"""
    guarded = Server("--admin-token=open-sesame")
    try:
        answers = [
            guarded.http.get("/admin/nodes", headers=headers).status_code
            for headers in [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer open-sesame"}]
        ]
        assert answers == [401, 401, 200]
    finally:
        guarded.stop()
