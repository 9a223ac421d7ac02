"""The task queue, which the product page does not show."""

import threading

import grpc
import pytest
from agentkeeper import AgentKeeperClient
from agentkeeper._types import TaskStatus
from conftest import Recorder
from served import wait_until


@pytest.fixture
def tools(request):
    return [f"tool-of-{request.node.name}"]


@pytest.fixture
def worker(client, tools):
    with client.register("worker", "", "", tools=tools) as handle:
        yield handle


def test_create_claim_complete(client, worker, tools):
    task = client.create_task("parse", input=b"\x00\x01", required_tools=tools, max_retries=2, ttl=5)
    assert (task.status, task.input, task.retry_count) == (TaskStatus.PENDING, b"\x00\x01", 0)
    assert task.claimed_at is None and task.created_at is not None
    claimed = client.claim_task(worker.agent_id)
    assert (claimed.id, claimed.status, claimed.claimed_by_agent_id) == (task.id, TaskStatus.CLAIMED, worker.agent_id)
    client.complete_task(task.id, worker.agent_id, output=b"\x02")
    client.complete_task(task.id, worker.agent_id, output=b"\x02")
    with pytest.raises(grpc.RpcError) as error:
        client.complete_task(task.id, worker.agent_id, output=b"\x03")
    assert error.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    done = client.get_task(task.id)
    assert (done.status, done.output) == (TaskStatus.COMPLETED, b"\x02")
    assert task.id in [t.id for t in client.list_tasks(TaskStatus.COMPLETED)]


def test_fail_retries_then_dies(client, worker, tools):
    task = client.create_task("parse", required_tools=tools, max_retries=1)
    for expected in (TaskStatus.PENDING, TaskStatus.DEAD):
        assert client.claim_task(worker.agent_id).id == task.id
        client.fail_task(task.id, worker.agent_id, reason="boom")
        assert client.get_task(task.id).status == expected
    assert client.get_task(task.id).failure_reason == "boom"


def test_a_claim_is_a_lease(client, worker, agent, tools):
    task = client.create_task("parse", required_tools=tools)
    client.claim_task(worker.agent_id)
    assert client.acquire_lease(task.id, agent.agent_id) is None
    lease = client.acquire_lease(task.id, worker.agent_id, ttl=300)
    lease.renew(ttl=600)
    lease.release()
    assert client.get_task(task.id).failure_reason == "claim released"


def test_blocked_claim_gets_the_next_task(client, worker, tools):
    got = Recorder()
    thread = threading.Thread(target=lambda: got(client.claim_task(worker.agent_id)))
    thread.start()
    task = client.create_task("parse", required_tools=tools)
    thread.join(timeout=10)
    assert [t.id for t in got] == [task.id]


def test_a_claimer_that_vanishes_takes_no_task(daemon, client, worker, tools):
    calls = Recorder()

    def blocked():
        gone = AgentKeeperClient(host="127.0.0.1", port=daemon.port)
        calls(gone)
        try:
            gone.claim_task(worker.agent_id)
        except (grpc.RpcError, ValueError) as error:
            calls(error)

    thread = threading.Thread(target=blocked)
    thread.start()
    wait_until(lambda: len(calls) == 1, "the claim has been sent")
    calls[0].close()
    thread.join(timeout=10)
    task = client.create_task("parse", required_tools=tools)
    claimed = client.claim_task(worker.agent_id)
    assert claimed.id == task.id


def test_claim_ends_with_its_agent(client, tools):
    mortal = client.register("mortal", "", "", tools=tools)
    errors = Recorder()

    def blocked():
        try:
            client.claim_task(mortal.agent_id)
        except grpc.RpcError as error:
            errors(error)

    thread = threading.Thread(target=blocked)
    thread.start()
    mortal.deregister()
    thread.join(timeout=10)
    assert [error.code() for error in errors] == [grpc.StatusCode.NOT_FOUND]
