"""What was captured of the official core, played again before ours, with an agent of the official stubs."""

import re

import grpc
import httpx
import pytest
from bindu.grpc.generated import agent_handler_pb2 as messages
from conftest import VECTORS, Handler

ANSWERS = {
    "ask": {"state": "input-required", "prompt": "Which?"},
    "login": {"state": "auth-required", "prompt": "Log in"},
    "done": {"state": "completed", "content": "done!"},
    "boom": grpc.StatusCode.INTERNAL,
}
SKILL = messages.SkillDefinition(
    name="qa",
    description="Answers",
    tags=["t"],
    input_modes=["text/plain"],
    output_modes=["text/plain"],
    version="1.0.0",
    author="me",
    raw_content="name: qa\n",
    format="yaml",
)
# Ids of agents' messages, and what runs the core.
ALWAYS_OTHER = ["/result/history/1/message_id", "/result/history/3/message_id", "/system"]
LISTED = ["01", "07", "0f", "15", "1a"]
OPEN = ("submitted", "working")


def stable(value, volatile, path=""):
    """A value without what differs from run to run."""
    if any(re.fullmatch(each.split(" ")[0].replace("*", "[^/]+"), path) for each in volatile):
        return "volatile"
    if isinstance(value, list):
        return [stable(item, volatile, f"{path}/{index}") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {name: stable(member, volatile, f"{path}/{name}") for name, member in value.items()}
    return value


@pytest.fixture(scope="module")
def http(core):
    registration = VECTORS["registration"]
    config = {**registration["config"], "deployment": {"url": "http://localhost:0", "expose": True}}
    agent = core.agent(Handler(ANSWERS), [SKILL], **config)
    assert (agent.id, agent.did) == (registration["reply"]["agent_id"], registration["reply"]["did"])
    yield agent.http
    agent.http.close()


def wait_for_outcome(http, task_id):
    """Reads come behind sends in the capture, where the handler had answered long ago."""
    rpc = {
        "jsonrpc": "2.0",
        "id": "22222222-0000-4000-8000-000000000001",
        "method": "tasks/get",
        "params": {"taskId": task_id},
    }
    while http.post("/", json=rpc).json().get("result", {}).get("status", {}).get("state") in OPEN:
        pass


@pytest.mark.parametrize("row", VECTORS["exchanges"], ids=lambda row: row["name"])
def test_exchange(http, row):
    """S22 S37 S38 S39 an exchange with the official core"""
    name, request, expected = row["name"], row["request"], row["response"]
    body = request.get("body")
    if isinstance(body, dict) and "taskId" in body.get("params", {}):
        wait_for_outcome(http, body["params"]["taskId"])
    content = {"content": body} if isinstance(body, str) else {"json": body} if body else {}
    answer = http.request(request["method"], request["path"], **content)
    if name == "feedback without rating":
        # D21: taken without one.
        assert answer.json()["result"]["message"] == "Feedback submitted successfully"
        return
    assert answer.status_code == expected["status"]
    if expected["content_type"] is None:
        assert answer.text == expected["body"]
        return
    assert answer.headers["content-type"] == expected["content_type"]
    if name == "list":
        assert [task["id"][-2:] for task in answer.json()["result"]] == LISTED
        return
    if name == "get failed":
        # D10: the status and its text, without Python's object around them.
        text = answer.json()["result"]["history"][-1]["parts"][0]["text"]
        assert text == "Task execution failed: INTERNAL: handler blew up"
        return
    volatile = [*row["volatile"], *ALWAYS_OTHER]
    assert stable(answer.json(), volatile) == stable(expected["body"], volatile)


def test_streams(core):
    """S35 an agent that streams is called so where a caller streams, and its last chunk is the whole"""
    delta = {"metadata": {"x.chunk": "delta"}}
    handler = Handler(
        {}, pieces=[{"content": "one, ", **delta}, {"content": "two", **delta}, {"content": "one, two", "is_final": True}]
    )
    agent = core.agent(handler, name="streamer")
    ids = dict.fromkeys(("messageId", "contextId", "taskId"), "11111111-0000-4000-8000-0000000000aa")
    message = {"role": "user", "kind": "message", **ids, "parts": [{"kind": "text", "text": "go"}]}
    rpc = {
        "jsonrpc": "2.0",
        "id": "22222222-0000-4000-8000-000000000002",
        "method": "message/stream",
        "params": {"message": message, "configuration": {"acceptedOutputModes": ["text/plain"]}},
    }
    with httpx.stream("POST", agent.url, json=rpc, timeout=10) as answer:
        events = [httpx.Response(200, text=line[6:]).json() for line in answer.iter_lines() if line]
    states = [event["status"]["state"] for event in events if event["kind"] == "status-update"]
    texts = [event["artifact"]["parts"][0]["text"] for event in events if event["kind"] == "artifact-update"]
    assert states == ["submitted", "working", "completed"]
    assert "".join(texts) == "one, two"
    assert (events[-1]["final"], events[-2]["last_chunk"]) == (True, True)
