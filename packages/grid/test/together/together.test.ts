import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { data, type GridEvent, runAgent, taskText, text } from "../../src/index.ts";
import type { DeepPartial, GridWireProfile } from "../../src/wire/profile.ts";
import { startTogether } from "./fixture.ts";

/** What the quick start of the product page does, and the rest of what its methods do. */
async function story(profile?: DeepPartial<GridWireProfile>): Promise<void> {
  await using grid = await startTogether(profile === undefined ? {} : { profile });
  const { client: ann, id: annId } = await grid.agent("Ann");
  const { client: bob, id: bobId } = await grid.agent("Bob");

  expect(await ann.register({ name: "Ann", autonomous: true })).toMatchObject({
    name: "Ann",
    description: "",
  });
  expect((await ann.search("document analyst")).map(({ nodeId }) => nodeId)).toEqual([bobId]);
  expect(await ann.patchNode({ description: "asks" })).toMatchObject({
    description: "asks",
    isAutonomous: true,
  });
  expect(await bob.getNode(annId)).toMatchObject({ nodeId: annId, description: "asks" });
  expect(await bob.setStatus("busy", { statusMessage: "reading" })).toMatchObject({
    status: "busy",
    statusMessage: "reading",
  });
  expect(await bob.status()).toMatchObject({ claim: { isClaimed: false }, grids: [{ gridId: "public" }] });
  expect((await bob.heartbeat()).expiresAt).toMatch(/Z$/);
  expect((await bob.generateClaimCode()).code).toMatch(/^[A-Z]{4}-\d{4}$/);

  const task = await ann.sendTask(bobId, [text("Please analyze"), data({ n: 1.5 })], { metadata: { a: 1 } });
  expect(task).toMatchObject({
    state: "submitted",
    senderNodeId: annId,
    receiverNodeId: bobId,
    metadata: { a: 1 },
  });
  expect(await bob.findActiveTask(annId)).toMatchObject({ id: task.id, unreadCount: 1 });
  const [first] = await bob.readTask(task.id);
  expect(first).toMatchObject({
    role: "user",
    seq: 1,
    parts: [{ type: "text", text: "Please analyze" }, { data: { n: 1.5 } }],
  });
  expect(await bob.ackMessages(task.id)).toMatchObject({ acked: 1, unreadCount: 0 });
  await bob.updateTask(task.id, { state: "working", artifact: { name: "draft", parts: [text("x")] } });
  expect((await bob.sendMessage(task.id, "Which year?")).state).toBe("input_required");
  expect((await ann.waitForTask(task.id)).state).toBe("input_required");
  expect((await ann.sendMessage(task.id, "2026")).state).toBe("working");
  expect((await ann.readTask(task.id)).map(taskText)).toEqual(["Which year?"]);
  expect((await ann.completeTask(task.id, { message: "thanks" })).state).toBe("completed");
  expect((await ann.completeTask(task.id)).state).toBe("completed");
  expect(await bob.getTask(task.id)).toMatchObject({ state: "completed", artifacts: [{ name: "draft" }] });
  const page = await ann.listTasks({ state: ["completed"] });
  expect([page.length, page.total, page.offset]).toEqual([1, 1, 0]);
  const second = await ann.sendTask(bobId, "again");
  expect((await bob.rejectTask(second.id, "no time")).state).toBe("rejected");
  const third = await ann.sendTask(bobId, "and again");
  expect((await ann.cancelTask(third.id)).state).toBe("canceled");

  const room = await ann.createRoom([bobId], { name: "talk" });
  expect(room).toMatchObject({ state: "open", name: "talk", creatorNodeId: annId });
  await bob.joinRoom(room.id);
  await ann.sendRoomMessage(room.id, "hi");
  const read = await bob.readRoom(room.id);
  expect([read.map(taskText), read.hasMore]).toEqual([["hi"], false]);
  expect((await bob.getRoom(room.id)).messages.map(taskText)).toEqual(["hi"]);
  expect((await bob.leaveRoom(room.id)).participants).toContainEqual({ nodeId: bobId, status: "left" });
  await ann.inviteToRoom(room.id, bobId);
  await bob.rejectRoom(room.id);
  await ann.inviteToRoom(room.id, bobId);
  await ann.kickFromRoom(room.id, bobId);
  expect(await ann.closeRoom(room.id)).toMatchObject({ state: "closed", closedReason: "creator" });
  expect((await ann.listRooms()).total).toBe(1);

  const schedule = await ann.createSchedule({ messageText: "stand-up", schedule: "every weekday at 9am" });
  expect(schedule).toMatchObject({ cronExprs: ["0 9 * * 1-5"], status: "active" });
  expect(await ann.updateSchedule(schedule.id, { status: "paused" })).toMatchObject({ status: "paused" });
  expect((await ann.listSchedules()).map(({ id }) => id)).toEqual([schedule.id]);
  expect((await ann.getSchedule(schedule.id)).messageText).toBe("stand-up");
  expect(await ann.deleteSchedule(schedule.id)).toEqual({ deleted: true, scheduleId: schedule.id });
  await expect(ann.getSchedule(schedule.id)).rejects.toMatchObject({
    reason: "schedule_not_found",
  });
  expect(await ann.getProtocolGuide()).toContain("task");
}

const switches: readonly DeepPartial<GridWireProfile["switches"]>[] = [
  { canonical: "compact" },
  { canonical: "jcs" },
  { rpcSignScope: "envelope" },
  { rpcAddress: "self" },
  { rpcAddress: "peer" },
  { timestampFormat: "python" },
  { partDiscriminator: "kind" },
  { stateStyle: "hyphen" },
  { restCase: "camel" },
  { scheduleTransport: "rest" },
  { dedupe: false },
];

describe("client and server", () => {
  it("G21 G41 G46 G62 G109 do all that the product page says", () => story());

  it.each(switches)("G140 do the same with %j on both sides", (chosen) => story({ switches: chosen }));

  it("G72 G74 G81 tell what happens, and what was missed", async () => {
    await using grid = await startTogether();
    const { client: ann, id: annId } = await grid.agent("Ann");
    const { client: bob, id: bobId } = await grid.agent("Bob");
    const missed = await ann.sendTask(bobId, "before");
    const events: GridEvent[] = [];
    await using stream = bob.events();
    const reading = (async () => {
      for await (const event of stream) events.push(event);
    })();
    await waitUntil(() => events.length === 1);
    expect(events[0]).toMatchObject({
      event: "task_notify",
      data: { taskId: missed.id, fromNodeId: annId, catchUp: true },
    });
    const live = await ann.sendTask(bobId, "now");
    await waitUntil(() => events.length === 2);
    expect(events[1]).toMatchObject({
      data: { taskId: live.id, notifyType: "message", unreadCount: 1, catchUp: false },
    });
    await stream.return();
    await reading;
  });

  it("G116 two agents that answer each other stop, and say so", async () => {
    await using grid = await startTogether();
    const { client: ann } = await grid.agent("Ann");
    const { client: bob, id: bobId } = await grid.agent("Bob");
    const controller = new AbortController();
    const told: string[] = [];
    const agent = (client: typeof ann): Promise<void> =>
      runAgent(client, {
        signal: controller.signal,
        maxTurnsPerTask: 5,
        rate: { perMinute: 1_000 },
        onTask: async ({ reply }) => void (await reply("and you?")),
        onWarning: (message) => told.push(message),
      });
    const running = [agent(ann), agent(bob)];
    const task = await ann.sendTask(bobId, "hello");
    await waitUntil(() => told.length > 0);
    controller.abort();
    await Promise.all(running);
    expect(told[0]).toContain("5 turns");
    const { history } = await ann.getTask(task.id);
    expect(history.length).toBeGreaterThanOrEqual(10);
    expect(history.length).toBeLessThanOrEqual(12);
  });
});
