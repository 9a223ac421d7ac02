// Tasks that are there: pages of them, the end of one.
import { expect, test } from "vitest";
import { type Json, message, startFace } from "./face.ts";

test("A19 a list is paged without loss while other tasks change", async () => {
  await using face = await startFace();
  const sent = await Promise.all(
    Array.from({ length: 7 }, (_, index) =>
      face.result("SendMessage", message(`ask ${index}`, { contextId: "c" })),
    ),
  );
  const ids = sent.map(({ task }) => task.id);
  const seen: string[] = [];
  const orders: number[] = [];
  let pageToken = "";
  let pages = 0;
  do {
    const page = await face.result("ListTasks", { contextId: "c", pageSize: 2, pageToken });
    expect(page).toMatchObject({ pageSize: 2, totalSize: pages === 0 ? 7 : expect.any(Number) });
    seen.push(...page.tasks.map((task: Json) => task.id));
    orders.push(...page.tasks.map((task: Json) => Date.parse(task.status.timestamp)));
    pageToken = page.nextPageToken;
    pages += 1;
    // Whatever was listed already goes to the front, and is not listed again.
    await face.result("SendMessage", message("more", { taskId: seen[0] })).catch(() => undefined);
    await face.result("SendMessage", message("other", { contextId: "c" }));
  } while (pageToken !== "");
  expect([...seen].sort()).toEqual([...ids].sort());
  expect(orders).toEqual([...orders].sort((one, other) => other - one));
});

test("A19 a list says what it was asked for, and no more", async () => {
  await using face = await startFace();
  const { task: done } = await face.result("SendMessage", message("hi", { contextId: "c" }));
  const { task: asked } = await face.result("SendMessage", message("ask", { contextId: "c" }));
  const list = async (params: object): Promise<Json> => face.result("ListTasks", params);
  const idsOf = ({ tasks }: Json): readonly string[] => tasks.map((task: Json) => task.id);
  expect(idsOf(await list({}))).toEqual([asked.id, done.id]);
  expect(await list({ pageSize: 1 })).toMatchObject({
    totalSize: 2,
    nextPageToken: expect.stringMatching(/./),
  });
  expect((await list({})).nextPageToken).toBe("");
  expect(idsOf(await list({ status: "TASK_STATE_COMPLETED" }))).toEqual([done.id]);
  expect(idsOf(await list({ contextId: "other" }))).toEqual([]);
  expect(idsOf(await list({ statusTimestampAfter: asked.status.timestamp }))).toContain(asked.id);
  expect(idsOf(await list({ statusTimestampAfter: "2100-01-01T00:00:00Z" }))).toEqual([]);
  const [first] = (await list({})).tasks;
  expect(first).not.toHaveProperty("history");
  expect(first).not.toHaveProperty("artifacts");
  const [waiting, whole] = (await list({ includeArtifacts: true, historyLength: 5 })).tasks;
  expect(waiting.artifacts).toEqual([]);
  expect(whole.artifacts).toHaveLength(1);
  expect(whole.history).toHaveLength(2);
  for (const wrong of [{ pageToken: "x" }, { pageToken: "W10" }, { pageSize: 0 }, { status: "working" }]) {
    expect((await face.rpc("ListTasks", wrong)).error.code).toBe(-32602);
  }
});

test("A13 a cancel ends what runs or waits, and nothing else", async () => {
  await using face = await startFace();
  const { task: running } = await face.result("SendMessage", {
    ...message("sleep 9000"),
    configuration: { returnImmediately: true },
  });
  const { task: asked } = await face.result("SendMessage", message("ask"));
  for (const { id } of [running, asked]) {
    expect((await face.result("CancelTask", { id, metadata: { why: 1 } })).status.state).toBe(
      "TASK_STATE_CANCELED",
    );
    expect((await face.rpc("CancelTask", { id })).error).toMatchObject({
      code: -32002,
      data: [{ reason: "TASK_NOT_CANCELABLE" }],
    });
  }
  expect((await face.rpc("CancelTask", { id: "none" })).error.code).toBe(-32001);
  expect((await face.result("GetTask", { id: asked.id })).history.at(-1).parts).toEqual([{ text: "Which?" }]);
});
