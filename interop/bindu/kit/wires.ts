// What each binding looks like on the wire, and which versions are answered.
import assert from "node:assert/strict";
import { z } from "zod";
import type { Steps } from "../../shared/steps.ts";
import type { Caller } from "./caller.ts";
import { httpError, rpcError } from "./schema.ts";

/** In both bindings. */
export function versions({ binding, said, refused, isRefusal }: Caller): Steps {
  const asked = (version: string) =>
    binding.call("SendMessage", said("complete-task"), { "a2a-version": version });
  return {
    "A39 VER-SERVER-002 A3 versions that nobody has": async () => {
      for (const version of ["99.0", "1.1", "abc"]) {
        isRefusal("VERSION_NOT_SUPPORTED", await asked(version));
      }
    },
    "A39 VER-SERVER-003 A3 versions of 1.0, and none": async () => {
      for (const version of ["1.0", "1.0.5", "1", ""]) {
        assert.equal((await asked(version)).refusal, undefined);
      }
    },
    "A39 CORE-ERR-001 a method that nobody has": async () => {
      await refused("METHOD_NOT_FOUND", "TckNothing");
    },
    "A39 DM-SERIAL-001 DM-SERIAL-002 DM-SERIAL-003 DM-SERIAL-004 DM-SERIAL-005 camel case in, whatever else; camel case out":
      async () => {
        const message = {
          message_id: "tck-artifact-file-url",
          role: 1,
          parts: [{ text: "snake", media_type: "text/plain", unknown: { a: 1 } }],
          context_id: "tck-snake",
          reference_task_ids: null,
          futureMember: [1],
        };
        const { text, refusal } = await binding.call("SendMessage", { message });
        assert.equal(refusal, undefined);
        assert.match(text, /"contextId":"tck-snake"/);
        assert.doesNotMatch(text, /"[a-z]+_[a-z_]+":|"kind":|null|future|unknown/);
      },
  };
}

export function rpcWire(face: string, { said, isRefusal, binding }: Caller): Steps {
  const post = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await fetch(face, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", "a2a-version": "1.0", ...headers },
    });
    return { answer, json: Object(await answer.json()) };
  };
  const failed = z.strictObject({
    jsonrpc: z.literal("2.0"),
    id: z.union([z.string(), z.number(), z.null()]),
    error: rpcError,
  });
  const codeOf = (json: unknown): number => failed.parse(json).error.code;
  const call = { jsonrpc: "2.0", id: 1, method: "GetTask", params: { id: "tck-nobody" } };
  return {
    "A39 JSONRPC-FMT-001 JSONRPC-FMT-002 A31 an id comes back as it was": async () => {
      for (const id of [0, 7, "seven", "", null]) {
        const { answer, json } = await post({
          ...call,
          id,
          method: "SendMessage",
          params: said("complete-task"),
        });
        assert.deepEqual([answer.status, json.jsonrpc, json.id], [200, "2.0", id]);
        assert.deepEqual(Object.keys(json).sort(), ["id", "jsonrpc", "result"]);
      }
    },
    "A39 JSONRPC-SVC-001 JSONRPC-SVC-002 answers are application/json, whatever is accepted": async () => {
      for (const accept of ["*/*", "application/json", "application/a2a+json"]) {
        const { answer } = await post(call, { accept });
        assert.equal(answer.headers.get("content-type"), "application/json");
      }
    },
    "A39 JSONRPC-ERR-001 JSONRPC-ERR-002 A29 what is no request": async () => {
      assert.equal(codeOf((await post("{x")).json), -32700);
      for (const wrong of [
        [],
        [call],
        5,
        { ...call, jsonrpc: "1.0" },
        { ...call, id: {} },
        { ...call, method: 5 },
      ]) {
        assert.equal(codeOf((await post(wrong)).json), -32600, JSON.stringify(wrong));
      }
      assert.equal(codeOf((await post({ ...call, method: "tck/nothing" })).json), -32601);
      assert.equal(codeOf((await post({ ...call, params: { id: 5 } })).json), -32602);
    },
    "A39 JSONRPC-ERR-003 a refusal says its reason and its domain": async () => {
      const { json } = await post(call);
      const [info] = failed.parse(json).error.data ?? [];
      assert.deepEqual([Object(info).reason, Object(info).domain], ["TASK_NOT_FOUND", "a2a-protocol.org"]);
    },
    "A39 JSONRPC-ERR-001 a type of content that is none of ours": async () => {
      const { answer, json } = await post(call, { "content-type": "text/plain" });
      assert.deepEqual([answer.status, codeOf(json)], [200, -32005]);
    },
    "A39 JSONRPC-SSE-001 JSONRPC-SSE-002 each event of a stream is an answer to its request": async () => {
      const request = { ...call, id: "stream", method: "SendStreamingMessage", params: said("stream-001") };
      const answer = await fetch(face, {
        method: "POST",
        body: JSON.stringify(request),
        headers: { "content-type": "application/json", "a2a-version": "1.0" },
      });
      assert.equal(answer.headers.get("content-type"), "text/event-stream");
      assert.equal(answer.headers.get("cache-control"), "no-cache");
      const events = [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(([, data = ""]) =>
        JSON.parse(data),
      );
      assert.ok(events.length >= 3);
      assert.ok(events.every(({ jsonrpc, id, result }) => jsonrpc === "2.0" && id === "stream" && result));
    },
    "A39 JSONRPC-ERR-002 parameters that are null are none": async () => {
      isRefusal("INVALID_PARAMS", await binding.call("GetTask", {}));
      const { json } = await post({ ...call, method: "ListTasks", params: null });
      assert.equal(json.error, undefined);
    },
  };
}

export function httpWire(face: string, { said, send }: Caller): Steps {
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${face}${path}`, {
      ...init,
      headers: { "a2a-version": "1.0", ...init.headers },
    });
    return { answer, json: Object(await answer.json()) };
  };
  const post = (body: string, headers: Readonly<Record<string, string>>) =>
    ask("/message:send", { method: "POST", body, headers });
  const statusOf = (json: unknown): string => z.strictObject({ error: httpError }).parse(json).error.status;
  const body = JSON.stringify(said("complete-task"));
  const json = { "content-type": "application/json" };
  const a2a = "application/a2a+json";
  return {
    "A39 HTTP_JSON-SVC-001 HTTP_JSON-SVC-002 a type of content as it is asked for": async () => {
      for (const [headers, type] of [
        [json, "application/json"],
        [{ ...json, accept: a2a }, a2a],
        [{ "content-type": a2a }, a2a],
        [{ "content-type": a2a, accept: "*/*" }, a2a],
      ] as const) {
        const { answer } = await post(body, headers);
        assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, type]);
      }
    },
    "A39 HTTP_JSON-ERR-001 HTTP_JSON-ERR-002 A29 what is no request": async () => {
      const broken = await post("{x", json);
      assert.deepEqual([broken.answer.status, statusOf(broken.json)], [400, "INVALID_ARGUMENT"]);
      const wrong = await post("{}", json);
      assert.deepEqual([wrong.answer.status, statusOf(wrong.json)], [400, "INVALID_ARGUMENT"]);
      const lost = await ask("/tasks/tck-nobody");
      assert.deepEqual([lost.answer.status, statusOf(lost.json)], [404, "NOT_FOUND"]);
      assert.equal(lost.json.error.details[0].domain, "a2a-protocol.org");
    },
    "A39 HTTP_JSON-STATUS-001 a type of content that is none of ours": async () => {
      const { answer, json: told } = await post(body, { "content-type": "text/plain" });
      assert.deepEqual([answer.status, statusOf(told)], [415, "INVALID_ARGUMENT"]);
    },
    "A39 HTTP_JSON-ERR-001 A2 paths and verbs that are none": async () => {
      assert.equal((await ask("/tck")).answer.status, 404);
      const wrong = await fetch(`${face}/message:send`);
      assert.equal(wrong.status, 405);
      await wrong.body?.cancel();
      const bare = await fetch(face);
      assert.deepEqual([bare.status, bare.headers.get("allow")], [405, "POST"]);
      await bare.body?.cancel();
    },
    "A39 HTTP_JSON-SSE-001 A12 a subscription by either verb, and bare events": async () => {
      for (const method of ["GET", "POST"]) {
        const { id } = await send("input-required");
        const answer = await fetch(`${face}/tasks/${id}:subscribe`, {
          method,
          headers: method === "POST" ? json : {},
        });
        assert.equal(answer.headers.get("content-type"), "text/event-stream");
        const told = answer.text();
        await send("complete-task", { taskId: id });
        const events = [...(await told).matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
        assert.equal(events[0].task.id, id);
        assert.equal(events.at(-1).statusUpdate.status.state, "TASK_STATE_COMPLETED");
      }
    },
    "A39 HTTP_JSON-SVC-001 A12 a cancel with an empty body": async () => {
      const { id } = await send("input-required");
      const { answer, json: task } = await ask(`/tasks/${id}:cancel`, { method: "POST", headers: json });
      assert.deepEqual([answer.status, task.status.state], [200, "TASK_STATE_CANCELED"]);
    },
  };
}
