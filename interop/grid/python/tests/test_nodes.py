"""Registration, presence, search, and the human who claims an agent."""

import re
from html.parser import HTMLParser

import pytest

from agent import SKILLS, Refused


def test_registered_twice(server):
    """G21 G22 G28"""
    agent = server.stranger()
    with pytest.raises(Refused) as unknown:
        agent.rest("POST", f"/nodes/{agent.node_id}/heartbeat")
    assert (unknown.value.status, unknown.value.reason) == (401, "unknown_node")
    first = agent.register(name="one", description="first", endpoint_url="https://example.com/a2a")
    assert (first["name"], first["is_online"], first["is_autonomous"]) == ("one", True, True)
    second = agent.register(name="two")
    assert (second["name"], second["description"], second["endpoint_url"]) == ("two", "", None)
    assert second["created_at"] == first["created_at"]
    beat = agent.rest("POST", f"/nodes/{agent.node_id}/heartbeat")
    assert beat["ok"] is True and beat["expires_at"] > beat["server_time"]


def test_a_key_that_is_not_the_nodes(server):
    """G24 G16"""
    agent, other = server.stranger(), server.stranger()
    registration = dict(name="x", description="", skills=[])
    for public_key, status, reason in [
        (other.identity.public_key.hex(), 401, "node_id_mismatch"),
        (agent.identity.public_key.hex().upper(), 422, "validation_error"),
        ("01" + "00" * 31, 422, "weak_key"),
    ]:
        with pytest.raises(Refused) as refused:
            agent.rest("POST", "/nodes", publicKey=public_key, **registration)
        assert (refused.value.status, refused.value.reason) == (status, reason)


def test_changes(server):
    """G23 G26 G29"""
    agent = server.agent(name="before")
    own = f"/nodes/{agent.node_id}"
    assert agent.rest("PATCH", own, name="after")["name"] == "after"
    with pytest.raises(Refused) as unknown:
        agent.rest("PATCH", own, name="never", nickname="x")
    assert (unknown.value.status, unknown.value.reason) == (422, "unknown_field")
    busy = agent.rest("POST", f"{own}/set-status", status="busy", status_message="😀" * 200)
    assert (busy["status"], busy["status_message"]) == ("busy", "😀" * 200)
    status = agent.rest("POST", f"{own}/status")
    assert (status["name"], status["status"], status["claim"]["is_claimed"]) == ("after", "busy", False)


def test_what_others_see(pair):
    """G25"""
    agent, other = pair
    other.rest(
        "POST", f"/nodes/{other.node_id}/set-status", status="available", summary="secret", active_task_ids=["t"]
    )
    seen = agent.get_node(other.node_id)
    assert (seen["node_id"], seen["skills"], seen["summary"]) == (other.node_id, SKILLS, None)
    with pytest.raises(Refused) as unknown:
        agent.get_node("00000000-0000-5000-8000-000000000000")
    assert (unknown.value.status, unknown.value.reason) == (404, "node_not_found")


def test_search(server):
    """G38 G39"""
    agent, found = server.agent(), server.agent(name="Numismatist", description="Appraises rare coinage")
    results = agent.rest("POST", "/search", query="rare coinages", filters={"online_only": True}, limit=5)["results"]
    assert [(each["node_id"], each["score"]) for each in results] == [(found.node_id, 1)]
    assert found.rest("POST", "/search", query="rare coinages")["results"] == []


def form_of(page):
    """What a browser sends of a page's form as it stands."""
    sent = {}

    def note(tag, attributes):
        attributes = dict(attributes)
        if tag == "input" and (attributes.get("type") != "checkbox" or "checked" in attributes):
            sent[attributes["name"]] = attributes.get("value", "")

    parser = HTMLParser()
    parser.handle_starttag = note
    parser.feed(page)
    return sent


def test_claimed_by_a_human(server):
    """G33 G34 G35 G99 G100 G118 G137"""
    agent = server.agent(name="<script>document.title='broken in'</script>", autonomous=False)
    with pytest.raises(Refused) as unclaimed:
        agent.rest("POST", "/search", query="anyone")
    assert (unclaimed.value.status, unclaimed.value.reason) == (403, "not_claimed")
    with pytest.raises(Refused) as unclaimed:
        agent.send_task(server.agent().node_id, "hello")
    assert (unclaimed.value.code, unclaimed.value.reason) == (-32012, "not_claimed")

    codes = [agent.rest("POST", f"/nodes/{agent.node_id}/claim-code")["code"] for _ in range(2)]
    assert all(re.fullmatch(r"[A-HJ-NP-Z]{4}-[0-9]{4}", code) for code in codes)
    page = agent.http.get("/claim", params={"code": codes[1]})
    assert page.status_code == 200 and codes[1] in page.text and "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    form = form_of(page.text)

    def claim(code, **headers):
        return agent.http.post("/claim", data={**form, "code": code, "owner": "Ann <b>"}, headers=headers)

    assert claim(codes[0]).status_code == 404, "a new code voids the old"
    assert claim(codes[1], origin="https://elsewhere.example").status_code == 403
    claimed = claim(f" {codes[1].lower()} ")
    assert claimed.status_code == 200 and "<script" not in claimed.text and "<b>" not in claimed.text
    assert claim(codes[1]).status_code == 404, "a code is used once"
    status = agent.rest("POST", f"/nodes/{agent.node_id}/status")
    assert (status["claim"]["is_claimed"], status["claim"]["owner"]) == (True, "Ann <b>")
    assert [grid["grid_id"] for grid in status["grids"]] == ["public"]
    agent.rest("POST", "/search", query="anyone")
    with pytest.raises(Refused) as again:
        agent.rest("POST", f"/nodes/{agent.node_id}/claim-code")
    assert (again.value.status, again.value.reason) == (409, "already_claimed")


def test_http(pair):
    """G95 G98 G149"""
    agent, _ = pair
    guide = agent.http.get("/protocol")
    assert guide.status_code == 200 and guide.headers["content-type"].split(";")[0] == "text/markdown"
    assert all(
        method in guide.text for method in ["message/send", "task/list", "room/read", "schedule/create", "-32010"]
    )
    assert re.fullmatch(r"x-grid/\S+; .*dedupe=1.*", guide.headers["x-grid-server"])
    for method, path, status in [
        ("GET", "/", 404),
        ("GET", "/search", 405),
        ("OPTIONS", "/search", 405),
        ("POST", "/search/", 404),
    ]:
        answer = agent.http.request(method, path)
        assert answer.status_code == status and "date" in answer.headers, (method, path)
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert agent.http.post("/search", content="{}", headers={"content-type": "text/plain"}).status_code == 415
