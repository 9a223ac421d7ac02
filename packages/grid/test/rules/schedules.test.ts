// Schedules: how they are made and changed, when they fire, what a stop and a clock do to them.
import { describe, expect, it } from "vitest";
import type { CommandOf, WantedTiming } from "../../src/local/rules/model/commands.ts";
import { createWorld, day, hour, minute, second, startWall, type World } from "./world.ts";

const none: WantedTiming = { phrase: null, cronExprs: null, fireAt: null };
const iso = (atMs: number | null | undefined): string | null =>
  atMs == null ? null : new Date(atMs).toISOString();

function stage(timing: Partial<WantedTiming>, more: Partial<CommandOf<"createSchedule">> = {}) {
  const world = createWorld();
  const a = world.node("a");
  const { schedule } = world.ok(world.scheduling(a, { timing: { ...none, ...timing }, ...more }));
  const { scheduleId } = schedule;
  const now = () => world.ok({ type: "getSchedule", nodeId: a, scheduleId }).schedule;
  /** For when each firing was, by its tasks. */
  const fired = (): string[] =>
    [...world.state.tasks.values()].map(({ metadata }) => JSON.parse(metadata ?? "{}").scheduledFor);
  return { world, a, scheduleId, now, fired };
}

const update = (
  { world, a, scheduleId }: ReturnType<typeof stage>,
  changes: CommandOf<"updateSchedule">["changes"],
) => world.ok({ type: "updateSchedule", nodeId: a, scheduleId, changes }).schedule;

describe("making", () => {
  it.each([
    [{}, "schedule_kind"],
    [{ phrase: "every hour", fireAt: "2026-04-01T00:00:00Z" }, "schedule_kind"],
    [{ phrase: "whenever" }, "unparsable_schedule"],
    [{ phrase: "today at 9am" }, "schedule_in_past"],
    [{ fireAt: "2026-03-05T10:20:30Z" }, "schedule_in_past"],
    [{ fireAt: "2036-04-01T00:00:00Z" }, "invalid_params"],
    [{ fireAt: "2026-02-30T00:00:00Z" }, "invalid_params"],
    [{ fireAt: "tomorrow" }, "invalid_params"],
    [{ cronExprs: ["0 0 30 2 *"] }, "never_fires"],
    [{ cronExprs: ["* * * * *", "x"] }, "bad_cron"],
    [{ phrase: "in 1000 weeks" }, "invalid_params"],
    [{ phrase: "every 999999999 hours" }, "never_fires"],
  ] as const)("G84 G89 refuses %j with %s", (timing, reason) => {
    const world = createWorld();
    const a = world.node("a");
    expect(world.reason(world.scheduling(a, { timing: { ...none, ...timing } }))).toBe(reason);
  });

  it.each([
    ["2026-03-05T12:00:00Z", "UTC", "2026-03-05T12:00:00.000Z"],
    ["2026-03-05T12:00:00.250+02:00", "UTC", "2026-03-05T10:00:00.250Z"],
    ["2026-03-05T12:00", "America/New_York", "2026-03-05T17:00:00.000Z"],
    ["2026-03-05T12:00:15.5", "Europe/Berlin", "2026-03-05T11:00:15.500Z"],
    ["2026-03-08T02:30:15", "America/New_York", "2026-03-08T07:00:00.000Z"],
    ["2026-11-01T01:30:15", "America/New_York", "2026-11-01T05:30:15.000Z"],
  ])("G89 %s in %s is %s", (fireAt, timezone, at) => {
    const world = createWorld();
    world.skip(-hour);
    const a = world.node("a");
    const { schedule } = world.ok(world.scheduling(a, { timing: { ...none, fireAt }, timezone }));
    expect(iso(schedule.nextMs)).toBe(at);
  });

  it("G86 refuses what is no zone", () => {
    const world = createWorld();
    const a = world.node("a");
    expect(world.reason(world.scheduling(a, { timezone: "Mars/Base" }))).toBe("bad_timezone");
  });

  it("a node has a hundred at most", () => {
    const world = createWorld();
    const a = world.node("a");
    for (let index = 0; index < 100; index += 1) {
      world.ok(world.scheduling(a));
    }
    expect(world.reason(world.scheduling(a))).toBe("schedule_limit");
  });

  it("G59 a repeat is the same schedule, also once it is gone", () => {
    const world = createWorld();
    const a = world.node("a");
    const request = { requestId: "r", fingerprint: "f" };
    const { schedule } = world.ok(world.scheduling(a, { request }));
    expect(world.ok(world.scheduling(a, { request })).schedule).toEqual(schedule);
    expect(world.reason(world.scheduling(a, { request: { ...request, fingerprint: "g" } }))).toBe(
      "request_id_conflict",
    );
    world.ok({ type: "deleteSchedule", nodeId: a, scheduleId: schedule.scheduleId });
    expect(world.reason(world.scheduling(a, { request }))).toBe("schedule_not_found");
  });
});

describe("firing", () => {
  it("G90 a firing is a task of the node to itself, which it reads and ends", () => {
    const { world, a, scheduleId } = stage({ phrase: "every hour" });
    world.advance(hour);
    const [notice] = world.fresh().flatMap(({ notices }) => notices);
    expect(notice).toMatchObject({
      to: a,
      notifyType: "schedule",
      contextId: scheduleId,
      unreadCount: 1,
      state: "submitted",
    });
    const taskId = notice?.kind === "task" ? notice.taskId : "";
    const { task } = world.task(a, taskId);
    expect(task).toMatchObject({ senderNodeId: a, receiverNodeId: a, checkIn: null });
    expect(JSON.parse(task.metadata ?? "")).toEqual({
      scheduleId,
      fireCount: 1,
      scheduledFor: "2026-03-05T11:00:00.000Z",
    });
    expect(world.task(a, taskId).history?.map(({ metadata }) => metadata)).toEqual([task.metadata]);
    expect(world.read(a, taskId)).toEqual(["wake up"]);
    expect(world.ack(a, taskId)).toBe(1);
    expect(world.update(a, taskId, "working").task.state).toBe("working");
    expect(world.update(a, taskId, "completed").task.state).toBe("completed");
    expect(world.read(a, taskId)).toEqual([]);
    expect(world.told()).toEqual([]);
  });

  it("G91 a single firing and the last of several complete a schedule", () => {
    const once = stage({ phrase: "in 10 minutes" });
    once.world.advance(10 * minute);
    expect(once.now()).toMatchObject({ status: "completed", nextMs: null, fireCount: 1 });
    const twice = stage({ phrase: "every 45 minutes" }, { maxFires: 2 });
    twice.world.advance(day);
    expect(twice.now()).toMatchObject({ status: "completed", nextMs: null, fireCount: 2 });
    expect(twice.fired()).toEqual([iso(startWall + 45 * minute), iso(startWall + 90 * minute)]);
  });

  it("G91 a paused one does not fire, and goes on from when it is active again", () => {
    const here = stage({ phrase: "every hour" });
    update(here, { status: "paused" });
    here.world.advance(3 * hour);
    expect(here.fired()).toEqual([]);
    expect(iso(update(here, { status: "active" }).nextMs)).toBe("2026-03-05T14:00:00.000Z");
  });

  it("G91 an update replaces the kind, and one that is over may live again", () => {
    const here = stage({ phrase: "in 10 minutes" });
    const { world, a, scheduleId } = here;
    world.advance(10 * minute);
    const revive = { type: "updateSchedule", nodeId: a, scheduleId, changes: { status: "active" } } as const;
    expect(world.reason(revive)).toBe("schedule_in_past");
    const cron = { ...none, cronExprs: ["0 12 * * *"] };
    const revived = update(here, { status: "active", timing: cron, maxFires: 3 });
    expect(revived).toMatchObject({ status: "active", phrase: null, fireCount: 1, maxFires: 3 });
    expect(update(here, { timezone: "Asia/Tokyo" })).toMatchObject({ nextMs: Date.UTC(2026, 2, 6, 3) });
    expect(update(here, { maxFires: 1 })).toMatchObject({ status: "completed", nextMs: null });
    expect(update(here, { messageText: "other", description: null }).messageText).toBe("other");
  });

  it("G92 what the owner made is only read, and what is foreign is not there", () => {
    const here = stage({ phrase: "every hour" }, { createdBy: "owner" });
    const { world, a, scheduleId } = here;
    world.node("b");
    expect(world.reason({ type: "deleteSchedule", nodeId: a, scheduleId })).toBe("schedule_read_only");
    expect(world.reason({ type: "updateSchedule", nodeId: a, scheduleId, changes: {} })).toBe(
      "schedule_read_only",
    );
    expect(world.reason({ type: "getSchedule", nodeId: "b", scheduleId })).toBe("schedule_not_found");
    const { schedule } = world.ok(world.scheduling(a));
    const list = world.ok({ type: "listSchedules", nodeId: a }).schedules;
    expect(list.map((each) => each.scheduleId)).toEqual([scheduleId, schedule.scheduleId]);
    world.ok({ type: "deleteSchedule", nodeId: a, scheduleId: schedule.scheduleId });
    expect(world.reason({ type: "getSchedule", nodeId: a, scheduleId: schedule.scheduleId })).toBe(
      "schedule_not_found",
    );
    world.advance(2 * hour);
    expect(here.fired()).toHaveLength(2);
  });

  it("shows the last twenty firings, and one that is run by hand counts", () => {
    const { world, a, scheduleId, now } = stage({ phrase: "every minute" });
    world.advance(25 * minute);
    expect(now().firings).toHaveLength(20);
    const next = now().nextMs;
    const { schedule } = world.ok({ type: "runSchedule", nodeId: a, scheduleId });
    expect([schedule.fireCount, schedule.nextMs]).toEqual([26, next]);
  });
});

describe("stops and clocks", () => {
  const down = (world: World, ms: number): void => {
    world.skip(ms);
    world.restart();
    world.advance(second);
  };

  it("G93 of what was missed the newest is made up for, once", () => {
    const { world, fired, now } = stage({ phrase: "every 30 minutes" });
    down(world, 5 * hour);
    expect(fired()).toEqual(["2026-03-05T15:00:00.000Z"]);
    expect(iso(now().nextMs)).toBe("2026-03-05T15:30:00.000Z");
    world.restart();
    world.advance(second);
    expect(fired()).toHaveLength(1);
  });

  it("G93 what was missed an hour ago or longer is not", () => {
    const { world, fired, now } = stage({ fireAt: "2026-03-05T11:20:30Z" });
    down(world, 2 * hour);
    expect(fired()).toEqual([]);
    expect(now()).toMatchObject({ status: "completed", fireCount: 0, nextMs: null });
    const late = stage({ fireAt: "2026-03-05T11:20:31Z" });
    down(late.world, 2 * hour);
    expect(late.fired()).toEqual(["2026-03-05T11:20:31.000Z"]);
  });

  it("G93 intervals keep their grid", () => {
    const { world, fired, now } = stage({ phrase: "every 45 minutes" });
    down(world, 100 * minute);
    expect(fired()).toEqual([iso(startWall + 90 * minute)]);
    expect(now().nextMs).toBe(startWall + 135 * minute);
  });

  it("G94 a clock that is set back fires nothing twice, one that is set forward has missed what it passed", () => {
    const { world, fired } = stage({ phrase: "every hour" });
    world.advance(hour);
    world.stepWallClock(-30 * minute);
    world.advance(30 * minute);
    expect(fired()).toEqual(["2026-03-05T11:00:00.000Z"]);
    world.stepWallClock(10 * hour);
    world.advance(second);
    expect(fired()).toEqual(["2026-03-05T11:00:00.000Z", "2026-03-05T21:00:00.000Z"]);
    world.expectReplayEqual();
  });

  it("G94 what is due in years is waited for", () => {
    const { world, fired } = stage({ fireAt: "2031-01-01T00:00:00Z" });
    world.advance(Date.UTC(2031, 0, 1) - startWall - second);
    expect(fired()).toEqual([]);
    world.advance(second);
    expect(fired()).toHaveLength(1);
  });
});
