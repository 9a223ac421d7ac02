// What the face keeps over kill -9: events, their numbers, webhooks that wait, and what was sent once.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import { startCoreProcess } from "../local/core-process.ts";
import { type FaceAgent, startFaceAgent } from "./agent.ts";
import {
  coreAt,
  type Json,
  message,
  type Registered,
  register,
  type StartedFace,
  shapesOf,
  talk,
} from "./face.ts";
import { startHook, startHookAt, statesOf } from "./hook.ts";

interface Mortal
  extends AsyncDisposable,
    Registered,
    Pick<StartedFace, "ask" | "rpc" | "result" | "events" | "open"> {
  readonly agent: FaceAgent;
  unregister(): Promise<{ readonly success: boolean }>;
  /** kill -9, and a core again in the same place. */
  again(): Promise<void>;
}

async function startMortal(): Promise<Mortal> {
  const path = await mkdtemp(join(tmpdir(), "bindu-a2a-"));
  const agent = await startFaceAgent();
  let { process, addr } = await startCoreProcess([`--data-dir=${path}`]);
  const registered = await register(addr, agent.address);
  return {
    ...registered,
    ...talk(registered.url),
    agent,
    unregister: () => coreAt(addr).unregisterAgent({ agentId: registered.agentId }),
    async again() {
      await process.stop("SIGKILL");
      ({ process, addr } = await startCoreProcess([`--data-dir=${path}`]));
    },
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await agent[Symbol.asyncDispose]();
      await rm(path, { recursive: true, force: true });
    },
  };
}

test("A22 A32 a stream that is cut by kill -9 goes on behind its last number, with nothing lost and nothing twice", async () => {
  await using face = await startMortal();
  await using live = await face.open("SendStreamingMessage", message("chunks 60000"));
  await live.count(3);
  await face.again();
  await live.ended;
  const heard = [...live.told];
  expect(shapesOf(heard)).toEqual(["0 +SUBMITTED", "1 WORKING", "2 chunk-1 "]);
  const { id } = heard[0]?.data.task ?? {};
  const rest = await face.events("SubscribeToTask", { id }, { "last-event-id": "2" });
  expect(shapesOf(rest)).toEqual(["2 +WORKING", "3 FAILED"]);
  expect(rest[0]?.data.task.artifacts[0].parts).toEqual([{ text: "chunk-1 " }]);
  expect(rest[1]?.data.statusUpdate.status.message.parts[0].text).toBe(
    "Task execution failed: core restarted",
  );
  const whole = await face.events("SubscribeToTask", { id }, { "last-event-id": "0" });
  expect(whole.slice(0, 3)).toEqual(heard);
});

test("A22 what a caller was told is there after kill -9", async () => {
  await using face = await startMortal();
  const { task } = await face.result("SendMessage", message("hi", { contextId: "free text" }));
  const told = await face.events("SubscribeToTask", { id: task.id }, { "last-event-id": "1" });
  await face.again();
  expect(await face.result("GetTask", { id: task.id })).toEqual(task);
  expect(await face.events("SubscribeToTask", { id: task.id }, { "last-event-id": "1" })).toEqual(told);
});

test("A6 a restart of the core changes no card", async () => {
  await using face = await startMortal();
  const read = async (): Promise<Json> => {
    const { headers, json } = await face.ask("GET", "/.well-known/agent-card.json");
    return [headers.get("etag"), headers.get("last-modified"), json];
  };
  const before = await read();
  await face.again();
  expect(await read()).toEqual(before);
});

test("A27 a receiver that is down over kill -9 gets every event, in order, under the id of the first attempt", async () => {
  await using face = await startMortal();
  const hook = await startHook(503);
  const port = Number(new URL(hook.url).port);
  const configuration = { taskPushNotificationConfig: { url: hook.url } };
  await face.result("SendMessage", { ...message("hi"), configuration });
  await hook.count(1);
  const [first] = hook.got;
  await hook[Symbol.asyncDispose]();
  await face.again();
  await using back = await startHookAt(port);
  await back.count(3);
  expect(statesOf(back)).toEqual(["WORKING", "echo: hi", "COMPLETED"]);
  expect(back.got[0]?.headers["x-delivery-id"]).toBe(first?.headers["x-delivery-id"]);
  expect(back.got.map(({ headers }) => headers["x-event-sequence"])).toEqual(["1", "2", "3"]);
});

test("A27 an agent that was taken away has its last events told all the same, over kill -9 too", async () => {
  await using face = await startMortal();
  await using hook = await startHook(503, 200);
  const configuration = { taskPushNotificationConfig: { url: hook.url } };
  await face.result("SendMessage", { ...message("hi"), configuration });
  await hook.count(1);
  expect(await face.unregister()).toMatchObject({ success: true });
  await face.again();
  await hook.count(4);
  expect(statesOf(hook)).toEqual(["WORKING", "WORKING", "echo: hi", "COMPLETED"]);
});

test("A34 what was sent once is not carried out again after kill -9", async () => {
  await using face = await startMortal();
  const params = message("hi", { messageId: crypto.randomUUID() });
  const first = await face.result("SendMessage", params);
  const streamed = message("chunks", { messageId: crypto.randomUUID() });
  const told = await face.events("SendStreamingMessage", streamed);
  await face.again();
  const before = face.agent.handled.length;
  const repeats = await Promise.all(Array.from({ length: 10 }, () => face.result("SendMessage", params)));
  expect(new Set(repeats.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(first)]));
  expect(await face.events("SendStreamingMessage", streamed)).toEqual(told);
  expect(face.agent.handled.length).toBe(before);
  const other = await face.rpc("SendMessage", {
    message: { ...(params.message as object), parts: [{ text: "other" }] },
  });
  expect(other.error.data[0].reason).toBe("MESSAGE_ID_REUSED");
});

test("A34 a send that was cut by kill -9 is answered by what became of it", async () => {
  await using face = await startMortal();
  const params = message("sleep 60000", { messageId: crypto.randomUUID() });
  const immediately = { ...params, configuration: { returnImmediately: true } };
  const { task } = await face.result("SendMessage", immediately);
  await waitUntil(() => face.agent.handled.length === 1);
  await face.again();
  const repeated = await face.result("SendMessage", params);
  expect(repeated.task).toMatchObject({ id: task.id, status: { state: "TASK_STATE_FAILED" } });
  expect(face.agent.handled).toHaveLength(1);
});
