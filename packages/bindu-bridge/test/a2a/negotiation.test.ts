// Where the face lives, which version is spoken there, and what every answer of it is like.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { config, type Json, message, register, type StartedFace, startFace } from "./face.ts";

const uuid = "11111111-0000-4000-8000-00000000000a";

describe("one agent", () => {
  let face: StartedFace;
  beforeAll(async () => {
    face = await startFace();
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  test.each([["0.3"], ["1.0"], ["99.0"], [""]])(
    "A1 at the root the name of the method decides, with version %j",
    async (version) => {
      const headers = { "a2a-version": version };
      const sent = await face.rpc("SendMessage", message("hi"), headers, "/");
      expect(sent.result.task.status.state).toBe("TASK_STATE_COMPLETED");
      const body = {
        jsonrpc: "2.0",
        id: uuid,
        method: "message/send",
        params: {
          message: {
            kind: "message",
            role: "user",
            messageId: uuid,
            contextId: uuid,
            taskId: crypto.randomUUID(),
            parts: [{ kind: "text", text: "hi" }],
          },
          configuration: { acceptedOutputModes: [] },
        },
      };
      const { json } = await face.ask("POST", "/", { body, headers });
      expect(json.result).toMatchObject({ kind: "task", context_id: uuid, status: { state: "submitted" } });
    },
  );

  test("A1 at the root whatever is no call of the face is the dialect's", async () => {
    const unknown = await face.ask("POST", "/", { body: { jsonrpc: "2.0", id: 1, method: "Unknown" } });
    expect([unknown.status, unknown.json.error.code]).toEqual([400, -32700]);
    expect((await face.ask("POST", "/", { body: "{" })).json.error.code).toBe(-32700);
  });

  test("A2 wrong verbs and unknown paths", async () => {
    const get = await face.ask("GET", "/a2a");
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    const unknown = await face.ask("GET", "/a2a/nothing");
    expect(unknown.status).toBe(404);
    expect(unknown.json.error).toMatchObject({
      code: 404,
      status: "NOT_FOUND",
      details: [{ reason: "METHOD_NOT_FOUND" }],
    });
    expect((await face.ask("PUT", "/a2a/tasks/x")).status).toBe(405);
    expect((await face.ask("GET", "/a2a/acme/tasks")).status).toBe(404);
    expect((await face.ask("GET", "/nothing")).text).toBe("Not Found");
  });

  const supported = { domain: "a2a-protocol.org", reason: "VERSION_NOT_SUPPORTED" };

  test.each([
    ["1.0", "SendMessage", undefined],
    ["1.0.9", "SendMessage", undefined],
    ["1", "SendMessage", undefined],
    ["", "SendMessage", undefined],
    ["", "message/send", undefined],
    ["0.3.0", "message/send", undefined],
    ["0.3", "SendMessage", -32601],
    ["1.0", "message/send", -32601],
    ["1.1", "SendMessage", -32009],
    ["99.0", "message/send", -32009],
    ["abc", "SendMessage", -32009],
  ])("A3 version %j with %s at the face", async (version, method, code) => {
    const old = { kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "hi" }] };
    const params = method.includes("/") ? { message: old } : message("hi");
    const answer = await face.rpc(method, params, { "a2a-version": version });
    expect(answer.error?.code).toBe(code);
    if (code === -32009) {
      expect(answer.error.data).toEqual([
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          ...supported,
          metadata: { requested: version, supported: "0.3,1.0" },
        },
      ]);
    }
  });

  test.each([
    ["1.0", 200],
    ["", 200],
    ["0.3", 400],
    ["1.1", 400],
  ])("A3 version %j over HTTP+JSON", async (version, status) => {
    const answer = await face.ask("GET", "/a2a/tasks", { headers: { "a2a-version": version } });
    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer.json.error.details[0]).toMatchObject(supported);
    }
  });

  test("A3 a version in the query counts where no header stands, and before the parameters", async () => {
    const path = "/a2a?A2A-Version=99.0";
    expect((await face.rpc("SendMessage", {}, {}, path)).error.code).toBe(-32009);
    expect((await face.rpc("SendMessage", {}, { "a2a-version": "1.0" }, path)).error.code).toBe(-32602);
    expect(
      (await face.ask("GET", "/a2a/tasks?A2A-Version=99.0&pageSize=0")).json.error.details[0].reason,
    ).toBe("VERSION_NOT_SUPPORTED");
  });

  test("A7 a card that its reader has is not sent again", async () => {
    const path = "/.well-known/agent-card.json";
    const { headers } = await face.ask("GET", path);
    const etag = headers.get("etag") ?? "";
    const modified = headers.get("last-modified") ?? "";
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await face.ask("GET", path, { headers: { "if-none-match": known } });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    const since = { "if-modified-since": modified };
    expect((await face.ask("GET", path, { headers: since })).status).toBe(304);
    expect((await face.ask("GET", path, { headers: { ...since, "if-none-match": '"other"' } })).status).toBe(
      200,
    );
    const head = await face.ask("HEAD", path);
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", etag]);
    expect(head.headers.get("access-control-allow-origin")).toBe("*");
  });

  test("A5 the dialect's card is as it was", async () => {
    const { json } = await face.ask("GET", "/.well-known/agent.json");
    expect(json).toMatchObject({
      protocolVersion: "1.0.0",
      kind: "agent",
      skills: [{ id: "qa", documentationPath: expect.any(String) }],
    });
    expect(json).not.toHaveProperty("supportedInterfaces");
    expect(json.capabilities.extensions).toHaveLength(1);
  });

  test("A12 cancel and subscribe take an empty body, and a GET any content type", async () => {
    const headers = { "content-type": "application/json" };
    const { task } = await face.result("SendMessage", message("ask"));
    const canceled = await face.ask("POST", `/a2a/tasks/${task.id}:cancel`, { headers });
    expect([canceled.status, canceled.json.status.state]).toEqual([200, "TASK_STATE_CANCELED"]);
    const subscribed = await face.ask("POST", `/a2a/tasks/${task.id}:subscribe`, { headers });
    expect([subscribed.status, subscribed.json.error.details[0].reason]).toEqual([
      400,
      "UNSUPPORTED_OPERATION",
    ]);
    const got = await face.ask("GET", `/a2a/tasks/${task.id}`, { headers: { "content-type": "text/plain" } });
    expect(got.status).toBe(200);
  });

  test("A13 a deleted webhook is answered with an empty object, also one that never was", async () => {
    const { task } = await face.result("SendMessage", message("ask"));
    const deleted = await face.ask("DELETE", `/a2a/tasks/${task.id}/pushNotificationConfigs/none`);
    expect([deleted.status, deleted.text]).toEqual([200, "{}"]);
    expect(await face.result("DeleteTaskPushNotificationConfig", { taskId: task.id, id: "none" })).toEqual(
      {},
    );
  });

  test("A14 a query has numbers, words and names, and what is unknown is ignored", async () => {
    const query = "pageSize=1&includeArtifacts=true&status=TASK_STATE_COMPLETED&historyLength=0&x=y";
    const { status, json } = await face.ask("GET", `/a2a/tasks?${query}`);
    expect(status).toBe(200);
    expect(json.tasks).toHaveLength(1);
    expect(json.tasks[0].artifacts).toBeDefined();
    expect((await face.ask("GET", "/a2a/tasks?pageSize=x")).status).toBe(400);
    expect((await face.ask("GET", "/a2a/tasks?includeArtifacts=maybe")).status).toBe(400);
  });

  test.each([[1], ["1"], [1.5], ["text"], [null]])("A31 the id %j is echoed with its type", async (id) => {
    const { text } = await face.ask("POST", "/a2a/", {
      body: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"ListTasks"}`,
    });
    expect(text).toContain(`"id":${JSON.stringify(id)},"result":`);
  });

  test("A30 a call without an id is answered with the id null", async () => {
    const { json } = await face.ask("POST", "/a2a", { body: { jsonrpc: "2.0", method: "ListTasks" } });
    expect(json).toMatchObject({ id: null, result: { tasks: expect.any(Array) } });
  });

  test("A9 the type of an answer over HTTP+JSON is what its caller takes", async () => {
    const typeOf = async (headers: Record<string, string>) =>
      (await face.ask("GET", "/a2a/tasks", { headers })).headers.get("content-type");
    expect(await typeOf({ accept: "*/*" })).toBe("application/json");
    expect(await typeOf({ accept: "application/a2a+json, application/json" })).toBe("application/a2a+json");
    const sent = await face.ask("POST", "/a2a/message:send", {
      body: message("hi"),
      headers: { "content-type": "application/a2a+json" },
    });
    expect(sent.headers.get("content-type")).toBe("application/a2a+json");
    const rpc = await face.ask("POST", "/a2a", {
      body: { jsonrpc: "2.0", id: 1, method: "ListTasks" },
      headers: { accept: "application/a2a+json" },
    });
    expect(rpc.headers.get("content-type")).toBe("application/json");
  });

  test("A29 extensions that a request names are told if they are known", async () => {
    const headers = { "a2a-extensions": "urn:x:a2a:resume:v1, urn:other", "x-a2a-extensions": face.did };
    const { headers: told } = await face.ask("GET", "/a2a/tasks", { headers });
    expect(told.get("a2a-extensions")).toBe(`urn:x:a2a:resume:v1, ${face.did}`);
    expect((await face.ask("GET", "/a2a/tasks")).headers.get("a2a-extensions")).toBeNull();
  });

  test("A11 there are no tenants, and no extended card", async () => {
    expect((await face.rpc("ListTasks", { tenant: "" })).result).toBeDefined();
    expect((await face.rpc("ListTasks", { tenant: "acme" })).error.code).toBe(-32602);
    expect((await face.rpc("GetExtendedAgentCard")).error.code).toBe(-32004);
    expect((await face.ask("GET", "/a2a/extendedAgentCard")).status).toBe(400);
    expect((await face.rpc("agent/getAuthenticatedExtendedCard")).error.code).toBe(-32004);
  });
});

const cardOf = async ({ ask }: Pick<StartedFace, "ask">): Promise<{ etag: string | null; json: Json }> => {
  const { headers, json } = await ask("GET", "/.well-known/agent-card.json");
  return { etag: headers.get("etag"), json };
};

test("A6 another registration has another tag, the same one has not", async () => {
  await using face = await startFace();
  const before = await cardOf(face);
  const at = { deployment: { url: face.url, expose: true } };
  await register(face.core.addr, face.agent.address, at);
  expect((await cardOf(face)).etag).toBe(before.etag);
  await register(face.core.addr, face.agent.address, { ...at, description: "another" });
  const after = await cardOf(face);
  expect(after.etag).not.toBe(before.etag);
  expect(after.json.description).toBe("another");
});

test("A4 what a registration says beside goes where the card has a place for it", async () => {
  const extra_metadata = {
    provider: { url: "https://p.test", organization: "P", more: 1 },
    documentationUrl: "https://d.test",
    iconUrl: 5,
    a2aRequiredExtensions: ["urn:needed"],
  };
  await using face = await startFace({ extra_metadata, kind: "team", description: "" });
  const { json } = await cardOf(face);
  expect(json.provider).toEqual({ url: "https://p.test", organization: "P" });
  expect(json.documentationUrl).toBe("https://d.test");
  expect(json).not.toHaveProperty("iconUrl");
  expect(json.capabilities.extensions.at(-1)).toEqual({ uri: "urn:needed", required: true });
  const params = json.capabilities.extensions[1].params;
  expect(params).toMatchObject({
    id: face.agentId,
    kind: "team",
    protocolVersion: "1.0.0",
    extraData: extra_metadata,
  });
  expect(params.didDocument).toMatchObject({ id: face.did });
  const members = new Set(
    "name description version supportedInterfaces provider documentationUrl iconUrl capabilities defaultInputModes defaultOutputModes skills signatures".split(
      " ",
    ),
  );
  expect(Object.keys(json).filter((name) => !members.has(name))).toEqual([]);

  const refused = await face.rpc("SendMessage", message("hi"));
  expect(refused.error).toMatchObject({ code: -32008, data: [{ reason: "EXTENSION_SUPPORT_REQUIRED" }] });
  const sent = await face.rpc("SendMessage", message("hi"), { "a2a-extensions": "urn:needed" });
  expect(sent.result.task.status.state).toBe("TASK_STATE_COMPLETED");
  expect((await face.rpc("ListTasks")).result).toBeDefined();
});

test("A29 what an agent does not do is refused before anything else", async () => {
  await using face = await startFace({ capabilities: { streaming: false, push_notifications: false } });
  const { json } = await cardOf(face);
  expect(json.capabilities).toMatchObject({ streaming: false, pushNotifications: false });
  const { task } = await face.result("SendMessage", message("ask"));
  expect((await face.rpc("SendStreamingMessage", {})).error.code).toBe(-32004);
  expect((await face.rpc("SubscribeToTask", { id: task.id })).error.code).toBe(-32004);
  for (const method of ["Create", "Get", "List", "Delete"]) {
    const name = `${method}TaskPushNotificationConfig${method === "List" ? "s" : ""}`;
    expect((await face.rpc(name, { taskId: task.id, id: "p", url: "http://h.test/" })).error.code).toBe(
      -32003,
    );
  }
  const push = { taskPushNotificationConfig: { url: "http://h.test/" } };
  expect((await face.rpc("SendMessage", { ...message("hi"), configuration: push })).error.code).toBe(-32003);
});

test("A4 an agent without skills has one of its own", async () => {
  await using face = await startFace({}, {});
  expect(config()).toBeDefined();
  expect((await cardOf(face)).json.skills).toEqual([
    {
      id: "qa",
      name: "qa",
      description: "answers",
      tags: ["qa"],
      inputModes: ["text/plain"],
      outputModes: ["text/plain"],
    },
  ]);
});
