// A message on its way: what is asked of it, how long its caller waits, what a repeat is, and what the handler hears.
import { waitUntil } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, message, type StartedFace, startFace } from "./face.ts";

const state = (task: Json): string => task.status.state.replace("TASK_STATE_", "");

describe("one agent", () => {
  let face: StartedFace;
  beforeAll(async () => {
    face = await startFace();
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  const send = async (
    text: string,
    more: object = {},
    configuration?: object,
    headers?: Record<string, string>,
  ): Promise<Json> =>
    (await face.result("SendMessage", { ...message(text, more), configuration }, headers)).task;

  test.each([
    [{ parts: [{ text: "a", url: "b" }] }, "message.parts[0]"],
    [{ parts: [{}] }, "message.parts[0]"],
    [{ role: "user" }, "message.role"],
    [{ role: undefined }, "message.role"],
    [{ messageId: undefined }, "message.messageId"],
    [{ parts: [] }, "message.parts"],
    [{ contextId: "a\u0007b" }, "message.contextId"],
  ])("A8 A10 A11 %j makes no task", async (wrong, field) => {
    const before = (await face.result("ListTasks")).totalSize;
    const { error } = await face.rpc("SendMessage", message("hi", { taskId: "unknown", ...wrong }));
    expect(error.code).toBe(-32602);
    expect(error.data[1].fieldViolations.map((each: Json) => each.field)).toContain(field);
    expect((await face.result("ListTasks")).totalSize).toBe(before);
  });

  test("A8 a null, an empty text and a value that is no object are parts like others", async () => {
    const parts = [
      { data: null },
      { text: "" },
      { data: [1] },
      { text: "hi", metadata: { k: 1 }, mediaType: "text/x", filename: "f" },
    ];
    const task = await send("", { parts });
    expect(task.history[0].parts).toEqual(parts);
  });

  test("A9 what nobody knows is not kept", async () => {
    const task = await send("hi", { kind: "message", more: {}, parts: [{ text: "hi", kind: "text" }] });
    expect(task.history[0]).toEqual({
      messageId: "m-1",
      role: "ROLE_USER",
      parts: [{ text: "hi" }],
      taskId: task.id,
      contextId: task.contextId,
    });
  });

  test("A15 without a context each send gets its own", async () => {
    const [one, other] = [await send("hi"), await send("hi")];
    expect(one.contextId).not.toBe(other.contextId);
    expect(one.id).not.toBe(other.id);
  });

  test("A16 a task's context is inferred, and another one refused", async () => {
    const asked = await send("ask", { contextId: "my context" });
    expect(asked.contextId).toBe("my context");
    const wrong = await face.rpc("SendMessage", message("more", { taskId: asked.id, contextId: "other" }));
    expect(wrong.error).toMatchObject({
      code: -32602,
      data: [{}, { fieldViolations: [{ field: "message.contextId" }] }],
    });
    const done = await send("more", { taskId: asked.id });
    expect(done).toMatchObject({ id: asked.id, contextId: "my context" });
    const over = await face.rpc("SendMessage", message("again", { taskId: asked.id }));
    expect(over.error.code).toBe(-32004);
  });

  test("A17 who does not wait is answered at once, who waits gets the end", async () => {
    const startedAt = performance.now();
    const running = await send("sleep 3000", {}, { returnImmediately: true });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(["SUBMITTED", "WORKING"]).toContain(state(running));
    expect(state(await send("sleep 300"))).toBe("COMPLETED");
    await face.result("CancelTask", { id: running.id });
  });

  test("A17 a caller that hangs up does not end the turn", async () => {
    const cut = new AbortController();
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "SendMessage",
      params: message("sleep 400", { contextId: "hung up" }),
    });
    const sent = fetch(`${face.url}/a2a`, {
      method: "POST",
      body,
      signal: cut.signal,
      headers: { "content-type": "application/json" },
    });
    const listed = () => face.result("ListTasks", { contextId: "hung up" });
    await waitUntil(async () => (await listed()).totalSize === 1);
    cut.abort();
    await expect(sent).rejects.toThrow();
    await waitUntil(async () => state((await listed()).tasks[0]) === "COMPLETED");
  });

  test("A17 a message for a running task waits for its turn, and each caller hears of its own", async () => {
    const first = await send("sleep 200", {}, { returnImmediately: true });
    const over = await face.rpc("SendMessage", message("more", { taskId: first.id }));
    expect(over.error.code).toBe(-32004);
    const asked = await send("ask", { contextId: "turns" });
    const [one, other] = await Promise.all([
      send("ask again", { taskId: asked.id }),
      send("ask once more", { taskId: asked.id }),
    ]);
    const lengths = [one, other].map((task) => task.history.length).sort();
    expect([state(one), state(other)]).toEqual(["INPUT_REQUIRED", "INPUT_REQUIRED"]);
    expect(lengths).toEqual([3, 5]);
  });

  test("A18 ids of messages and contexts are free, and a task that is none is not found", async () => {
    const task = await send("hi", { messageId: "äöü / 1", contextId: "c".repeat(256) });
    expect(task.history[0].messageId).toBe("äöü / 1");
    const unknown = await face.rpc("SendMessage", message("hi", { taskId: "xyz" }));
    expect(unknown.error).toMatchObject({
      code: -32001,
      data: [{ reason: "TASK_NOT_FOUND", metadata: { taskId: "xyz" } }],
    });
  });

  test("A18 the history is as long as it is asked for", async () => {
    const task = await send("hi", {}, { historyLength: 0 });
    expect(task).not.toHaveProperty("history");
    const last = await send("hi", {}, { historyLength: 1 });
    expect(last.history.map((each: Json) => each.role)).toEqual(["ROLE_AGENT"]);
    expect((await face.result("GetTask", { id: last.id })).history).toHaveLength(2);
    expect((await face.rpc("GetTask", { id: last.id, historyLength: -1 })).error.code).toBe(-32602);
  });

  test("A35 an id that is counted up to is no key", async () => {
    const [one, other] = [await send("hi", { messageId: "m1" }), await send("hi", { messageId: "m1" })];
    expect(one.id).not.toBe(other.id);
    const asked = await send("ask");
    await send("ask", { taskId: asked.id });
    const done = await send("x", { taskId: asked.id });
    expect(done.history.filter((each: Json) => each.messageId === "m-1")).toHaveLength(3);
  });

  test("A34 the same request ten times at once is one call of the handler", async () => {
    const messageId = crypto.randomUUID();
    const before = face.agent.handled.length;
    const tasks = await Promise.all(Array.from({ length: 10 }, () => send("sleep 100", { messageId })));
    expect(new Set(tasks.map((task) => JSON.stringify(task))).size).toBe(1);
    expect(face.agent.handled.length).toBe(before + 1);
  });

  test("A34 a repeat says that it is one, by a header or by an id that nobody counts up to", async () => {
    const body = { jsonrpc: "2.0", id: 1, method: "SendMessage", params: message("hi") };
    const headers = { "idempotency-key": "key 1" };
    const first = await face.ask("POST", "/a2a", { body, headers });
    const again = await face.ask("POST", "/a2a", { body, headers });
    expect(again.json.result).toEqual(first.json.result);
    expect([first.headers.get("idempotent-replayed"), again.headers.get("idempotent-replayed")]).toEqual([
      null,
      "true",
    ]);
    const other = await face.ask("POST", "/a2a", { body: { ...body, params: message("other") }, headers });
    expect(other.json.error).toMatchObject({
      code: -32602,
      data: [{ reason: "MESSAGE_ID_REUSED", domain: "x-bindu" }],
    });
    const rest = await face.ask("POST", "/a2a/message:send", { body: message("other"), headers });
    expect([rest.status, rest.json.error.status]).toEqual([409, "ALREADY_EXISTS"]);
    const long = await face.rpc("SendMessage", message("hi"), { "idempotency-key": "k".repeat(257) });
    expect(long.error.code).toBe(-32602);
  });

  test("A36 what only 1.0 can say reaches its caller", async () => {
    expect((await send("give url")).artifacts[0].parts).toEqual([
      { url: "https://example.com/output.txt", filename: "output.txt", mediaType: "text/plain" },
    ]);
    const refused = await send("refuse");
    expect([state(refused), refused.status.message.parts]).toEqual(["REJECTED", [{ text: "I refuse" }]]);
    const bad = await send("bad");
    expect(state(bad)).toBe("FAILED");
    expect(bad.status.message.parts[0].text).toMatch(
      /^Task execution failed: INTERNAL: .*artifacts\[0\]\.parts/,
    );
  });

  test("A36 a direct message has a task of no one", async () => {
    const before = (await face.result("ListTasks")).totalSize;
    const { message: said } = await face.result("SendMessage", message("direct"));
    expect(said).toEqual({
      messageId: expect.any(String),
      role: "ROLE_AGENT",
      contextId: expect.any(String),
      parts: [{ text: "Direct message response" }],
    });
    expect((await face.result("ListTasks")).totalSize).toBe(before);
    const stayed = await send("direct", {}, { returnImmediately: true });
    await waitUntil(async () => state(await face.result("GetTask", { id: stayed.id })) === "COMPLETED");
    expect((await face.result("GetTask", { id: stayed.id })).status.message.parts).toEqual([
      { text: "Direct message response" },
    ]);
  });

  test("A37 the handler hears of the message and of its caller's trace", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const task = await send("traced", { messageId: "mé" }, undefined, {
      traceparent,
      tracestate: "a=b",
      "a2a-extensions": "urn:a",
    });
    const { headers, taskId, contextId } = face.agent.handled.at(-1) ?? {};
    expect([taskId, contextId]).toEqual([task.id, task.contextId]);
    expect(headers?.get("traceparent")).toBe(traceparent);
    expect(headers?.get("tracestate")).toBe("a=b");
    expect(headers?.get("x-a2a-message-id")).toBe(encodeURIComponent("mé"));
    expect(headers?.get("x-a2a-version")).toBe("1.0");
    expect(headers?.get("x-a2a-extensions")).toBe("urn:a");
  });

  const dialect = async (method: string, params: object): Promise<Json> => {
    const body = { jsonrpc: "2.0", id: crypto.randomUUID(), method, params };
    return (await face.ask("POST", "/", { body })).json.result;
  };
  const inDialect = (text: string, ids: object): object => ({
    message: {
      kind: "message",
      role: "user",
      messageId: crypto.randomUUID(),
      parts: [{ kind: "text", text }],
      ...ids,
    },
    configuration: { acceptedOutputModes: [], blocking: true },
  });

  test("A38 a task that began in one protocol goes on in the other", async () => {
    const asked = await send("ask", { contextId: "free text", parts: [{ text: "ask" }, { data: 5 }] });
    const seen = await dialect("tasks/get", { taskId: asked.id });
    expect(seen).toMatchObject({
      status: { state: "input-required" },
      context_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(seen.history[0].parts[1]).toMatchObject({
      kind: "data",
      data: { value: 5 },
      metadata: { data_part_compat: true },
    });
    const done = await dialect(
      "message/send",
      inDialect("now", { taskId: asked.id, contextId: seen.context_id }),
    );
    expect(done).toMatchObject({
      status: { state: "completed" },
      artifacts: [{ parts: [{ text: "echo: now" }] }],
    });
    const both = await face.result("GetTask", { id: asked.id });
    expect(both.history.map((each: Json) => each.parts[0].text)).toEqual([
      "ask",
      "Which?",
      "now",
      "echo: now",
    ]);
    expect(both.history[0].parts).toEqual([{ text: "ask" }, { data: 5 }]);

    const ids = { taskId: crypto.randomUUID(), contextId: crypto.randomUUID() };
    await dialect("message/send", inDialect("ask", ids));
    const here = await face.result("GetTask", { id: ids.taskId });
    expect(here.status).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { parts: [{ text: "Which?" }] },
    });
    expect(state(await send("go on", { taskId: ids.taskId }))).toBe("COMPLETED");
  });

  test("A38 artifacts of 1.0 are shown in the dialect too", async () => {
    const task = await send("give file");
    const seen = await dialect("tasks/get", { taskId: task.id });
    expect(seen.artifacts[0].parts[0]).toMatchObject({
      kind: "file",
      file: { bytes: "ZmlsZQ==", name: "output.txt" },
    });
  });
});

test("A17 who waits longer than a handler may take gets the task as it is", async () => {
  await using face = await startFace({}, { handlerTimeoutSeconds: 0.2 });
  const { task } = await face.result("SendMessage", message("sleep 5000"));
  expect(task.status.state).toBe("TASK_STATE_FAILED");
  expect(task.status.message.parts[0].text).toContain("DEADLINE_EXCEEDED");
});
