// Streams: what they hold, how they end, and how a reader goes on behind what it has.
import { waitUntil } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyArtifact } from "../../src/index.ts";
import { eventOf, type Json, message, type StartedFace, shapesOf, startFace } from "./face.ts";

/** Whether one more stream is opened. */
const isRoom = async (face: StartedFace, id: string | undefined): Promise<boolean> => {
  await using live = await face.open("SubscribeToTask", { id });
  return await Promise.race([live.count(1).then(() => true), live.ended.then(() => live.told.length > 0)]);
};

describe("one agent", () => {
  let face: StartedFace;
  beforeAll(async () => {
    face = await startFace();
  });
  afterAll(async () => {
    await face[Symbol.asyncDispose]();
  });

  const events = async (method: string, params: object, headers?: Record<string, string>) =>
    face.events(method, params, headers);
  const waiting = async (text: string): Promise<Json> =>
    (await face.result("SendMessage", { ...message(text), configuration: { returnImmediately: true } })).task;

  test("A20 a stream that grows has pieces of one artifact, signed as a whole", async () => {
    const told = await events("SendStreamingMessage", message("chunks 1"));
    expect(shapesOf(told)).toEqual([
      "0 +SUBMITTED",
      "1 WORKING",
      "2 chunk-1 ",
      "3 chunk-2",
      "4 ",
      "5 COMPLETED",
    ]);
    const updates = told.flatMap(({ data }) => data.artifactUpdate ?? []);
    expect(updates.map(({ append, lastChunk }) => [append, lastChunk])).toEqual([
      [undefined, undefined],
      [true, undefined],
      [true, true],
    ]);
    expect(new Set(updates.map(({ artifact }) => artifact.artifactId)).size).toBe(1);
    const metadata = updates.at(-1).artifact.metadata;
    const { authentication } = (await face.ask("GET", `/did/resolve?did=${face.did}`)).json;
    expect(verifyArtifact({ text: "chunk-1 chunk-2", metadata }, authentication[0].publicKeyBase58)).toBe(
      true,
    );
    const task = await face.result("GetTask", { id: told[0]?.data.task.id });
    expect(task.artifacts).toEqual([
      {
        artifactId: updates[0].artifact.artifactId,
        name: "result",
        parts: [{ text: "chunk-1 chunk-2", metadata }],
      },
    ]);
  });

  test.each([
    ["hi", ["0 +SUBMITTED", "1 WORKING", "2 echo: hi", "3 COMPLETED"]],
    ["ask", ["0 +SUBMITTED", "1 WORKING", "2 INPUT_REQUIRED"]],
    ["fail", ["0 +SUBMITTED", "1 WORKING", "2 FAILED"]],
    ["direct", ["0 +SUBMITTED", "1 WORKING", "2 COMPLETED"]],
  ])("A20 A21 the stream of %j ends with its turn", async (text, shapes) => {
    const told = await events("SendStreamingMessage", message(text));
    expect(shapesOf(told)).toEqual(shapes);
    const { status } = told.at(-1)?.data.statusUpdate ?? {};
    const said = {
      ask: "Which?",
      fail: "Task execution failed: INTERNAL: handler blew up",
      direct: "Direct message response",
    };
    expect(status.message?.parts[0].text).toBe(new Map(Object.entries(said)).get(text));
  });

  test("A20 a stream of a task that goes on begins with it as it is then", async () => {
    const { task } = await face.result("SendMessage", message("ask"));
    const told = await events("SendStreamingMessage", message("more", { taskId: task.id }));
    expect(shapesOf(told)).toEqual(["2 +SUBMITTED", "3 WORKING", "4 echo: more", "5 COMPLETED"]);
    expect(told[0]?.data.task.history.map((each: Json) => each.parts[0].text)).toEqual([
      "ask",
      "Which?",
      "more",
    ]);
  });

  test("A20 the headers of a stream, in both bindings", async () => {
    const response = await fetch(`${face.url}/a2a/message:stream`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(message("hi")),
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    });
    expect((await response.text()).split("\n\n").flatMap(eventOf)).toHaveLength(4);
  });

  test("A20 all readers of a task hear the same, by whichever binding, and one that leaves disturbs none", async () => {
    const { id } = await waiting("sleep 600");
    await using gone = await face.open("SubscribeToTask", { id });
    await gone.count(1);
    const rest = face.ask("GET", `/a2a/tasks/${id}:subscribe`);
    const post = face.ask("POST", `/a2a/tasks/${id}:subscribe`);
    const rpc = events("SubscribeToTask", { id });
    await gone[Symbol.asyncDispose]();
    const texts = await Promise.all([rest, post]);
    const all = [...texts.map(({ text }) => text.split("\n\n").flatMap(eventOf)), await rpc];
    expect(all[0]?.map(({ data }) => data)).toEqual(all[1]?.map(({ data }) => data));
    expect(all[1]).toEqual(all[2]);
    expect(shapesOf(all[0] ?? [])).toEqual(["1 +WORKING", "2 echo: sleep 600", "3 COMPLETED"]);
  });

  test("A20 who subscribes to a task that waits hears of its next turn", async () => {
    const { task } = await face.result("SendMessage", message("ask"));
    await using live = await face.open("SubscribeToTask", { id: task.id });
    await live.count(1);
    await face.result("SendMessage", message("ask", { taskId: task.id }));
    await live.ended;
    expect(shapesOf(live.told)).toEqual(["2 +INPUT_REQUIRED", "3 WORKING", "4 INPUT_REQUIRED"]);
  });

  test("A20 a task that is over, or is none, has no stream", async () => {
    const { task } = await face.result("SendMessage", message("hi"));
    for (const [id, code] of [
      [task.id, -32004],
      ["none", -32001],
    ]) {
      const answer = await face.ask("POST", "/a2a", {
        body: { jsonrpc: "2.0", id: 1, method: "SubscribeToTask", params: { id } },
      });
      expect([answer.headers.get("content-type"), answer.json.error.code]).toEqual([
        "application/json",
        code,
      ]);
    }
    expect((await face.rpc("SendStreamingMessage", message("hi", { taskId: task.id }))).error.code).toBe(
      -32004,
    );
    expect((await face.ask("POST", "/a2a/message:stream", { body: {} })).status).toBe(400);
  });

  test("A23 no event is longer than 4 MiB, and what was cut is whole together", async () => {
    const told = await events("SendStreamingMessage", message("give much"));
    const sizes = told.map(({ data }) => Buffer.byteLength(JSON.stringify(data)));
    expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
    const texts = told.flatMap(({ data }) => data.artifactUpdate?.artifact.parts[0].text ?? []);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join("")).toBe("é".repeat(2_500_000));
  });

  test("A23 a task that is too long for an event is told without what GetTask has", async () => {
    const told = await events("SendStreamingMessage", message("x".repeat(5_000_000)));
    expect(told[0]?.data.task).not.toHaveProperty("history");
    expect(told.at(-1)?.data.statusUpdate.status.state).toBe("TASK_STATE_COMPLETED");
    expect(
      (await face.result("GetTask", { id: told[0]?.data.task.id })).history[0].parts[0].text,
    ).toHaveLength(5_000_000);
  });

  const finished = async (): Promise<{ id: string; told: readonly { id: number; data: Json }[] }> => {
    const told = await events("SendStreamingMessage", message("chunks"));
    return { id: told[0]?.data.task.id, told };
  };

  test("A32 a reader goes on behind any number, over all that is kept", async () => {
    const { id, told } = await finished();
    for (const [n] of told.slice(0, -1).entries()) {
      const again = await events("SubscribeToTask", { id }, { "last-event-id": String(n) });
      expect(again[0]).toMatchObject({ id: n, data: { task: { id } } });
      expect(again.slice(1)).toEqual(told.slice(n + 1));
    }
  });

  test("A32 a resumed stream goes past waits that are over, and ends at the newest", async () => {
    const { task } = await face.result("SendMessage", message("ask"));
    await face.result("SendMessage", message("ask", { taskId: task.id }));
    const told = await events("SubscribeToTask", { id: task.id }, { "last-event-id": "0" });
    expect(shapesOf(told)).toEqual([
      "0 +SUBMITTED",
      "1 WORKING",
      "2 INPUT_REQUIRED",
      "3 WORKING",
      "4 INPUT_REQUIRED",
    ]);
  });

  test("A32 what is over to its last number has no more", async () => {
    const { id } = await finished();
    for (const [n, code] of [
      ["4", -32004],
      ["5", -32004],
      ["x", -32602],
      ["-1", -32602],
    ]) {
      const { error } = await face.rpc("SubscribeToTask", { id }, { "last-event-id": String(n) });
      expect(error.code).toBe(code);
    }
  });

  test("A33 a number that never was is a gap, one that was is none", async () => {
    const { id } = await waiting("sleep 400");
    const told = await events("SubscribeToTask", { id }, { "last-event-id": "77" });
    expect(told[0]).toMatchObject({
      id: 1,
      data: { task: { metadata: { "urn:x:a2a:gap:v1": { after: 77, resumedAt: 1, reason: "unknown" } } } },
    });
    expect(shapesOf(told.slice(1))).toEqual(["2 echo: sleep 400", "3 COMPLETED"]);
    const again = await events("SubscribeToTask", { id }, { "last-event-id": "1" });
    expect(again[0]?.data.task).not.toHaveProperty("metadata");
  });

  test("A34 a streamed send that is repeated is told again, from behind what its caller has", async () => {
    const params = message("chunks", { messageId: crypto.randomUUID() });
    const first = await events("SendStreamingMessage", params);
    const before = face.agent.handled.length;
    expect(await events("SendStreamingMessage", params)).toEqual(first);
    const rest = await events("SendStreamingMessage", params, { "last-event-id": "2" });
    expect(rest.slice(1)).toEqual(first.slice(3));
    const { task } = await face.result("SendMessage", params);
    expect(task.status.state).toBe("TASK_STATE_COMPLETED");
    expect(face.agent.handled.length).toBe(before);
  });

  test("A34 a repeat of a send that runs is live", async () => {
    const params = message("sleep 300", { messageId: crypto.randomUUID() });
    const [one, other] = await Promise.all([
      events("SendStreamingMessage", params),
      events("SendStreamingMessage", params),
    ]);
    expect(one).toEqual(other);
    expect(shapesOf(one)).toEqual(["0 +SUBMITTED", "1 WORKING", "2 echo: sleep 300", "3 COMPLETED"]);
  });
});

test("A20 a hundred streams are enough for an agent, also where their messages wait for their turns", async () => {
  await using face = await startFace();
  const asking = [1, 2].map(() => face.result("SendMessage", message("ask")));
  const ids: string[] = (await Promise.all(asking)).map(({ task }) => task.id);
  const running = ids.map((taskId) => face.result("SendMessage", message("sleep 20000", { taskId })));
  await waitUntil(() => face.agent.handled.length === 4);
  const statuses: number[] = [];
  const gone = new AbortController();
  const streams = Array.from({ length: 130 }, async (_, index) => {
    const params = message("x", { taskId: ids[index % 2] });
    const body = { jsonrpc: "2.0", id: 1, method: "SendStreamingMessage", params };
    statuses.push((await face.ask("POST", "/a2a", { body, signal: gone.signal })).status);
  });
  await waitUntil(() => statuses.length === 30);
  expect(new Set(statuses)).toEqual(new Set([503]));
  gone.abort();
  await Promise.allSettled(streams);
  expect(statuses).toHaveLength(30);
  // Who has gone leaves room, whatever becomes of the message.
  await waitUntil(() => isRoom(face, ids[0]));
  await Promise.all(ids.map((id) => face.result("CancelTask", { id })));
  await Promise.all(running);
});

test("A20 a stream that is refused leaves its place to others", async () => {
  await using face = await startFace();
  const { task } = await face.result("SendMessage", message("ask"));
  for (let index = 0; index < 101; index += 1) {
    const refused = await face.rpc("SendStreamingMessage", message("x", { taskId: "nobody's" }));
    expect(refused.error).toMatchObject({ code: -32001 });
  }
  expect(await isRoom(face, task.id)).toBe(true);
});

test("A20 a hundred streams are enough for an agent", async () => {
  await using face = await startFace();
  const { task } = await face.result("SendMessage", message("ask"));
  await using streams = new AsyncDisposableStack();
  for (let index = 0; index < 100; index += 1) {
    const live = streams.use(await face.open("SubscribeToTask", { id: task.id }));
    await live.count(1);
  }
  const body = { jsonrpc: "2.0", id: 1, method: "SubscribeToTask", params: { id: task.id } };
  const refused = await face.ask("POST", "/a2a", { body });
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
  expect((await face.ask("GET", `/a2a/tasks/${task.id}:subscribe`)).status).toBe(503);
  await streams.disposeAsync();
  await waitUntil(() => isRoom(face, task.id));
});
