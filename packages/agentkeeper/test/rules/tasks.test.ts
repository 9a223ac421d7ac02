// Tasks from creation to their end, as the wire document numbers their rules. How they are claimed: claims.test.ts.
import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import {
  acquire,
  bytes,
  claim,
  complete,
  createTask,
  createTaskCommand,
  deregister,
  fail,
  longLived,
  noBytes,
  release,
  task,
} from "./steps.ts";
import { createWorld, startWall, type World } from "./world.ts";

/** A task that an agent has claimed. */
function claimed(world: World, options: Parameters<typeof createTask>[2] = {}): string {
  const agentId = world.agent(undefined, longLived);
  createTask(world, "task", { ttlSeconds: 60, ...options });
  claim(world, agentId);
  world.fresh();
  return agentId;
}

describe("tasks", () => {
  it("AK-K1 a new task is PENDING, with one event", () => {
    const world = createWorld();
    world.advance(1_000);
    const created = createTask(world, "task", {
      taskType: "resize",
      input: bytes("image"),
      requiredTools: ["gpu", "gpu"],
      maxRetries: 1_000,
    });
    expect(created).toEqual({
      id: "task",
      type: "resize",
      input: bytes("image"),
      output: noBytes,
      status: "pending",
      requiredTools: ["gpu", "gpu"],
      maxRetries: 1_000,
      retryCount: 0,
      claimedByAgentId: "",
      failureReason: "",
      createdAt: startWall + 1_000,
      claimedAt: undefined,
      completedAt: undefined,
    });
    expect(world.fresh()).toMatchObject([
      { topic: "task.created", task: { ...created, input: noBytes }, occurredAt: startWall + 1_000 },
    ]);
  });

  it("AK-K1 type, input, output and retries have their bounds", () => {
    const world = createWorld();
    const mebibyte = new Uint8Array(1_048_576);
    createTask(world, "task", { taskType: "é".repeat(128), input: mebibyte });
    const refused = (options: Parameters<typeof createTask>[2]) =>
      world.refused(createTaskCommand("other", options)).refused;
    expect(refused({ taskType: "" })).toBe("FIELD_EMPTY");
    expect(refused({ taskType: `${"é".repeat(128)}a` })).toBe("FIELD_TOO_LONG");
    expect(refused({ input: new Uint8Array(1_048_577) })).toBe("FIELD_TOO_LONG");
    expect(refused({ maxRetries: 1_001 })).toBe("RETRIES_OUT_OF_RANGE");
    const agentId = world.agent();
    claim(world, agentId);
    expect(
      world.refused({ type: "completeTask", taskId: "task", agentId, output: new Uint8Array(1_048_577) }),
    ).toMatchObject({ refused: "FIELD_TOO_LONG", metadata: { field: "output" } });
    complete(world, "task", agentId, mebibyte);
  });

  it("AK-K2 the time of a task is that of each claim: 0 is 60 seconds, a week the most", () => {
    const world = createWorld();
    const agentId = world.agent("claimer", longLived);
    createTask(world, "default");
    createTask(world, "week", { ttlSeconds: 604_800 });
    expect(world.refused(createTaskCommand("longer", { ttlSeconds: 604_801 }))).toMatchObject({
      refused: "TTL_OUT_OF_RANGE",
    });
    world.advance(80_000_000);
    expect(task(world, "default").status).toBe("pending");
    claim(world, agentId);
    world.advance(59_999);
    expect(task(world, "default").status).toBe("claimed");
    world.advance(1);
    expect(task(world, "default").status).toBe("pending");
  });

  it("AK-K2 each claim of a task has the same time", () => {
    const world = createWorld();
    claimed(world, { ttlSeconds: 5 });
    world.advance(5_000);
    claim(world, world.agent());
    world.advance(4_999);
    expect(task(world, "task").status).toBe("claimed");
    world.advance(1);
    expect(task(world, "task").status).toBe("pending");
  });

  it("AK-K11 completing stores the output and ends the claim", () => {
    const world = createWorld();
    const agentId = claimed(world);
    world.advance(1_000);
    complete(world, "task", agentId, bytes("done"));
    expect(task(world, "task")).toMatchObject({
      status: "completed",
      output: bytes("done"),
      completedAt: startWall + 1_000,
      claimedByAgentId: agentId,
      claimedAt: startWall,
    });
    expect(world.topics()).toEqual(["lease.released", "task.completed"]);
    expect(acquire(world, "task", world.agent()).acquired).toBe(true);
  });

  it("AK-K12 completing again with the same output is no error and no event; with another it is", () => {
    const world = createWorld();
    const agentId = claimed(world);
    complete(world, "task", agentId, bytes("done"));
    world.fresh();
    complete(world, "task", agentId, bytes("done"));
    for (const other of [
      { agentId, output: bytes("else") },
      { agentId: world.agent(), output: bytes("done") },
    ]) {
      expect(world.refused({ type: "completeTask", taskId: "task", ...other })).toMatchObject({
        refused: "TASK_NOT_CLAIMED",
        code: "failed_precondition",
      });
    }
    expect(world.topics()).toEqual(["agent.registered"]);
    expect(task(world, "task").output).toEqual(bytes("done"));
  });

  it("AK-K13 a failure with retries left sends the task to the back, one retry more", () => {
    const world = createWorld();
    const agentId = claimed(world, { maxRetries: 1 });
    createTask(world, "next");
    world.fresh();
    fail(world, "task", agentId, "broken");
    expect(task(world, "task")).toMatchObject({ status: "pending", retryCount: 1, failureReason: "broken" });
    expect(world.topics()).toEqual(["lease.released", "task.requeued"]);
    expect([claim(world, agentId).id, claim(world, agentId).id]).toEqual(["next", "task"]);
  });

  it("AK-K13 a failure with none left is the end: there are max_retries + 1 attempts", () => {
    const world = createWorld();
    const agentId = claimed(world, { maxRetries: 2 });
    for (const attempt of [1, 2]) {
      fail(world, "task", agentId, `attempt ${attempt}`);
      claim(world, agentId);
    }
    world.fresh();
    fail(world, "task", agentId, "last");
    expect(task(world, "task")).toMatchObject({ status: "dead", retryCount: 2, failureReason: "last" });
    expect(world.topics()).toEqual(["lease.released", "task.dead"]);
    expect(acquire(world, "task", agentId).acquired).toBe(true);
  });

  it("AK-K14 an expired claim sends the task to the back and counts as no retry", () => {
    const world = createWorld();
    const agentId = claimed(world, { ttlSeconds: 5 });
    createTask(world, "next");
    world.fresh();
    world.advance(5_000);
    expect(world.topics()).toEqual(["lease.expired", "task.requeued"]);
    expect(task(world, "task")).toMatchObject({
      status: "pending",
      retryCount: 0,
      failureReason: "claim expired",
    });
    expect([claim(world, agentId).id, claim(world, agentId).id]).toEqual(["next", "task"]);
  });

  it("AK-K15 a dead claimer sends its tasks to the back, in the step of its death", () => {
    const world = createWorld();
    const agentId = claimed(world);
    createTask(world, "next");
    world.fresh();
    deregister(world, agentId);
    expect(world.topics()).toEqual(["agent.died", "lease.released", "task.requeued"]);
    expect(task(world, "task")).toMatchObject({
      status: "pending",
      retryCount: 0,
      failureReason: "agent died",
    });
    const other = world.agent();
    expect([claim(world, other).id, claim(world, other).id]).toEqual(["next", "task"]);
  });

  it("AK-K16 releasing the lease of a claim sends the task to the back", () => {
    const world = createWorld();
    const agentId = claimed(world);
    createTask(world, "next");
    const { lease } = acquire(world, "task", agentId);
    world.fresh();
    release(world, lease);
    expect(world.topics()).toEqual(["lease.released", "task.requeued"]);
    expect(task(world, "task")).toMatchObject({
      status: "pending",
      retryCount: 0,
      failureReason: "claim released",
    });
    expect(claim(world, agentId).id).toBe("next");
  });

  it("AK-K17 others may neither complete nor fail a claimed task, and nobody one that is not claimed", () => {
    const world = createWorld();
    const [owner, other] = [world.agent(), world.agent()];
    const refusals = (taskId: string, agentId: string) =>
      [
        world.refused({ type: "completeTask", taskId, agentId, output: new Uint8Array([1]) }),
        world.refused({ type: "failTask", taskId, agentId, reason: "" }),
      ].map(({ refused, code }) => `${code} ${refused}`);
    const both = (text: string) => [text, text];
    createTask(world, "task");
    world.fresh();
    expect(refusals("none", owner)).toEqual(both("not_found TASK_NOT_FOUND"));
    expect(refusals("task", owner)).toEqual(both("failed_precondition TASK_NOT_CLAIMED"));
    claim(world, owner);
    world.fresh();
    expect(refusals("task", other)).toEqual(both("permission_denied TASK_NOT_YOURS"));
    expect(refusals("task", "nobody")).toEqual(both("permission_denied TASK_NOT_YOURS"));
    expect(world.topics()).toEqual([]);
    complete(world, "task", owner);
    expect(refusals("task", owner)).toEqual(both("failed_precondition TASK_NOT_CLAIMED"));
    expect(refusals("task", other)).toEqual(both("failed_precondition TASK_NOT_CLAIMED"));
    expect(world.topics()).toEqual(["lease.released", "task.completed"]);
  });

  it("AK-K18 a task that is PENDING again says nothing of its claim; ended ones keep the last claimer", () => {
    const world = createWorld();
    const agentId = claimed(world, { maxRetries: 1 });
    fail(world, "task", agentId);
    expect(task(world, "task")).toMatchObject({
      claimedByAgentId: "",
      claimedAt: undefined,
      completedAt: undefined,
    });
    claim(world, agentId);
    fail(world, "task", agentId);
    expect(task(world, "task")).toMatchObject({
      status: "dead",
      claimedByAgentId: agentId,
      claimedAt: startWall,
      completedAt: undefined,
    });
    createTask(world, "good");
    claim(world, agentId);
    complete(world, "good", agentId);
    deregister(world, agentId);
    expect(task(world, "good")).toMatchObject({ status: "completed", claimedByAgentId: agentId });
  });

  it("AK-K19 no task is ever FAILED", () => {
    const world = createWorld();
    const agentId = claimed(world);
    fail(world, "task", agentId, "broken");
    createTask(world, "other");
    expect(world.ok({ type: "listTasks", status: "failed" }).tasks).toEqual([]);
  });

  it("AK-K20 tasks are got in any status, and listed by status in the order of their creation", () => {
    const world = createWorld();
    const agentId = world.agent();
    for (const id of ["d", "c", "b", "a"]) {
      createTask(world, id);
    }
    for (let count = 0; count < 3; count += 1) {
      claim(world, agentId);
    }
    complete(world, "d", agentId);
    fail(world, "c", agentId);
    const list = (status: CommandOf<"listTasks">["status"]) =>
      world.ok({ type: "listTasks", status }).tasks.map(({ id }) => id);
    expect(list(undefined)).toEqual(["d", "c", "b", "a"]);
    expect(list("pending")).toEqual(["a"]);
    expect(list("claimed")).toEqual(["b"]);
    expect(list("completed")).toEqual(["d"]);
    expect(list("dead")).toEqual(["c"]);
    expect(task(world, "d").status).toBe("completed");
    expect(world.refused({ type: "getTask", taskId: "none" })).toMatchObject({
      refused: "TASK_NOT_FOUND",
      code: "not_found",
      metadata: { task_id: "none" },
    });
  });

  it("AK-K20 the newest finished tasks are kept, by when they ended, and no unfinished one is forgotten", () => {
    const world = createWorld({ finishedRetention: 2 });
    const agentId = world.agent();
    for (const id of ["a", "b", "c", "waits"]) {
      createTask(world, id);
    }
    for (let count = 0; count < 3; count += 1) {
      claim(world, agentId);
    }
    complete(world, "b", agentId);
    fail(world, "c", agentId);
    world.restart();
    world.fresh();
    complete(world, "a", agentId);
    expect(world.topics()).toEqual(["lease.released", "task.completed"]);
    expect(world.refused({ type: "getTask", taskId: "b" }).refused).toBe("TASK_NOT_FOUND");
    expect(world.state.taskCounts).toEqual({ pending: 1, claimed: 0, completed: 1, dead: 1 });
    expect([...world.state.tasks.keys()]).toEqual(["a", "c", "waits"]);
    world.expectReplayEqual();
  });

  it("AK-K21 two creates of the same work make two tasks", () => {
    const world = createWorld();
    createTask(world, "first");
    createTask(world, "second");
    const agentId = world.agent();
    expect([claim(world, agentId).id, claim(world, agentId).id]).toEqual(["first", "second"]);
  });
});
