// Rooms and schedules over JSON-RPC, and schedules over REST.
import { describe, expect, it } from "vitest";
import { stage } from "./agent.ts";

const text = (said: string) => ({ parts: [{ type: "text", text: said }] });

describe("rooms", () => {
  it("G62 G66 G71 G129 all see the same order, without gaps", async () => {
    await using here = await stage();
    const { a, b, c } = here;
    const room = await a.ok("room/create", { participantNodeIds: [b.nodeId, c.nodeId], name: "R" });
    expect(room).toMatchObject({
      name: "R",
      gridId: "public",
      state: "open",
      creatorNodeId: a.nodeId,
      participants: [
        { nodeId: a.nodeId, status: "joined" },
        { nodeId: b.nodeId, status: "invited" },
        { nodeId: c.nodeId, status: "invited" },
      ],
      messageCount: 0,
      unreadCount: 0,
    });
    const roomId = room.id;
    await b.ok("room/join", { roomId });
    await c.ok("room/join", { roomId });
    const sends = [a, b, c].flatMap((who) =>
      Array.from({ length: 5 }, (_, index) => who.ok("room/send", { roomId, message: text(`${index}`) })),
    );
    const seqs = (await Promise.all(sends)).map(({ message }) => message.seq);
    expect(seqs.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    const orders = await Promise.all(
      [a, b, c].map(async (who) =>
        (await who.ok("room/get", { roomId })).messages.map(
          ({ seq, messageId }: { seq: number; messageId: string }) => `${seq} ${messageId}`,
        ),
      ),
    );
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    const read = await b.ok("room/read", { roomId, limit: 4 });
    expect([read.messages.length, read.hasMore, read.unreadCount]).toEqual([4, true, 6]);
    const closed = await a.ok("room/close", { roomId });
    expect(closed).toMatchObject({ state: "closed", closedReason: "creator", closedAt: expect.any(String) });
    expect(await b.refused("room/send", { roomId, message: text("x") })).toBe("-32021 room_closed");
    expect((await b.ok("room/list", { participantStatus: "joined", state: "closed" })).total).toBe(1);
  });

  it.each([
    ["room/create", {}, "invalid_params"],
    ["room/create", { participantNodeIds: ["none"] }, "node_not_found"],
    ["room/get", { roomId: "none" }, "room_not_found"],
    ["room/read", { roomId: "none", limit: 0 }, "invalid_params"],
    ["room/list", { state: "ajar" }, "invalid_params"],
  ])("%s with %j is refused with %s", async (method, params, reason) => {
    await using here = await stage();
    expect(await here.a.refused(method, params)).toContain(reason);
  });

  it("G96 a room may have a rate of its own", async () => {
    await using here = await stage({ roomRate: 2, clock: "virtual" });
    const { a, b } = here;
    const { id: roomId } = await a.ok("room/create", { participantNodeIds: [b.nodeId] });
    await a.ok("room/send", { roomId, message: text("1") });
    await a.ok("room/send", { roomId, message: text("2") });
    const late = await a.call("room/send", { roomId, message: text("3") });
    expect([late.status, late.body.error.code]).toEqual([429, -32029]);
    expect(Number(late.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("schedules", () => {
  it("G88 G90 a schedule in words shows what it means, and fires into the stream of tasks", async () => {
    await using here = await stage({ clock: "virtual" });
    const { a } = here;
    const made = await a.ok("schedule/create", {
      messageText: "wake",
      schedule: "every 45 minutes",
      maxFires: 2,
    });
    expect(Object.keys(made).sort()).toEqual(
      [
        "id",
        "messageText",
        "description",
        "schedule",
        "cronExprs",
        "intervalSeconds",
        "fireAt",
        "timezone",
        "status",
        "maxFires",
        "fireCount",
        "nextFireAt",
        "lastFiredAt",
        "createdBy",
        "metadata",
        "createdAt",
        "updatedAt",
      ].sort(),
    );
    expect(made).toMatchObject({ schedule: "every 45 minutes", intervalSeconds: 2_700, cronExprs: null });
    await here.server.advance(100 * 60_000);
    const agent = here.agent((await import("@x/core/testing")).alice);
    const later = () => Date.now() + 100 * 60_000;
    const signing = agent.signing.bind(agent);
    agent.signing = (more = {}) => signing({ wallMs: later(), ...more });
    const got = await agent.ok("schedule/get", { scheduleId: made.id });
    expect(got).toMatchObject({ status: "completed", fireCount: 2, nextFireAt: null });
    expect(got.firings).toHaveLength(2);
    const { tasks } = await agent.ok("task/list", { contextId: made.id });
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      senderNodeId: a.nodeId,
      receiverNodeId: a.nodeId,
      unreadCount: 1,
      metadata: { scheduleId: made.id },
    });
  });

  it("G84 G87 refusals name the field, and examples where words fail", async () => {
    await using here = await stage();
    const { a } = here;
    const cron = await a.call("schedule/create", { messageText: "x", cronExprs: ["0 25 * * *"] });
    expect(cron.body.error).toMatchObject({
      code: -32602,
      data: { reason: "bad_cron", field: "hour", expression: "0 25 * * *" },
    });
    const words = await a.call("schedule/create", { messageText: "x", schedule: "whenever" });
    expect(words.body.error.code).toBe(-32025);
    expect(words.body.error.data.examples).toContain("every weekday at 9am");
    expect(await a.refused("schedule/create", { messageText: "x" })).toBe("-32602 schedule_kind");
    expect(await a.refused("schedule/get", { scheduleId: "none" })).toBe("-32026 schedule_not_found");
  });

  it("previews and runs what it is asked for", async () => {
    await using here = await stage();
    const { a } = here;
    const preview = await a.ok("schedule/preview", {
      cronExprs: ["0 9 * * *"],
      timezone: "Asia/Tokyo",
      count: 3,
    });
    expect(preview.firings.map((at: string) => at.slice(11))).toEqual(Array(3).fill("00:00:00.000Z"));
    expect(await a.refused("schedule/preview", { schedule: "never" })).toBe("-32025 unparsable_schedule");
    const { id } = await a.ok("schedule/create", { messageText: "x", schedule: "every day" });
    expect((await a.ok("schedule/run", { scheduleId: id })).firings).toHaveLength(1);
  });

  it("G91 over REST they are the same", async () => {
    await using here = await stage();
    const { a } = here;
    const made = await a.rest("POST", "/schedules", { messageText: "x", schedule: "every hour" });
    expect(made.status).toBe(201);
    const path = `/schedules/${made.body.id}`;
    expect((await a.get("/schedules")).body.schedules).toHaveLength(1);
    expect((await a.get(path)).body.firings).toEqual([]);
    expect((await a.rest("PATCH", path, { status: "paused" })).body.status).toBe("paused");
    expect((await a.raw("DELETE", await a.query(path, {}))).body).toEqual({
      deleted: true,
      scheduleId: made.body.id,
    });
    expect((await a.get(path)).status).toBe(404);
  });
});
