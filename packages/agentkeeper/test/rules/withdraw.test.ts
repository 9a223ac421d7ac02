// A caller that has given its request up keeps nothing of it, in whatever order request and withdrawal arrive.
import { describe, expect, it } from "vitest";
import { acquire, claim, complete, createTask, longLived, task } from "./steps.ts";
import { card, createWorld, type World } from "./world.ts";

const agentsOf = (world: World): [string, string] => [
  world.agent("a", longLived),
  world.agent("b", longLived),
];

const withdraw = (world: World, requestId = "r"): boolean =>
  world.ok({ type: "withdraw", requestId }).givenBack;

const acquireFor = (agentId: string, waitMs = 0) =>
  ({ type: "acquireLease", taskId: "key", agentId, ttlSeconds: 0, requestId: "r", waitMs }) as const;

describe("a withdrawn claim", () => {
  it("AK-EXT-Withdraw is undone: the task has its old place, and no loss and no retry is counted", () => {
    const world = createWorld();
    const [a, b] = agentsOf(world);
    createTask(world, "first", { maxRetries: 1, maxLost: 1 });
    createTask(world, "second");
    world.ok({ type: "claimTask", agentId: a, requestId: "r" });
    world.fresh();
    expect(withdraw(world)).toBe(true);
    expect(world.topics()).toEqual(["lease.released", "task.requeued"]);
    expect(task(world, "first")).toMatchObject({ status: "pending", retryCount: 0, failureReason: "" });
    expect([claim(world, b).id, world.state.tasks.get("first")?.lostCount]).toEqual(["first", 0]);
    expect(withdraw(world)).toBe(false);
    world.expectReplayEqual();
  });

  it("AK-EXT-Withdraw a call that waits ends, and one that comes later is refused for ten minutes", () => {
    const world = createWorld();
    const [a] = agentsOf(world);
    const waiting = world.waits({ type: "claimTask", agentId: a, requestId: "r" });
    expect(withdraw(world)).toBe(false);
    expect(world.answers.get(waiting)).toMatchObject({ refused: "REQUEST_WITHDRAWN" });
    createTask(world, "task");
    expect(world.refused({ type: "claimTask", agentId: a, requestId: "r" }).refused).toBe(
      "REQUEST_WITHDRAWN",
    );
    expect(task(world, "task").status).toBe("pending");
    world.advance(600_000);
    expect(world.ok({ type: "claimTask", agentId: a, requestId: "r" }).task?.id).toBe("task");
  });

  it("AK-EXT-Withdraw over a restart too, but not once the claim was renewed or has ended", () => {
    const world = createWorld();
    const [a] = agentsOf(world);
    createTask(world, "task");
    world.ok({ type: "claimTask", agentId: a, requestId: "r" });
    world.restart();
    expect(withdraw(world)).toBe(true);
    world.ok({ type: "claimTask", agentId: a, requestId: "known" });
    acquire(world, "task", a);
    world.restart();
    expect([withdraw(world, "known"), task(world, "task").status]).toEqual([false, "claimed"]);
    complete(world, "task", a);
    createTask(world, "next");
    world.ok({ type: "claimTask", agentId: a, requestId: "ended" });
    complete(world, "next", a);
    expect([withdraw(world, "ended"), task(world, "next").status]).toEqual([false, "completed"]);
  });

  it("AK-EXT-ClaimTask AK-X4 a repeat is told of its claim again, and takes the place of a call that still waits", () => {
    const world = createWorld();
    const [a] = agentsOf(world);
    const lost = world.waits({ type: "claimTask", agentId: a, requestId: "r" });
    const repeat = world.waits({ type: "claimTask", agentId: a, requestId: "r" });
    expect(world.answers.get(lost)).toMatchObject({ refused: "REQUEST_WITHDRAWN" });
    createTask(world, "first");
    createTask(world, "second");
    expect(world.answers.get(repeat)).toMatchObject({ task: { id: "first" } });
    world.cancel(lost);
    const again = world.ok({ type: "claimTask", agentId: a, requestId: "r" });
    expect([again.task?.id, again.detail?.token]).toEqual(["first", world.state.leases.get("first")?.token]);
    expect(task(world, "second").status).toBe("pending");
  });
});

describe("a withdrawn acquisition", () => {
  it("AK-EXT-Withdraw the key is free at once, without its lock delay, and goes to whoever waits", () => {
    const world = createWorld();
    const [a, b] = agentsOf(world);
    world.ok({ ...acquireFor(a), lockDelayMs: 5_000 });
    const next = world.waits({ ...acquireFor(b, 10_000), requestId: "other" });
    world.fresh();
    expect(withdraw(world)).toBe(true);
    expect(world.topics()).toEqual(["lease.released", "lease.acquired"]);
    expect(world.answers.get(next)).toMatchObject({ acquired: true, lease: { holderAgentId: b } });
    world.expectReplayEqual();
  });

  it("AK-EXT-Withdraw a call in line ends, with all its repeats, and one that comes later is refused", () => {
    const world = createWorld();
    const [a, b] = agentsOf(world);
    acquire(world, "key", a);
    const calls = [world.waits(acquireFor(b, 10_000)), world.waits(acquireFor(b, 10_000))];
    expect(withdraw(world)).toBe(false);
    for (const call of calls) {
      expect(world.answers.get(call)).toMatchObject({ refused: "REQUEST_WITHDRAWN" });
    }
    expect(world.refused(acquireFor(b)).refused).toBe("REQUEST_WITHDRAWN");
    expect([world.state.leaseTickets.size, world.state.waitingRequests.size]).toEqual([0, 0]);
  });

  it("AK-EXT-Withdraw what the agent has by another request, or has renewed, stays its own", () => {
    const world = createWorld();
    const [a] = agentsOf(world);
    const { lease } = world.ok({ ...acquireFor(a), requestId: "first" });
    world.ok(acquireFor(a));
    expect(withdraw(world)).toBe(false);
    expect(withdraw(world, "first")).toBe(false);
    world.restart();
    expect(withdraw(world, "first")).toBe(false);
    expect(world.state.leases.get("key")?.token).toBe(lease.token);
  });

  it("AK-EXT-Withdraw over a restart too", () => {
    const world = createWorld();
    const [a] = agentsOf(world);
    world.ok(acquireFor(a));
    world.restart();
    expect([withdraw(world), world.state.leases.size]).toEqual([true, 0]);
  });
});

describe("a withdrawn registration", () => {
  const registration = { type: "registerAgent", agentId: "new", card: card("a"), ttlSeconds: 0 } as const;
  const once = { ...registration, requestId: "r", replace: false, unique: false };

  it("AK-EXT-Withdraw ends the agent, and a registration that comes later is refused", () => {
    const world = createWorld();
    world.ok(once);
    expect(withdraw(world)).toBe(true);
    expect(world.state.agents.get("new")).toMatchObject({ status: "dead", deathCause: "deregistered" });
    expect(withdraw(world)).toBe(false);
    expect(world.refused({ ...once, agentId: "late" }).refused).toBe("REQUEST_WITHDRAWN");
    world.expectReplayEqual();
  });
});

it("AK-EXT-Withdraw asks for a request id of an allowed length", () => {
  const world = createWorld();
  expect(world.refused({ type: "withdraw", requestId: "" }).refused).toBe("FIELD_EMPTY");
  expect(world.refused({ type: "withdraw", requestId: "x".repeat(65) }).refused).toBe("FIELD_TOO_LONG");
});
