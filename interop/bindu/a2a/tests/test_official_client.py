"""What the official client does with an agent of ours, found by its address alone."""

import asyncio
import uuid

import httpx
import pytest
from a2a.client.card_resolver import A2ACardResolver
from a2a.client.client import ClientConfig
from a2a.client.client_factory import ClientFactory
from a2a.types.a2a_pb2 import (
    CancelTaskRequest,
    DeleteTaskPushNotificationConfigRequest,
    GetTaskPushNotificationConfigRequest,
    GetTaskRequest,
    ListTaskPushNotificationConfigsRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)
from a2a.utils.errors import TaskNotCancelableError, TaskNotFoundError

WAYS = ["JSONRPC", "HTTP+JSON", "0.3"]


def request(text, configuration=None, **ids):
    message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=[Part(text=text)], **ids)
    return SendMessageRequest(message=message, configuration=configuration)


class Caller:
    """A client of one way to call; one that streams, and one that does not."""

    def __init__(self, http, card, way):
        if way == "0.3":
            old = [each for each in card.supported_interfaces if each.protocol_version == "0.3"]
            del card.supported_interfaces[:]
            card.supported_interfaces.extend(old)
        bindings = ["HTTP+JSON" if way == "HTTP+JSON" else "JSONRPC"]

        def client(streaming):
            config = ClientConfig(
                httpx_client=http, streaming=streaming, supported_protocol_bindings=bindings
            )
            return ClientFactory(config).create(card)

        self.plain = client(False)
        self.live = client(True)

    async def send(self, text, configuration=None, **ids):
        answers = [each async for each in self.plain.send_message(request(text, configuration, **ids))]
        return answers[-1].task

    async def stream(self, text, **ids):
        return [each async for each in self.live.send_message(request(text, **ids))]


def with_caller(url, way, act):
    async def run():
        async with httpx.AsyncClient(timeout=20) as http:
            card = await A2ACardResolver(http, url).get_agent_card()
            await act(Caller(http, card, way))

    asyncio.run(run())


@pytest.mark.parametrize("way", WAYS)
def test_send_and_go_on(url, way):
    """A4 A16 A39 A40 a message, a question, its answer"""

    async def act(caller):
        done = await caller.send("hello")
        assert done.status.state == TaskState.TASK_STATE_COMPLETED
        assert done.artifacts[0].parts[0].text == "echo: hello"
        asked = await caller.send("ask")
        assert asked.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
        assert asked.status.message.parts[0].text == "Which?"
        answered = await caller.send("this", task_id=asked.id)
        assert (answered.id, answered.context_id) == (asked.id, asked.context_id)
        got = await caller.plain.get_task(GetTaskRequest(id=asked.id, history_length=1))
        assert len(got.history) == 1

    with_caller(url, way, act)


@pytest.mark.parametrize("way", WAYS)
def test_streams(url, way):
    """A20 A39 A40 a stream to its end, and a subscription to what runs"""

    async def act(caller):
        events = await caller.stream("hello")
        assert events[0].task.status.state == TaskState.TASK_STATE_SUBMITTED
        assert events[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED
        texts = [each.artifact_update.artifact.parts[0].text for each in events if each.HasField("artifact_update")]
        assert "".join(texts) == "echo: hello"
        running = await caller.send("slow", SendMessageConfiguration(return_immediately=True))
        heard = [each async for each in caller.live.subscribe(SubscribeToTaskRequest(id=running.id))]
        assert heard[0].HasField("task")
        assert heard[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED

    with_caller(url, way, act)


@pytest.mark.parametrize("way", WAYS)
def test_cancels_and_errors(url, way):
    """A12 A13 A29 A39 A40 a cancel, and what is refused, as the errors of the client"""

    async def act(caller):
        asked = await caller.send("ask")
        canceled = await caller.plain.cancel_task(CancelTaskRequest(id=asked.id))
        assert canceled.status.state == TaskState.TASK_STATE_CANCELED
        with pytest.raises(TaskNotCancelableError):
            await caller.plain.cancel_task(CancelTaskRequest(id=asked.id))
        with pytest.raises(TaskNotFoundError):
            await caller.plain.get_task(GetTaskRequest(id="nope"))

    with_caller(url, way, act)


@pytest.mark.parametrize("way", WAYS)
def test_webhooks(url, way):
    """A13 A26 A39 A40 a webhook of a task, from its beginning to its end"""

    async def act(caller):
        task = await caller.send("ask")
        config = TaskPushNotificationConfig(task_id=task.id, id="p", url="http://127.0.0.1:9/", token="t")
        assert (await caller.plain.create_task_push_notification_config(config)).id == "p"
        named = GetTaskPushNotificationConfigRequest(task_id=task.id, id="p")
        assert (await caller.plain.get_task_push_notification_config(named)).url == "http://127.0.0.1:9/"
        every = ListTaskPushNotificationConfigsRequest(task_id=task.id)
        assert len((await caller.plain.list_task_push_notification_configs(every)).configs) == 1
        gone = DeleteTaskPushNotificationConfigRequest(task_id=task.id, id="p")
        await caller.plain.delete_task_push_notification_config(gone)
        assert len((await caller.plain.list_task_push_notification_configs(every)).configs) == 0

    with_caller(url, way, act)


@pytest.mark.parametrize("way", WAYS[:2])
def test_lists_and_results(url, way):
    """A19 A36 A39 a list, a file, a refusal"""

    async def act(caller):
        context = str(uuid.uuid4())
        made = await caller.send("file", context_id=context)
        part = made.artifacts[0].parts[0]
        assert (part.raw, part.filename, part.media_type) == (b"file", "output.txt", "text/plain")
        refused = await caller.send("reject", context_id=context)
        assert refused.status.state == TaskState.TASK_STATE_REJECTED
        listed = await caller.plain.list_tasks(ListTasksRequest(context_id=context, page_size=1))
        assert (listed.total_size, listed.tasks[0].id) == (2, refused.id)
        assert listed.next_page_token != ""

    with_caller(url, way, act)
