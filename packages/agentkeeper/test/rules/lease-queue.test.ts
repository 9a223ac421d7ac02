// The line for a held key, and the delay that keeps others away after a lease has ended badly.
import { describe, expect, it } from "vitest";
import { agentsOf, answered, asking, holder, inLine } from "./key-line.ts";
import {
  acquire,
  answerTo,
  claim,
  createTask,
  deregister,
  fail,
  heartbeat,
  longLived,
  release,
  task,
} from "./steps.ts";
import { createWorld } from "./world.ts";

describe("the line", () => {
  it("AK-X5 first come, first served, each under the next token", () => {
    const world = createWorld();
    const [a = "", b = "", c = "", d = ""] = agentsOf(world, 4);
    let { lease } = acquire(world, "key", a);
    const tickets = [b, c, d].map((agentId) => inLine(world, agentId));
    for (const [index, agentId] of [b, c, d].entries()) {
      release(world, lease);
      const { token } = lease;
      expect(answered(world, tickets[index] ?? 0)).toEqual([true, agentId, false]);
      lease = acquire(world, "key", agentId).lease;
      expect(lease.token).toBe(token + 1);
    }
    expect(world.state.leaseWaiters.size).toBe(0);
  });

  it("AK-X5 AK-L10 the key passes on at the deadline, at the death, and when the claim of a task ends", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    acquire(world, "key", a, 10);
    const second = inLine(world, b, { ttlSeconds: 20 });
    const third = inLine(world, c);
    world.advance(9_999);
    expect(holder(world)).toBe(a);
    world.topics();
    world.advance(1);
    expect(world.topics()).toEqual(["lease.expired", "lease.acquired"]);
    expect(answered(world, second)).toEqual([true, b, false]);
    expect(world.state.leases.get("key")?.ttlSeconds).toBe(20);
    deregister(world, b);
    expect(answered(world, third)).toEqual([true, c, false]);
    expect(world.topics()).toEqual(["agent.died", "lease.released", "lease.acquired"]);

    createTask(world, "job");
    claim(world, a);
    const waiting = inLine(world, c, { taskId: "job" });
    fail(world, "job", a);
    expect(answered(world, waiting)).toEqual([true, c, false]);
  });

  it("AK-X5 who cancels never gets the key", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    const { lease } = acquire(world, "key", a);
    const [gone, next] = [inLine(world, b), inLine(world, c)];
    world.cancel(gone);
    release(world, lease);
    expect([holder(world), answered(world, gone), answered(world, next)]).toEqual([
      c,
      undefined,
      [true, c, false],
    ]);
    expect(world.events.some((event) => "lease" in event && event.lease.holderAgentId === b)).toBe(false);
  });

  it("AK-X5 who cancels after the grant, before its answer has left, gives the key to the next", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    const { lease } = acquire(world, "key", a);
    const [gone, next] = [inLine(world, b), inLine(world, c)];
    release(world, lease);
    expect(holder(world)).toBe(b);
    world.cancel(gone);
    expect([holder(world), answered(world, next)]).toEqual([c, [true, c, false]]);
    world.cancel(gone);
    expect(holder(world)).toBe(c);
  });

  it("AK-X5 a grant that its holder has used since is not given back by a late cancel", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const { lease } = acquire(world, "key", a);
    const ticket = inLine(world, b);
    release(world, lease);
    acquire(world, "key", b);
    world.cancel(ticket);
    expect(holder(world)).toBe(b);
  });

  it("AK-X5 AK-K10 a grant that has become a claim is not taken from under its task", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const { lease } = acquire(world, "job", a);
    createTask(world, "job");
    const key = inLine(world, b, { taskId: "job" });
    const claiming = world.waits({ type: "claimTask", agentId: b });
    release(world, lease);
    expect(answerTo(world, claiming)).toBe("job");
    world.cancel(key);
    expect([task(world, "job").status, world.state.leases.get("job")?.agentId]).toEqual(["claimed", b]);
  });

  it("AK-X5 who dies in line ends AGENT_DEAD and never gets the key", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    const { lease } = acquire(world, "key", a);
    const [dying, twice, next] = [inLine(world, b), inLine(world, b), inLine(world, c)];
    deregister(world, b);
    expect([answerTo(world, dying), answerTo(world, twice)]).toEqual(["AGENT_DEAD", "AGENT_DEAD"]);
    release(world, lease);
    expect(answered(world, next)).toEqual([true, c, false]);
    expect(world.refused(asking(b, { waitMs: 1_000 })).refused).toBe("AGENT_DEAD");
  });

  it("AK-X5 AK-L12 who is unreachable keeps its place and gets the key", () => {
    const world = createWorld();
    const a = world.agent("a", longLived);
    const silent = world.agent("silent", { ttlSeconds: 10 });
    const { lease } = acquire(world, "key", a);
    const ticket = inLine(world, silent);
    world.advance(10_000);
    release(world, lease);
    expect(answered(world, ticket)).toEqual([true, silent, false]);
  });

  it("AK-X5 a wait ends at its time, not before, with the lease that is in the way then", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    const { lease } = acquire(world, "key", a, 600);
    const ticket = inLine(world, b, { waitMs: 1_500 });
    const later = inLine(world, c, { waitMs: 1_501 });
    world.advance(1_499);
    expect(answered(world, ticket)).toBeUndefined();
    world.advance(1);
    expect(world.answers.get(ticket)).toMatchObject({ acquired: false, lease: { token: lease.token } });
    expect(world.answers.get(ticket)).toMatchObject({ retryAfterMs: 598_500 });
    expect(answered(world, later)).toBeUndefined();
    world.advance(1);
    release(world, lease);
    expect([answered(world, later), holder(world)]).toEqual([[false, a, false], undefined]);
    expect(world.state.deadlines.size).toBe(3);
  });

  it("AK-X5 AK-T7 a key that came free in time is had, though time is judged only after the wait", () => {
    const world = createWorld();
    const [a = "", b = "", c = "", d = ""] = agentsOf(world, 4);
    acquire(world, "key", a, 1);
    const [patient, first, second] = [
      inLine(world, b, { waitMs: 10_000 }),
      inLine(world, c, { waitMs: 1_500 }),
      inLine(world, d, { waitMs: 2_000 }),
    ];
    world.skip(5_000);
    heartbeat(world, a);
    expect(answered(world, patient)).toEqual([true, b, false]);
    expect(answered(world, first)).toEqual([false, b, false]);
    expect(answered(world, second)).toEqual([false, b, false]);
    const alone = createWorld();
    const [x = "", y = ""] = agentsOf(alone, 2);
    acquire(alone, "key", x, 1);
    const only = inLine(alone, y, { waitMs: 2_000 });
    alone.skip(5_000);
    heartbeat(alone, x);
    expect(answered(alone, only)).toEqual([true, y, false]);
  });

  it("AK-X5 AK-L4 an agent that asks twice gets the key for both its calls", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = agentsOf(world, 3);
    const { lease } = acquire(world, "key", a);
    const [first, other, second] = [inLine(world, b), inLine(world, c), inLine(world, b, { ttlSeconds: 90 })];
    release(world, lease);
    expect(answered(world, first)).toEqual([true, b, false]);
    expect(answered(world, second)).toEqual([true, b, true]);
    expect(answered(world, other)).toBeUndefined();
    expect(world.state.leases.get("key")?.ttlSeconds).toBe(90);
    // The first call may be gone, as after a lost connection; the second one was answered.
    world.cancel(first);
    expect(holder(world)).toBe(b);
  });

  it("AK-X5 AK-X4 a repeat of the request in line is told the same grant", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const { lease } = acquire(world, "key", a);
    const [lost, repeat] = [inLine(world, b, { requestId: "r" }), inLine(world, b, { requestId: "r" })];
    release(world, lease);
    expect(answered(world, repeat)).toEqual([true, b, false]);
    world.cancel(lost);
    expect(holder(world)).toBe(b);
    expect(world.ok(asking(b, { requestId: "r" }))).toMatchObject({ acquired: true, alreadyHeld: false });
  });

  it("AK-X5 keys of two lines pass on in the order in which they came free", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    for (const taskId of ["y", "x"]) {
      acquire(world, taskId, a);
      inLine(world, b, { taskId });
    }
    world.fresh();
    deregister(world, a);
    expect(
      world.fresh().map((event) => ("lease" in event ? `${event.topic} ${event.lease.taskId}` : event.topic)),
    ).toEqual(["agent.died", "lease.released x", "lease.released y", "lease.acquired x", "lease.acquired y"]);
  });

  it("AK-X5 AK-T9 a pause of the daemon lengthens the wait as it lengthens the lease", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    acquire(world, "key", a, 10);
    const ticket = inLine(world, b, { waitMs: 5_000 });
    world.pause(60_000);
    world.advance(4_999);
    expect(answered(world, ticket)).toBeUndefined();
    world.advance(1);
    expect(answered(world, ticket)).toEqual([false, a, false]);
  });
});
