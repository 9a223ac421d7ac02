// Tasks under our own wire: keys that make a repeat safe, claims by type and with an end, tokens, and cancelling.
import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import {
  acquire,
  answerTo,
  bytes,
  claim,
  complete,
  createTask,
  createTaskCommand,
  fail,
  longLived,
  task,
} from "./steps.ts";
import { createWorld, type World } from "./world.ts";

const keyed = (world: World, id: string, idempotencyKey = "key") =>
  world.ok(createTaskCommand(id, { idempotencyKey }));
const claiming = (agentId: string, more: Partial<CommandOf<"claimTask">> = {}): CommandOf<"claimTask"> => ({
  type: "claimTask",
  agentId,
  ...more,
});
const day = 86_400_000;

describe("idempotency keys", () => {
  it("AK-EXT-CreateTask AK-K21 a key is remembered for 24 hours, over restarts", () => {
    const world = createWorld();
    expect(keyed(world, "first")).toMatchObject({ created: true, task: { id: "first" } });
    world.topics();
    world.skip(day - 1);
    world.restart();
    expect(keyed(world, "second")).toMatchObject({ created: false, task: { id: "first" } });
    expect(world.topics()).toEqual([]);
    // The first answer counts, not the repeat.
    world.skip(1);
    expect(keyed(world, "third")).toMatchObject({ created: true, task: { id: "third" } });
    world.expectReplayEqual();
  });

  it("AK-EXT-CreateTask no key, another key and a refused request are all new requests", () => {
    const world = createWorld();
    createTask(world, "a");
    createTask(world, "b");
    expect(
      world.refused(createTaskCommand("c", { idempotencyKey: "key", ttlSeconds: 604_801 })).refused,
    ).toBe("TTL_OUT_OF_RANGE");
    expect(keyed(world, "d").created).toBe(true);
    expect(keyed(world, "e", "other").created).toBe(true);
    expect(world.state.tasks.size).toBe(4);
  });

  it("AK-EXT-CreateTask a repeat shows what has become of the task", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    keyed(world, "first");
    claim(world, a);
    complete(world, "first", a, bytes("out"));
    expect(keyed(world, "second")).toMatchObject({
      created: false,
      task: { id: "first", status: "completed", output: bytes("out") },
    });
  });

  it("AK-EXT-CreateTask AK-ERR-TASK_NOT_FOUND a repeat makes no second task although the first is no longer kept", () => {
    const world = createWorld({ finishedRetention: 0 });
    const a = world.agent("a", longLived);
    keyed(world, "first");
    claim(world, a);
    complete(world, "first", a);
    expect(world.refused(createTaskCommand("second", { idempotencyKey: "key" }))).toMatchObject({
      refused: "TASK_NOT_FOUND",
      metadata: { task_id: "first" },
    });
    world.skip(day);
    expect(keyed(world, "third").created).toBe(true);
  });
});

describe("claims by type and with an end", () => {
  it("AK-EXT-ClaimTask gives the oldest task of the types asked for, and leaves the others their places", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    for (const [id, taskType] of [
      ["t1", "fetch"],
      ["t2", "parse"],
      ["t3", "fetch"],
      ["t4", "file"],
    ] as const) {
      createTask(world, id, { taskType });
    }
    const next = (types: readonly string[]) => world.ok(claiming(a, { types, waitMs: 0 })).task?.id;
    expect(next(["parse", "file"])).toBe("t2");
    expect(next(["parse"])).toBeUndefined();
    expect(next([])).toBe("t1");
    expect(next(["file", "fetch"])).toBe("t3");
    expect(next([])).toBe("t4");
    expect(next([])).toBeUndefined();
  });

  it("AK-EXT-ClaimTask AK-K5 a waiter by type is passed over by what it does not want", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", longLived), world.agent("b", longLived)];
    const picky = world.waits(claiming(a, { types: ["parse"] }));
    const any = world.waits(claiming(b));
    createTask(world, "t1", { taskType: "fetch" });
    expect([answerTo(world, picky), answerTo(world, any)]).toEqual(["still waiting", "t1"]);
    createTask(world, "t2", { taskType: "parse" });
    expect(answerTo(world, picky)).toBe("t2");
  });

  it("AK-EXT-ClaimTask a wait ends at its time with no task, and the next task goes to who still waits", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", longLived), world.agent("b", longLived)];
    const short = world.waits(claiming(a, { waitMs: 1_000 }));
    const long = world.waits(claiming(b, { waitMs: 1_001 }));
    world.advance(999);
    expect(world.answers.size).toBe(0);
    world.advance(1);
    expect(world.answers.get(short)).toEqual({ task: undefined, detail: undefined });
    createTask(world, "task");
    expect(answerTo(world, long)).toBe("task");
    world.advance(10_000);
    expect([world.answers.size, world.state.waiters.size]).toEqual([2, 0]);
    // The two agents and the claim: no deadline of a wait is left.
    expect(world.state.deadlines.size).toBe(3);
  });

  it("AK-EXT-ClaimTask AK-K6 an unreachable agent gets no task at once, and none while it waits", () => {
    const world = createWorld();
    const a = world.agent("a", { ttlSeconds: 10 });
    world.advance(10_000);
    createTask(world, "task");
    expect(world.ok(claiming(a, { waitMs: 0 })).task).toBeUndefined();
    const waiting = world.waits(claiming(a, { waitMs: 5_000 }));
    world.ok({ type: "heartbeat", agentId: a });
    expect(answerTo(world, waiting)).toBe("task");
  });

  it("AK-EXT-ClaimTask AK-T9 a pause lengthens the wait, and a cancel ends it", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    const [waiting, cancelled] = [
      world.waits(claiming(a, { waitMs: 1_000 })),
      world.waits(claiming(a, { waitMs: 1_000 })),
    ];
    world.cancel(cancelled);
    world.pause(60_000);
    world.advance(999);
    expect(world.answers.size).toBe(0);
    world.advance(1);
    expect([answerTo(world, waiting), world.answers.has(cancelled)]).toEqual(["answered", false]);
    expect(world.state.deadlines.size).toBe(1);
  });

  it("AK-EXT-ClaimTask refuses types that no task can have, and waits below zero", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    for (const [more, refused] of [
      [{ types: [""] }, "FIELD_EMPTY"],
      [{ types: ["t".repeat(257)] }, "FIELD_TOO_LONG"],
      [{ types: Array.from({ length: 65 }, () => "t") }, "FIELD_TOO_LONG"],
      [{ waitMs: -1 }, "TTL_OUT_OF_RANGE"],
    ] as const) {
      expect(world.refused(claiming(a, more)).refused).toBe(refused);
    }
  });
});

describe("tokens of claims", () => {
  it("AK-EXT-ClaimTask AK-EXT-CompleteTask the claimer is told its token, nobody else, and it must be shown", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    createTask(world, "task", { maxRetries: 1 });
    const { detail } = world.ok(claiming(a));
    const token = world.state.leases.get("task")?.token ?? 0;
    expect(detail?.token).toBe(token);
    const page = { size: 0, token: "" };
    const { items } = world.ok({ type: "listTaskPage", statuses: [], taskType: "", withData: true, page });
    expect(items[0]?.token).toBeUndefined();
    const done = { type: "completeTask", taskId: "task", agentId: a, output: bytes("out") } as const;
    for (const wrong of [0n, BigInt(token) - 1n, BigInt(token) + 1n, 2n ** 64n - 1n]) {
      expect(world.refused({ ...done, token: wrong }).refused).toBe("LEASE_TOKEN_MISMATCH");
    }
    fail(world, "task", a);
    const again = world.ok(claiming(a)).detail?.token ?? 0;
    expect(again).toBe(token + 1);
    expect(world.refused({ ...done, token: BigInt(token) }).refused).toBe("LEASE_TOKEN_MISMATCH");
    expect(
      world.refused({ type: "failTask", taskId: "task", agentId: a, reason: "", token: BigInt(token) })
        .refused,
    ).toBe("LEASE_TOKEN_MISMATCH");
    expect(world.ok({ ...done, token: BigInt(again) }).detail.task.status).toBe("completed");
    expect(world.ok({ ...done, token: BigInt(again) }).detail.task.status).toBe("completed");
    expect(world.refused({ ...done, output: bytes("other"), token: BigInt(again) }).refused).toBe(
      "TASK_NOT_CLAIMED",
    );
  });

  it("AK-EXT-ListTasks AK-K14 AK-K15 counts the claims that were lost, and not those that were given up", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", longLived), world.agent("b", longLived)];
    createTask(world, "task", { ttlSeconds: 10, maxRetries: 5 });
    const lost = (): number | undefined => world.state.tasks.get("task")?.lostCount;
    claim(world, a);
    world.advance(10_000);
    expect(lost()).toBe(1);
    claim(world, b);
    world.ok({ type: "deregister", agentId: b });
    expect(lost()).toBe(2);
    claim(world, a);
    fail(world, "task", a);
    claim(world, a);
    world.ok({
      type: "releaseLease",
      taskId: "task",
      agentId: a,
      token: BigInt(acquire(world, "task", a).lease.token),
    });
    expect([lost(), task(world, "task").retryCount]).toEqual([2, 1]);
    world.expectReplayEqual();
  });
});

describe("a task that may lose so many claims", () => {
  const lose = (world: World, how: "expiry" | "death"): void => {
    const agentId = world.agent("doomed", longLived);
    claim(world, agentId);
    if (how === "expiry") {
      world.advance(10_000);
    } else {
      world.ok({ type: "deregister", agentId });
    }
  };

  it.each([
    ["expiry", 2, "claim expired; lost 3 times", "lease.expired"],
    ["death", 2, "agent died; lost 3 times", "lease.released"],
    ["death", 0, "agent died; lost once", "lease.released"],
  ] as const)("AK-EXT-CreateTask is dead after one %s more than %i", (how, maxLost, reason, leaseEnd) => {
    const world = createWorld();
    createTask(world, "task", { ttlSeconds: 10, maxRetries: 5, maxLost });
    for (let lost = 1; lost <= maxLost; lost += 1) {
      lose(world, how);
      expect(task(world, "task")).toMatchObject({ status: "pending", retryCount: 0 });
    }
    world.fresh();
    lose(world, how);
    expect(task(world, "task")).toMatchObject({ status: "dead", retryCount: 0, failureReason: reason });
    expect(world.state.tasks.get("task")?.lostCount).toBe(maxLost + 1);
    expect(world.topics().slice(-2)).toEqual([leaseEnd, "task.dead"]);
    world.restart();
    expect(world.state.tasks.get("task")).toMatchObject({ status: "dead", lostCount: maxLost + 1, maxLost });
    world.expectReplayEqual();
  });

  it("AK-EXT-CreateTask what was given up, released or undone is not lost, and the newest finished ones are kept", () => {
    const world = createWorld({ finishedRetention: 1 });
    const a = world.agent("a", longLived);
    createTask(world, "task", { ttlSeconds: 10, maxRetries: 5, maxLost: 0 });
    claim(world, a);
    fail(world, "task", a);
    claim(world, a);
    const token = BigInt(acquire(world, "task", a).lease.token);
    world.ok({ type: "releaseLease", taskId: "task", agentId: a, token });
    world.ok({ type: "claimTask", agentId: a, requestId: "r" });
    world.ok({ type: "withdraw", requestId: "r" });
    expect(task(world, "task")).toMatchObject({ status: "pending", retryCount: 1 });
    lose(world, "expiry");
    createTask(world, "next", { ttlSeconds: 10, maxLost: 0 });
    lose(world, "death");
    expect([...world.state.tasks.keys()]).toEqual(["next"]);
  });

  it("AK-EXT-CreateTask AK-K14 without a bound is given out for ever", () => {
    const world = createWorld();
    createTask(world, "task", { ttlSeconds: 10 });
    for (let lost = 1; lost <= 1_100; lost += 1) {
      lose(world, lost % 2 === 0 ? "expiry" : "death");
    }
    expect([task(world, "task").status, world.state.tasks.get("task")?.lostCount]).toEqual([
      "pending",
      1_100,
    ]);
  });
});

describe("cancelling", () => {
  const cancel = (world: World, taskId: string, reason = "not needed") =>
    world.ok({ type: "cancelTask", taskId, reason }).detail;

  it("AK-EXT-CancelTask a waiting task is dead, and nobody gets it", () => {
    const world = createWorld();
    createTask(world, "task");
    world.topics();
    expect(cancel(world, "task")).toMatchObject({ task: { status: "dead", failureReason: "not needed" } });
    expect(world.topics()).toEqual(["task.dead"]);
    const waiting = world.waits(claiming(world.agent("a", longLived)));
    expect([answerTo(world, waiting), world.state.pending.size]).toEqual(["still waiting", 0]);
    world.expectReplayEqual();
  });

  it("AK-EXT-CancelTask a claimed task is dead at once, its claim is released, and the key passes on", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", longLived), world.agent("b", longLived)];
    createTask(world, "task", { maxRetries: 5 });
    claim(world, a);
    const inLine = world.waits({
      type: "acquireLease",
      taskId: "task",
      agentId: b,
      ttlSeconds: 0,
      waitMs: 1_000,
    });
    world.topics();
    cancel(world, "task");
    expect(world.topics()).toEqual(["lease.released", "task.dead", "lease.acquired"]);
    expect(world.answers.get(inLine)).toMatchObject({ acquired: true });
    expect(task(world, "task")).toMatchObject({ status: "dead", claimedByAgentId: a, retryCount: 0 });
    for (const late of ["completeTask", "failTask"] as const) {
      const named = { taskId: "task", agentId: a, output: bytes(""), reason: "" };
      expect(world.refused({ type: late, ...named }).refused).toBe("TASK_NOT_CLAIMED");
    }
  });

  it("AK-EXT-CancelTask what has ended is refused, and the oldest of too many ended ones are forgotten", () => {
    const world = createWorld({ finishedRetention: 1 });
    for (const id of ["t1", "t2"]) {
      createTask(world, id);
      cancel(world, id);
    }
    expect([...world.state.tasks.keys()]).toEqual(["t2"]);
    expect(world.refused({ type: "cancelTask", taskId: "t2", reason: "" }).refused).toBe("TASK_NOT_CLAIMED");
    expect(world.refused({ type: "cancelTask", taskId: "t1", reason: "" }).refused).toBe("TASK_NOT_FOUND");
    expect(world.refused({ type: "cancelTask", taskId: "", reason: "" }).refused).toBe("FIELD_EMPTY");
    const long = { type: "cancelTask", taskId: "t2", reason: "r".repeat(8_193) } as const;
    expect(world.refused(long).refused).toBe("FIELD_TOO_LONG");
  });
});
