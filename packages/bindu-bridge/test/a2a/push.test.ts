// Webhooks: where they may be, what they are sent, who signs it, and how long it is tried.
import { createHash } from "node:crypto";
import { createVerifier } from "@x/core";
import { waitUntil } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { base58decode } from "../../src/index.ts";
import { type Json, message, type StartedFace, startFace } from "./face.ts";
import { type Hook, startHook, statesOf } from "./hook.ts";

test("A26 where the core says so, webhooks are at public addresses alone", async () => {
  await using face = await startFace({}, { publicWebhooks: true });
  await using hook = await startHook();
  const taskId = (await face.result("SendMessage", message("ask"))).task.id;
  const set = (url: string) => face.rpc("CreateTaskPushNotificationConfig", { taskId, id: "p", url });
  expect((await set(hook.url)).error.data[1].fieldViolations[0].description).toContain("not public");
  // A name is judged when something is sent.
  expect((await set(hook.url.replace("127.0.0.1", "localhost"))).result.id).toBe("p");
  await face.result("SendMessage", message("ask", { taskId }));
  await waitUntil(async () =>
    /^a2a_push_dead_total 2$/m.test(await (await fetch(`${face.core.metricsUrl}metrics`)).text()),
  );
  expect(hook.got).toEqual([]);
});

describe("one agent", () => {
  let face: StartedFace;
  beforeAll(async () => {
    face = await startFace();
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  const send = async (text: string, config: object, more: object = {}): Promise<Json> =>
    (
      await face.result("SendMessage", {
        ...message(text, more),
        configuration: { taskPushNotificationConfig: config },
      })
    ).task;
  const asked = async (): Promise<string> => (await face.result("SendMessage", message("ask"))).task.id;

  test("A24 A25 each event comes once, in order, with what the receiver asked for", async () => {
    await using hook = await startHook();
    const authentication = { scheme: "Bearer", credentials: "cred" };
    const task = await send("hi", { url: hook.url, token: "tok", authentication });
    await hook.count(3);
    expect(statesOf(hook)).toEqual(["WORKING", "echo: hi", "COMPLETED"]);
    for (const [index, { headers, json }] of hook.got.entries()) {
      expect(headers).toMatchObject({
        "content-type": "application/a2a+json",
        authorization: "Bearer cred",
        "x-a2a-notification-token": "tok",
        "x-event-sequence": String(index + 1),
      });
      expect((json.statusUpdate ?? json.artifactUpdate).taskId).toBe(task.id);
    }
    expect(new Set(hook.got.map(({ headers }) => headers["x-delivery-id"])).size).toBe(3);
  });

  test("A20 a webhook hears what a stream hears", async () => {
    await using hook = await startHook();
    const told = await face.events("SendStreamingMessage", {
      ...message("chunks 1"),
      configuration: { taskPushNotificationConfig: { url: hook.url } },
    });
    await hook.count(told.length - 1);
    expect(hook.got.map(({ json }) => json)).toEqual(told.slice(1).map(({ data }) => data));
  });

  test("A26 after its end a webhook hears nothing", async () => {
    await using hook = await startHook();
    await using other = await startHook();
    const taskId = await asked();
    const set = (id: string, url: string) =>
      face.result("CreateTaskPushNotificationConfig", { taskId, id, url });
    await set("gone", hook.url);
    await set("stays", other.url);
    await face.result("DeleteTaskPushNotificationConfig", { taskId, id: "gone" });
    await face.result("SendMessage", message("more", { taskId }));
    await other.count(3);
    expect(hook.got).toEqual([]);
  });

  test("A28 what is sent is signed with the key of the agent's DID document", async () => {
    await using hook = await startHook();
    await send("hi", { url: hook.url });
    await hook.count(1);
    const { headers = {}, text = "" }: Partial<Hook["got"][number]> = hook.got[0] ?? {};
    const input = String(headers["signature-input"]);
    const params = input.replace(/^a2a=/, "");
    const document = (await face.ask("GET", `/did/resolve?did=${face.did}`)).json;
    expect(params).toMatch(
      new RegExp(
        `^\\("@method" "@target-uri" "content-type" "content-digest" "x-delivery-id"\\);created=\\d+;keyid="${document.authentication[0].id}";alg="ed25519";tag="a2a-push"$`,
      ),
    );
    expect(headers["content-digest"]).toBe(`sha-256=:${createHash("sha256").update(text).digest("base64")}:`);
    const base = [
      `"@method": POST`,
      `"@target-uri": ${hook.url}`,
      `"content-type": ${headers["content-type"]}`,
      `"content-digest": ${headers["content-digest"]}`,
      `"x-delivery-id": ${headers["x-delivery-id"]}`,
      `"@signature-params": ${params}`,
    ].join("\n");
    const signature = Buffer.from(/^a2a=:(.*):$/.exec(String(headers.signature))?.[1] ?? "", "base64");
    const key = base58decode(document.authentication[0].publicKeyBase58) ?? new Uint8Array();
    expect(createVerifier(key)(Buffer.from(base), signature)).toBe(true);
  });

  test("A27 what fails for a while is tried again under the same id, and nothing overtakes it", async () => {
    await using hook = await startHook(503, 200);
    await send("hi", { url: hook.url });
    await hook.count(4);
    expect(statesOf(hook)).toEqual(["WORKING", "WORKING", "echo: hi", "COMPLETED"]);
    expect(hook.got[0]?.headers["x-delivery-id"]).toBe(hook.got[1]?.headers["x-delivery-id"]);
    expect(hook.got[0]?.text).toBe(hook.got[1]?.text);
  });

  test("A27 what is refused for good is given up, and the next event goes on; redirects are no answer", async () => {
    await using hook = await startHook(404, 302, 200);
    await send("hi", { url: hook.url });
    await hook.count(3);
    expect(statesOf(hook)).toEqual(["WORKING", "echo: hi", "COMPLETED"]);
    const metrics = await fetch(`${face.core.metricsUrl}metrics`);
    expect(await metrics.text()).toMatch(/^a2a_push_dead_total 2$/m);
  });

  test("A26 a receiver that is gone takes its webhook with it", async () => {
    await using hook = await startHook(410);
    const taskId = await asked();
    await face.result("CreateTaskPushNotificationConfig", { taskId, id: "p", url: hook.url });
    await face.result("SendMessage", message("ask", { taskId }));
    await hook.count(1);
    await waitUntil(
      async () =>
        (await face.rpc("GetTaskPushNotificationConfig", { taskId, id: "p" })).error?.code === -32001,
    );
    await face.result("SendMessage", message("hi", { taskId }));
    expect(hook.got).toHaveLength(1);
  });

  test("A26 a webhook is kept with its secrets and told without", async () => {
    const taskId = await asked();
    const authentication = { scheme: "Basic", credentials: "secret" };
    const created = await face.result("CreateTaskPushNotificationConfig", {
      taskId,
      url: "https://hook.example/x",
      token: "t",
      authentication,
    });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      taskId,
      url: "https://hook.example/x",
      token: "t",
      authentication,
    });
    const told = {
      id: created.id,
      taskId,
      url: "https://hook.example/x",
      authentication: { scheme: "Basic" },
    };
    expect(await face.result("GetTaskPushNotificationConfig", { taskId, id: created.id })).toEqual(told);
    await face.result("CreateTaskPushNotificationConfig", { taskId, id: "b", url: "http://b.example/" });
    await face.result("CreateTaskPushNotificationConfig", {
      taskId,
      id: created.id,
      url: "https://hook.example/y",
    });
    const { configs } = await face.result("ListTaskPushNotificationConfigs", { taskId });
    expect(configs.map(({ id, url }: Json) => [id, url]).sort()).toEqual(
      [
        ["b", "http://b.example/"],
        [created.id, "https://hook.example/y"],
      ].sort(),
    );
    const page = await face.result("ListTaskPushNotificationConfigs", { taskId, pageSize: 1 });
    expect([page.configs.length, page.nextPageToken]).toEqual([1, "1"]);
    expect((await face.rpc("GetTaskPushNotificationConfig", { taskId, id: "none" })).error.code).toBe(-32001);
    expect((await face.rpc("ListTaskPushNotificationConfigs", { taskId: "none" })).error.code).toBe(-32001);
  });

  test.each([
    ["ftp://h/"],
    ["http://"],
    ["hook"],
    ["http://169.254.169.254/"],
    ["http://[fe80::1]/"],
    ["http://[fd00:ec2::254]/"],
  ])("A11 nothing is sent to %s", async (url) => {
    const taskId = await asked();
    const { error } = await face.rpc("CreateTaskPushNotificationConfig", { taskId, url });
    expect(error).toMatchObject({ code: -32602, data: [{}, { fieldViolations: [{ field: "url" }] }] });
    const before = (await face.result("ListTasks")).totalSize;
    expect(
      (
        await face.rpc("SendMessage", {
          ...message("hi"),
          configuration: { taskPushNotificationConfig: { url } },
        })
      ).error.code,
    ).toBe(-32602);
    expect((await face.result("ListTasks")).totalSize).toBe(before);
  });

  test.each([
    ["token", { token: "two\nlines" }],
    ["authentication.scheme", { authentication: { scheme: "Schl\u00fcssel\u20ac" } }],
    [
      "authentication.credentials",
      { authentication: { scheme: "Bearer", credentials: "\u043a\u043b\u044e\u0447" } },
    ],
  ])("A25 a secret that no header can carry is refused: %s", async (field, secrets) => {
    const push = { url: "http://no-such-name.invalid/", ...secrets };
    const taskId = await asked();
    const { error } = await face.rpc("CreateTaskPushNotificationConfig", { taskId, ...push });
    expect(error).toMatchObject({ code: -32602, data: [{}, { fieldViolations: [{ field }] }] });
    const configuration = { taskPushNotificationConfig: push };
    const sent = await face.rpc("SendMessage", { ...message("hi"), configuration });
    expect(sent.error.data[1].fieldViolations).toMatchObject([
      { field: `configuration.taskPushNotificationConfig.${field}` },
    ]);
  });

  test("A11 the task of the path counts, and another in the body is refused", async () => {
    const taskId = await asked();
    const path = `/a2a/tasks/${taskId}/pushNotificationConfigs`;
    const body = { taskId, url: "http://no-such-name.invalid/" };
    expect((await face.ask("POST", path, { body })).status).toBe(200);
    const other = await face.ask("POST", path, { body: { ...body, taskId: "other" } });
    expect([other.status, other.json.error.details[1].fieldViolations[0].field]).toEqual([400, "taskId"]);
  });
});
