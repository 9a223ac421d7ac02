"""A reference client of Grid, written from its documentation: signed calls of every kind, and the event stream."""

import json
import os
import uuid
from contextlib import contextmanager
from datetime import datetime, timezone
from urllib.parse import urlencode

import httpx

from identity import Identity

SKILLS = [{"id": "analyze", "name": "Document Analysis", "description": "Analyzes documents"}]


def system_time():
    return datetime.now(timezone.utc)


def connect(url):
    """Connections to a server, for any number of agents; without certificates, which take long to load."""
    return httpx.Client(base_url=url, timeout=20, trust_env=False, verify=False)


class Refused(Exception):
    """An answer that says no: of REST with a status, of JSON-RPC with a code."""

    def __init__(self, status, code, reason, data):
        super().__init__(f"{status} {code} {reason} {data}")
        self.status, self.code, self.reason, self.data = status, code, reason, data


def refused_by_rest(answer):
    error = answer.json()["error"]
    return Refused(answer.status_code, None, error["code"], error.get("data", {}))


class Agent:
    """An identity at a server."""

    def __init__(self, http, clock=system_time):
        self.identity = Identity()
        self.node_id = self.identity.node_id
        self.http = http
        self._clock = clock
        self._ids = 0

    def move_to(self, http, clock=system_time):
        """Goes on at another server, or at the same one after it has started again."""
        self.http, self._clock = http, clock

    def fields(self, **others):
        """The signed fields of one request, but the signature; the time as Python writes it."""
        fresh = {"timestamp": self._clock().isoformat(), "nonce": os.urandom(16).hex()}
        return {"fromNodeId": self.node_id, **fresh, **others}

    def signed(self, payload, **fields):
        whole = {**payload, **self.fields(**fields)}
        return {**whole, "signature": self.identity.sign(whole)}

    def send(self, method, path, text):
        """Sends a body as it is."""
        return self.http.request(method, path, content=text, headers={"content-type": "application/json"})

    def rest(self, method, path, **payload):
        answer = self.send(method, path, json.dumps(self.signed(payload)))
        if answer.is_error:
            raise refused_by_rest(answer)
        return answer.json()

    def signed_query(self, **payload):
        return urlencode(self.signed(payload))

    def get_node(self, node_id):
        answer = self.http.get(f"/nodes/{node_id}?{self.signed_query()}")
        if answer.is_error:
            raise refused_by_rest(answer)
        return answer.json()

    def envelope(self, method, params):
        self._ids += 1
        return {"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params}

    def rpc(self, method, to=None, **params):
        """A call at the own address, or at another's."""
        envelope = self.envelope(method, self.signed(params))
        return self.result_of(self.send("POST", f"/a2a/{to or self.node_id}", json.dumps(envelope)), envelope)

    @staticmethod
    def result_of(answer, envelope):
        if answer.status_code != 200:
            raise refused_by_rest(answer)
        body = answer.json()
        assert (body["jsonrpc"], body["id"]) == ("2.0", envelope["id"])
        assert ("result" in body) != ("error" in body)
        if "error" in body:
            data = body["error"]["data"]
            raise Refused(200, body["error"]["code"], data["reason"], data)
        return body["result"]

    def register(self, name="reference", description="", autonomous=True, **more):
        """As the SDK does: a node that is there already is replaced."""
        public_key = self.identity.public_key.hex()
        node = dict(name=name, description=description, skills=SKILLS, autonomous=autonomous, publicKey=public_key)
        try:
            return self.rest("POST", "/nodes", **node, **more)
        except Refused as refused:
            if refused.status != 409:
                raise
            return self.rest("PUT", f"/nodes/{self.node_id}", **node, **more)

    def send_task(self, to, message, **params):
        return self.rpc("message/send", to=to, message=as_message(message), **params)

    def reply(self, task, message, **params):
        return self.rpc("message/send", message={**as_message(message), "taskId": task["id"]}, **params)

    def update(self, task, **params):
        return self.rpc("task/update", taskId=task["id"], **params)

    def read(self, task):
        return self.rpc("task/read", taskId=task["id"])

    @contextmanager
    def events(self, last_event_id=None):
        """The events of a new stream, one after another; the first is `connected`."""
        headers = {} if last_event_id is None else {"last-event-id": last_event_id}
        path = f"/a2a/{self.node_id}/events?{self.signed_query()}"
        with self.http.stream("GET", path, headers=headers) as answer:
            if answer.is_error:
                answer.read()
                raise refused_by_rest(answer)
            assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
            assert answer.headers["cache-control"] == "no-store"
            yield events_of(answer.iter_lines())


def as_message(message):
    """A text, or a message with whatever it says of itself."""
    if isinstance(message, str):
        message = {"parts": [{"type": "text", "text": message}]}
    return {"messageId": str(uuid.uuid4()), "role": "user", **message}


def text_of(message):
    return "".join(part.get("text", "") for part in message["parts"])


def events_of(lines):
    """Events of a stream as (id, event, data); comments are passed over."""
    fields = {}
    for line in lines:
        if line == "":
            if "data" in fields:
                yield fields.get("id"), fields.get("event"), json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
