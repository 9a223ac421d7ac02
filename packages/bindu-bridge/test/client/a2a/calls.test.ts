// The calls of the client, and every way in which a foreign server may answer them otherwise than ours.
import { expect, test } from "vitest";
import { A2AClient, A2AError, A2ATaskError, answerText } from "../../../src/a2a/index.ts";
import { card, done, json, refused, restCard, result, startScripted, stream, task } from "./scripted.ts";

test("A4 the interface is found from the base address alone, and asked in its version", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    result(response, asked, { task: done() }),
  );
  expect(await agent.client.ask("Capital of France?")).toBe("Paris");
  const [asked] = agent.asked;
  expect(asked?.line).toBe("POST /a2a");
  expect(asked?.headers).toMatchObject({
    "a2a-version": "1.0",
    accept: "application/a2a+json, application/json",
    "content-type": "application/json",
  });
  expect(asked?.body.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(asked?.method).toBe("SendMessage");
  expect(asked?.params).toEqual({
    message: {
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      role: "ROLE_USER",
      parts: [{ text: "Capital of France?" }],
    },
  });
});

test.each([
  [
    "the tenant of the interface",
    [{ url: "/a2a", protocolBinding: "jsonrpc", protocolVersion: "1", tenant: "acme" }],
  ],
])("A4 %s goes with each call", async (_, supportedInterfaces) => {
  await using agent = await startScripted(card({ supportedInterfaces }), (asked, response) =>
    result(response, asked, done()),
  );
  await agent.client.get("t");
  expect(agent.asked[0]?.params).toEqual({ id: "t", tenant: "acme" });
});

test("A4 over HTTP+JSON the tenant stands in the path", async () => {
  const supportedInterfaces = [
    { url: "grpc:1", protocolBinding: "GRPC", protocolVersion: "1.0" },
    { url: "/old", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    { url: "/a2a/", protocolBinding: "HTTP+JSON", protocolVersion: "1.0", tenant: "ac me" },
  ];
  await using agent = await startScripted(card({ supportedInterfaces }), (_, response) =>
    json(response, 200, done()),
  );
  await agent.client.get("a/b", { historyLength: 2 });
  expect(agent.asked[0]?.line).toBe("GET /a2a/ac%20me/tasks/a%2Fb?historyLength=2");
});

test("A4 the caller may choose the binding, and learns what there is", async () => {
  const supportedInterfaces = [
    { url: "/a2a", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: "/rest", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
  ];
  await using agent = await startScripted(card({ supportedInterfaces }), (_, response) =>
    json(response, 200, done()),
  );
  await agent.connect({ binding: "HTTP+JSON" }).get("t");
  expect(agent.asked[0]?.line).toBe("GET /rest/tasks/t");
  await expect(agent.connect({ dialect: "0.3" }).get("t")).rejects.toThrow(
    "the agent has no interface for 0.3; it has 1.0 over JSONRPC, 1.0 over HTTP+JSON",
  );
});

test("A40 a card of 0.3 is spoken to in 0.3", async () => {
  const old = {
    name: "old",
    url: "/rpc",
    preferredTransport: "GRPC",
    protocolVersion: "0.3.0",
    additionalInterfaces: [{ url: "/rpc", transport: "JSONRPC" }],
    capabilities: {},
  };
  await using agent = await startScripted({ "/.well-known/agent-card.json": old }, (asked, response) =>
    result(response, asked, {
      kind: "task",
      id: "t",
      contextId: "c",
      status: { state: "completed" },
      artifacts: [{ artifactId: "a", parts: [{ kind: "text", text: "old Paris" }] }],
    }),
  );
  expect(await agent.client.ask("x", { metadata: { a: 1 } })).toBe("old Paris");
  const [asked] = agent.asked;
  expect(asked?.headers["a2a-version"]).toBe("0.3");
  expect(asked?.method).toBe("message/send");
  expect(asked?.params).toMatchObject({
    message: { kind: "message", role: "user", parts: [{ kind: "text", text: "x" }] },
    configuration: { blocking: true },
    metadata: { a: 1 },
  });
});

test("A38 a card of Bindu is spoken to in its dialect, and polled where it does not wait", async () => {
  const bindu = {
    id: "i",
    name: "bindu",
    url: "http://elsewhere.invalid/",
    capabilities: { extensions: [{ uri: "did:bindu:a:b:c" }] },
  };
  const dialectTask = (state: string, history: readonly object[] = []): object => ({
    id: "11111111-0000-4000-8000-000000000001",
    context_id: "11111111-0000-4000-8000-000000000002",
    kind: "task",
    status: { state, timestamp: "2026-11-21T01:12:46.381984+00:00" },
    history,
  });
  await using agent = await startScripted(
    { "/.well-known/agent.json": { ...bindu, url: "/" } },
    (asked, response, index) =>
      result(
        response,
        asked,
        asked.method === "message/send"
          ? dialectTask("submitted")
          : index < 3
            ? dialectTask("working")
            : dialectTask("input-required", [
                { role: "user", message_id: "m", parts: [{ kind: "text", text: "hi" }] },
                { role: "agent", message_id: "n", parts: [{ kind: "text", text: "Which?" }] },
              ]),
      ),
  );
  const { task: waiting } = await agent.client.send([{ data: 5 }, { url: "http://f.test/" }], {
    contextId: "mine",
  });
  expect(waiting?.status).toMatchObject({
    state: "TASK_STATE_INPUT_REQUIRED",
    message: { role: "ROLE_AGENT", parts: [{ text: "Which?" }] },
  });
  expect(waiting?.history).toHaveLength(1);
  const uuid = /^[0-9a-f-]{36}$/;
  expect(agent.asked[0]).toMatchObject({
    line: "POST /",
    params: {
      message: {
        kind: "message",
        role: "user",
        messageId: expect.stringMatching(uuid),
        contextId: expect.stringMatching(uuid),
        taskId: expect.stringMatching(uuid),
        parts: [
          { kind: "data", data: { value: 5 }, text: "", metadata: { data_part_compat: true } },
          { kind: "file", file: { uri: "http://f.test/", bytes: "" }, text: "" },
        ],
      },
      configuration: { acceptedOutputModes: ["text/plain", "application/json"], blocking: true },
    },
  });
  expect(agent.asked[0]?.headers["a2a-version"]).toBeUndefined();
});

test.each([
  [200, { code: -32001, message: "Task not found", data: [] }],
  [404, { code: 404, status: "NOT_FOUND", message: "Task not found" }],
  [200, { code: -32001, message: "Task not found", data: { reason: "TASK_NOT_FOUND" } }],
  [500, { code: -32001, message: "Task not found" }],
])("A29 a task that is not there, said with HTTP %i as %j", async (http, error) => {
  await using agent = await startScripted(card(), (asked, response) => refused(response, asked, error, http));
  const thrown = await agent
    .connect({ maxRetries: 0 })
    .get("t")
    .catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(A2AError);
  expect(thrown).toMatchObject({
    code: "task_not_found",
    reason: "TASK_NOT_FOUND",
    retryable: false,
  });
});

test("A29 what is wrong with the parameters is told with its place", async () => {
  const data = [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "INVALID_PARAMS" },
    {
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: "message.parts[0]", description: "exactly one" }],
    },
  ];
  await using agent = await startScripted(card(), (asked, response) =>
    refused(response, asked, { code: -32602, message: "Invalid parameters", data }),
  );
  await expect(agent.client.send("x")).rejects.toMatchObject({
    code: "invalid_params",
    rpcCode: -32602,
    message: "send: Invalid parameters (message.parts[0]: exactly one).",
    violations: [{ field: "message.parts[0]", description: "exactly one" }],
  });
});

test.each([
  ["wrapped", { task: done() }],
  ["bare", done()],
  [
    "with defaults written out",
    { task: { ...done(), history: [], metadata: {}, tenant: "" }, message: null },
  ],
  [
    "with names of the protobuf",
    { task: { ...done(), context_id: "c", artifacts: [{ artifact_id: "a", parts: [{ text: "Paris" }] }] } },
  ],
])("A9 a task %s is one", async (_, value) => {
  await using agent = await startScripted(card(), (asked, response) => result(response, asked, value));
  const answer = await agent.client.send("x");
  expect(answer.task).toMatchObject({ id: "t", contextId: "c" });
  expect(answerText(answer)).toBe("Paris");
  expect(answer.raw).toMatchObject({ jsonrpc: "2.0" });
});

test("A9 a byte order mark before the answer does no harm", async () => {
  await using agent = await startScripted(restCard(), (_, response) =>
    json(response, 200, `\uFEFF${JSON.stringify(done())}`),
  );
  expect((await agent.client.get("t")).id).toBe("t");
});

test("A9 a direct message is an answer", async () => {
  const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "hello" }] };
  await using agent = await startScripted(restCard(), (_, response) => json(response, 201, { message }));
  expect(await agent.client.ask("x")).toBe("hello");
});

test("A9 a stream for a send is heard to its end", async () => {
  await using agent = await startScripted(restCard(), (_, response) =>
    stream(response, [
      `: hello\r\n\r\ndata: ${JSON.stringify({ task: task("WORKING") })}\r\n\r\n`,
      `data: {"artifactUpdate":{"taskId":"t","artifact":\ndata: {"artifactId":"a","parts":[{"text":"Par"}]}}}\n\n`,
      `data: ${JSON.stringify({ artifactUpdate: { taskId: "t", append: true, artifact: { artifactId: "a", parts: [{ text: "is" }] } } })}\n\n`,
      `data: ${JSON.stringify({ statusUpdate: { taskId: "t", status: { state: "TASK_STATE_COMPLETED" } } })}\n\n`,
    ]),
  );
  expect(await agent.client.ask("x")).toBe("Paris");
});

test("A17 a blocking send that is answered too early is waited for", async () => {
  await using agent = await startScripted(card(), (asked, response) => {
    switch (asked.method) {
      case "SubscribeToTask":
        return refused(response, asked, { code: -32004, message: "no" });
      case "GetTask":
        return result(response, asked, agent.asked.length > 4 ? done() : task("WORKING"));
      default:
        return result(response, asked, { task: task("WORKING") });
    }
  });
  expect(await agent.client.ask("x")).toBe("Paris");
});

test("A17 with returnImmediately nobody waits", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    result(response, asked, { task: task("WORKING") }),
  );
  const { task: running } = await agent.client.send("x", { returnImmediately: true, historyLength: 0 });
  expect(running?.status.state).toBe("TASK_STATE_WORKING");
  expect(agent.asked.map(({ params }) => params.configuration)).toEqual([
    { historyLength: 0, returnImmediately: true },
  ]);
});

test("A17 who waits no longer learns the id of the task", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    asked.method === "SendMessage" ? result(response, asked, { task: task("WORKING") }) : undefined,
  );
  await expect(agent.client.send("x", { timeoutMs: 150 })).rejects.toMatchObject({
    code: "deadline_exceeded",
    details: { taskId: "t" },
  });
});

test("A17 the time of a call is that of its card too", async () => {
  await using agent = await startScripted(card(), () => {});
  const hanging = agent.connect({ fetch: () => new Promise(() => {}) });
  await expect(hanging.get("t", { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  await expect(hanging.send("x", { timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
  await expect(hanging.card({ timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
});

test("A36 ask tells what became of a task that has no answer", async () => {
  const message = { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "Which one?" }] };
  const asking = task("INPUT_REQUIRED", {});
  await using agent = await startScripted(card(), (asked, response) =>
    result(response, asked, { task: { ...asking, status: { state: "TASK_STATE_INPUT_REQUIRED", message } } }),
  );
  const thrown = await agent.client.ask("x").catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(A2ATaskError);
  expect(thrown).toMatchObject({ code: "input_required", task: { id: "t" } });
  expect(String(thrown)).toContain('Which one?. Answer with { taskId: "t" }.');
});

test("A12 A13 a cancel, a push configuration and its end over HTTP+JSON", async () => {
  const config = { taskId: "t", url: "http://hook.test/", id: "p" };
  await using agent = await startScripted(restCard(), ({ line }, response) => {
    if (line.startsWith("DELETE")) {
      response.writeHead(204).end();
    } else if (line.includes(":cancel")) {
      json(response, 200, task("CANCELED"));
    } else {
      json(
        response,
        201,
        line.startsWith("GET") && line.endsWith("Configs") ? { configs: [config] } : config,
      );
    }
  });
  const { client } = agent;
  expect((await client.cancel("t")).status.state).toBe("TASK_STATE_CANCELED");
  expect(await client.createPushConfig({ taskId: "t", url: "http://hook.test/", id: "p" })).toEqual(config);
  expect(await client.getPushConfig("t", "p")).toEqual(config);
  expect(await client.listPushConfigs("t")).toEqual([config]);
  await client.deletePushConfig("t", "p");
  expect(agent.asked.map(({ line }) => line)).toEqual([
    "POST /a2a/tasks/t:cancel",
    "POST /a2a/tasks/t/pushNotificationConfigs",
    "GET /a2a/tasks/t/pushNotificationConfigs/p",
    "GET /a2a/tasks/t/pushNotificationConfigs",
    "DELETE /a2a/tasks/t/pushNotificationConfigs/p",
  ]);
});

test("A13 a deleted push configuration may be answered with null", async () => {
  await using agent = await startScripted(card(), (asked, response) => result(response, asked, null));
  await expect(agent.client.deletePushConfig("t", "p")).resolves.toBeUndefined();
});

test("A13 to cancel what is canceled already is no error, to cancel what is done is one", async () => {
  let state = "CANCELED";
  await using agent = await startScripted(card(), (asked, response) =>
    asked.method === "CancelTask"
      ? refused(response, asked, { code: -32002, message: "no" })
      : result(response, asked, task(state)),
  );
  expect((await agent.client.cancel("t")).status.state).toBe("TASK_STATE_CANCELED");
  state = "COMPLETED";
  await expect(agent.client.cancel("t")).rejects.toMatchObject({ code: "task_not_cancelable" });
});

test("A19 a list takes what a server says of it, with numbers of any form", async () => {
  await using agent = await startScripted(restCard(), (_, response) =>
    json(
      response,
      200,
      `{"tasks":[${JSON.stringify(done())}],"totalSize":"7","pageSize":1.0,"nextPageToken":"n"}`,
    ),
  );
  const after = new Date("2026-01-31T12:00:00Z");
  const list = await agent.client.list({
    pageSize: 1,
    status: "TASK_STATE_COMPLETED",
    statusTimestampAfter: after,
    includeArtifacts: true,
  });
  expect(list).toMatchObject({ totalSize: 7, pageSize: 1, nextPageToken: "n" });
  expect(agent.asked[0]?.line).toBe(
    "GET /a2a/tasks?pageSize=1&status=TASK_STATE_COMPLETED&includeArtifacts=true&statusTimestampAfter=2026-01-31T12%3A00%3A00.000Z",
  );
});

test("A4 redirects are followed within the origin alone", async () => {
  await using other = await startScripted(card());
  await using agent = await startScripted(restCard(), ({ line }, response) => {
    const location = line.includes("/a2a/tasks/far") ? `${other.url}/x` : "/moved/t";
    return line.startsWith("GET /a2a/") ? json(response, 307, "", { location }) : json(response, 200, done());
  });
  expect((await agent.client.get("t")).id).toBe("t");
  await expect(agent.client.get("far")).rejects.toMatchObject({ code: "redirected" });
  expect(other.asked).toEqual([]);
});

const repeats = { capabilities: { extensions: [{ uri: "urn:x:a2a:idempotent-send:v1" }] } };
const old = [{ url: "/a2a", protocolBinding: "JSONRPC", protocolVersion: "0.3" }];

test.each([
  ["an agent that knows no repeats gets the message once", {}, {}, 1],
  ["an agent that knows no keys does not learn them by one", {}, { idempotencyKey: "k" }, 1],
  ["the caller may let it be repeated", {}, { repeat: true }, 3],
  ["an agent that knows repeats gets it again", repeats, {}, 3],
  ["the version that it speaks makes no difference", { ...repeats, supportedInterfaces: old }, {}, 3],
  ["an id that is counted up to is known to nobody", repeats, { messageId: "1" }, 1],
  ["such an id with a key is", repeats, { messageId: "1", idempotencyKey: "k" }, 3],
  ["the caller has the last word", repeats, { idempotencyKey: "k", repeat: false }, 1],
])("A34 after a lost connection %s", async (_, changes, options, times) => {
  await using agent = await startScripted(card(changes), (_asked, response) => response.destroy());
  await expect(agent.client.send("x", options)).rejects.toMatchObject({ code: "unavailable" });
  expect(agent.asked).toHaveLength(times);
  expect(new Set(agent.asked.map(({ params }) => JSON.stringify(params))).size).toBe(1);
});

test("A34 a key of the caller goes as Idempotency-Key, extensions in their header", async () => {
  await using agent = await startScripted(card(), (asked, response) => result(response, asked, done()));
  await agent.client.send("x", {
    idempotencyKey: "k",
    extensions: ["urn:a", "urn:b"],
    headers: { traceparent: "tp" },
  });
  expect(agent.asked[0]?.headers).toMatchObject({
    "idempotency-key": "k",
    "a2a-extensions": "urn:a, urn:b",
    traceparent: "tp",
  });
});

test("A4 an address without a card says so", async () => {
  await using agent = await startScripted({});
  await expect(agent.client.ask("x")).rejects.toMatchObject({ status: 404 });
});

test("A4 a card may be named itself, and is read anew after a failure", async () => {
  const cards: Record<string, object> = {};
  await using agent = await startScripted(cards, (asked, response) => result(response, asked, done()));
  const client = agent.connect({}, "/.well-known/my.json");
  await expect(client.card()).rejects.toMatchObject({ status: 404 });
  expect(
    (
      await agent
        .connect()
        .card()
        .catch(() => undefined)
    )?.name,
  ).toBeUndefined();
});

test("A11 options that are none are refused before anything is sent", async () => {
  await using agent = await startScripted(card());
  const { client } = agent;
  const wrong = { contextId: "c", contextID: "c" };
  await expect(client.send("x", wrong)).rejects.toThrow("did you mean contextId?");
  await expect(client.send([])).rejects.toMatchObject({ code: "invalid_option" });
  await expect(client.get("")).rejects.toMatchObject({ code: "invalid_option" });
  await expect(client.list({ pageSize: 101 })).rejects.toMatchObject({ code: "invalid_option" });
  expect(() => new A2AClient("localhost:1")).toThrow(/http:\/\//);
  expect(agent.asked).toEqual([]);
});

test("A17 the caller's signal ends a call", async () => {
  await using agent = await startScripted(card());
  const controller = new AbortController();
  const sent = agent.client.send("x", { signal: controller.signal });
  controller.abort();
  await expect(sent).rejects.toMatchObject({ code: "cancelled" });
});
