// What goes wrong between client and server, and what happens at once.
import { generateIdentity, systemClock } from "@x/core";
import { startFaultProxy, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  GridA2AError,
  type GridClient,
  GridNetworkError,
  type TaskNotification,
  taskText,
} from "../../src/index.ts";
import { startTogether } from "./fixture.ts";

const portOf = (url: string): number => Number(new URL(url).port);

describe("a lost answer", () => {
  it("G124 G61 of a new task is repeated under its messageId, and makes one task", async () => {
    await using grid = await startTogether();
    const { id: bobId } = await grid.agent("Bob");
    await using proxy = await startFaultProxy({ port: portOf(grid.server.url) });
    const { client: ann } = await grid.agent("Ann", {
      url: `http://127.0.0.1:${proxy.port}`,
      retry: { baseMs: 0 },
    });
    proxy.setFault({ kind: "cut", afterBytes: 0, direction: "to-client" });
    const sending = ann.sendTask(bobId, "once", { messageId: "m1" });
    // The connection that was cut is the kept one; the next attempt makes a new one.
    await waitUntil(() => proxy.accepted > 1);
    proxy.setFault({ kind: "none" });
    const task = await sending;
    expect((await ann.listTasks()).map(({ id }) => id)).toEqual([task.id]);
    expect((await ann.getTask(task.id)).history.map(taskText)).toEqual(["once"]);
  });

  it("G141 of a read is found in the history", async () => {
    await using grid = await startTogether();
    const { client: ann, id: annId } = await grid.agent("Ann");
    await using proxy = await startFaultProxy({ port: portOf(grid.server.url) });
    const { client: bob, id: bobId } = await grid.agent("Bob", { url: `http://127.0.0.1:${proxy.port}` });
    const { id } = await ann.sendTask(bobId, "hello");
    proxy.setFault({ kind: "cut", afterBytes: 0, direction: "to-client" });
    await expect(bob.readTask(id)).rejects.toBeInstanceOf(GridNetworkError);
    proxy.setFault({ kind: "none" });
    expect(await bob.readTask(id)).toEqual([]);
    expect((await bob.getTask(id)).history).toMatchObject([
      { fromNodeId: annId, parts: [{ text: "hello" }] },
    ]);
  });
});

describe("a wrong clock", () => {
  it("G135 G19 is corrected by what the server says, for calls and for the stream", async () => {
    await using grid = await startTogether();
    const { client: ann, id: annId } = await grid.agent("Ann");
    const identity = generateIdentity();
    const slow = {
      ...systemClock,
      now: () => ({ mono: systemClock.now().mono, wall: Date.now() - 600_000 }),
    };
    const { client: bob } = await grid.agent("Bob", { identity, clock: slow });
    expect((await bob.getNode(annId)).name).toBe("Ann");
    const { client: again } = await grid.agent("Bob", { identity, clock: slow });
    const { nodeId } = await again.keypairInfo();
    const events = bob.events();
    const next = events.next();
    await ann.sendTask(nodeId, "hello");
    expect((await next).value).toMatchObject({ event: "task_notify" });
    await events.return();
  });
});

describe("what happens at once", () => {
  it("G57 of several readers of one agent each unread message reaches exactly one", async () => {
    await using grid = await startTogether();
    const { client: ann } = await grid.agent("Ann");
    const identity = generateIdentity();
    const readers: GridClient[] = [];
    let bobId = "";
    for (let count = 0; count < 4; count += 1) {
      const { client, id } = await grid.agent("Bob", { identity });
      readers.push(client);
      bobId = id;
    }
    const { id } = await ann.sendTask(bobId, "0");
    const sending = (async () => {
      for (let count = 1; count < 20; count += 1) await ann.sendMessage(id, String(count));
    })();
    const read: string[] = [];
    const reading = readers.map(async (reader) => {
      while (read.length < 20) read.push(...(await reader.readTask(id)).map(taskText));
    });
    await Promise.all([sending, ...reading]);
    expect(read.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 20 }, (_, at) => String(at)),
    );
  });

  it("G47 of complete and cancel one wins, and the other hears what it is", async () => {
    await using grid = await startTogether();
    const { client: ann } = await grid.agent("Ann");
    const { client: bob, id: bobId } = await grid.agent("Bob");
    for (let round = 0; round < 10; round += 1) {
      const { id } = await ann.sendTask(bobId, "go");
      const ends = await Promise.allSettled([ann.completeTask(id), bob.cancelTask(id)]);
      const lost = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason);
      expect(lost.length).toBe(1);
      expect(lost[0]).toBeInstanceOf(GridA2AError);
      const { state, history } = await ann.getTask(id);
      expect(lost[0]).toMatchObject({ code: -32002, reason: "task_terminal", data: { state } });
      expect(history.filter(({ metadata }) => metadata.synthetic === true).length).toBe(1);
    }
  });

  it("G73 one action is one notification: a message that brings a state, an end, an artifact alone", async () => {
    await using grid = await startTogether();
    const { client: ann } = await grid.agent("Ann");
    const { client: bob, id: bobId } = await grid.agent("Bob");
    const { id } = await ann.sendTask(bobId, "go");
    const told: TaskNotification[] = [];
    const states: string[] = [];
    const events = ann.events({ catchUp: false, onState: ({ state }) => states.push(state) });
    const reading = (async () => {
      for await (const event of events) if (event.event === "task_notify") told.push(event.data);
    })();
    await waitUntil(() => states.includes("open"));
    await bob.sendMessage(id, "which?", { state: "auth_required" });
    await bob.updateTask(id, { artifact: { parts: [{ type: "text", text: "draft" }] } });
    await bob.updateTask(id, { state: "failed", message: "cannot" });
    await waitUntil(() => told.length >= 3);
    const last = await ann.sendTask(bobId, "marker");
    await bob.sendMessage(last.id, "marker");
    await waitUntil(() => told.at(-1)?.taskId === last.id);
    expect(told.map(({ notifyType, state }) => [notifyType, state])).toEqual([
      ["message", "auth_required"],
      ["state", "auth_required"],
      ["state", "failed"],
      ["message", "input_required"],
    ]);
    await events.return();
    await reading;
  });
});
