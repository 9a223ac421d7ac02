// Our client and our core, in every protocol that both speak.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { A2AClient, type A2AClientOptions, type A2AEvent, answerText } from "../../src/a2a/index.ts";
import { type StartedFace, startFace } from "./face.ts";
import { startHook, statesOf } from "./hook.ts";

let face: StartedFace;
beforeAll(async () => {
  face = await startFace();
});
afterAll(async () => {
  await face[Symbol.asyncDispose]();
});

const ways: readonly (readonly [string, A2AClientOptions, string])[] = [
  ["A4 1.0 by JSON-RPC", { binding: "JSONRPC" }, ""],
  ["A4 1.0 by HTTP+JSON", { binding: "HTTP+JSON" }, ""],
  ["A40 0.3", { dialect: "0.3" }, ""],
  ["A38 the dialect", {}, "/.well-known/agent.json"],
  ["A38 the dialect by its name", { dialect: "bindu" }, ""],
];

describe.each(ways)("%s", (_, options, card) => {
  let client: A2AClient;
  beforeAll(() => {
    client = new A2AClient(face.url + card, options);
  });
  afterAll(() => client.close());

  test("A1 A40 asks, and gets a text", async () => {
    expect(await client.ask("hello")).toBe("echo: hello");
  });

  test("A16 A40 goes on with a task that waits", async () => {
    const { task } = await client.send("ask");
    expect(task?.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
    expect(task?.status.message?.parts[0]?.text).toBe("Which?");
    const taskId = task?.id ?? "";
    const contextId = task?.contextId;
    const answer = await client.send("this one", { taskId, contextId });
    expect(answerText(answer)).toBe("echo: this one");
    expect((await client.get(taskId)).history?.map(({ parts }) => parts[0]?.text)).toEqual([
      "ask",
      "Which?",
      "this one",
      "echo: this one",
    ]);
  });

  test("A20 A40 reads a stream to its end, and verifies what was signed", async () => {
    const told: A2AEvent[] = [];
    for await (const event of client.stream("chunks 1")) {
      told.push(event);
    }
    const texts = told.flatMap(({ artifactUpdate }) => artifactUpdate?.artifact.parts[0]?.text ?? []);
    expect(texts.join("")).toBe("chunk-1 chunk-2");
    const last = told.at(-1);
    expect((last?.task ?? last?.statusUpdate)?.status.state).toBe("TASK_STATE_COMPLETED");
    const { taskId = "" } =
      told.find(({ artifactUpdate }) => artifactUpdate !== undefined)?.artifactUpdate ?? {};
    const verdict = await client.verify(await client.get(taskId));
    expect(verdict).toMatchObject({ isVerified: true, did: face.did });
  });

  test("A13 A40 cancels what runs, once and again", async () => {
    const { task } = await client.send("sleep 9000", { returnImmediately: true });
    const id = task?.id ?? "";
    expect((await client.cancel(id)).status.state).toBe("TASK_STATE_CANCELED");
    expect((await client.cancel(id)).status.state).toBe("TASK_STATE_CANCELED");
    const done = await client.send("done");
    await expect(client.cancel(done.task?.id ?? "")).rejects.toMatchObject({ code: "task_not_cancelable" });
  });

  test("A36 A40 hears of failures, of files and of data", async () => {
    await expect(client.ask("fail")).rejects.toMatchObject({
      code: "failed",
      message: expect.stringContaining("handler blew up"),
    });
    const { task: rejected } = await client.send("reject");
    expect(rejected?.status.state).toBe("TASK_STATE_REJECTED");
    const { task: file } = await client.send("give file");
    expect(file?.artifacts?.[0]?.parts).toEqual([
      { raw: "ZmlsZQ==", filename: "output.txt", mediaType: "text/plain" },
    ]);
    const { task: data } = await client.send([{ text: "give data" }]);
    expect(data?.artifacts?.[0]?.parts).toEqual([{ data: { key: "value", count: 42 } }]);
  });

  test("A29 A40 says what is wrong in one word", async () => {
    const id = crypto.randomUUID();
    await expect(client.get(id)).rejects.toMatchObject({ code: "task_not_found" });
    const { task } = await client.send("hi");
    await expect(client.send("more", { taskId: task?.id, contextId: task?.contextId })).rejects.toMatchObject(
      { code: "unsupported_operation" },
    );
  });

  test("A24 A40 keeps a webhook of a task", async () => {
    await using hook = await startHook();
    const { task } = await client.send("ask");
    const taskId = task?.id ?? "";
    const id = crypto.randomUUID();
    expect(await client.createPushConfig({ taskId, id, url: hook.url, token: "t" })).toMatchObject({
      taskId,
      id,
      url: hook.url,
    });
    expect(await client.getPushConfig(taskId, id)).toMatchObject({ taskId, id, url: hook.url });
    expect(await client.listPushConfigs(taskId)).toHaveLength(1);
    await client.send("now", { taskId, contextId: task?.contextId });
    await hook.count(3);
    await client.deletePushConfig(taskId, id);
  });
});

describe.each(ways.filter(([name]) => !name.startsWith("A40")))("%s", (_, options, card) => {
  test("A19 lists what there is", async () => {
    await using client = new A2AClient(face.url + card, options);
    const contextId = crypto.randomUUID();
    await client.send("one", { contextId });
    const { task } = await client.send("ask", { contextId });
    const first = await client.list({ contextId, pageSize: 1 });
    expect(first).toMatchObject({ totalSize: 2, tasks: [{ id: task?.id }] });
    const rest = await client.list({ contextId, pageSize: 1, pageToken: first.nextPageToken });
    expect([rest.tasks.length, rest.nextPageToken]).toEqual([1, ""]);
    expect((await client.list({ contextId, status: "TASK_STATE_COMPLETED" })).totalSize).toBe(1);
  });
});

test("A32 a subscription is taken up by its cursor", async () => {
  await using client = new A2AClient(face.url);
  const { task } = await client.send("chunks");
  const told: (number | undefined)[] = [];
  for await (const { n } of client.subscribe(task?.id ?? "", { cursor: 1 })) {
    told.push(n);
  }
  expect(told).toEqual([1, 2, 3]);
});

test("A36 a direct message is the answer itself", async () => {
  await using client = new A2AClient(face.url);
  expect(await client.ask("direct")).toBe("Direct message response");
  expect((await client.send("direct")).message?.role).toBe("ROLE_AGENT");
});

test("A20 a webhook heard what the stream told", async () => {
  await using hook = await startHook();
  await using client = new A2AClient(face.url);
  const told: A2AEvent[] = [];
  for await (const event of client.stream("hi", { pushNotification: { url: hook.url } })) {
    told.push(event);
  }
  await hook.count(3);
  expect(statesOf(hook)).toEqual(["WORKING", "echo: hi", "COMPLETED"]);
  expect(told).toHaveLength(4);
});
