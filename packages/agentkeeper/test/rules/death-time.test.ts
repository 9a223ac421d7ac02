// When an agent that falls silent is missed, and when it is dead.
import { describe, expect, it } from "vitest";
import { acquire, campaign, claim, createTask, deregister, find, heartbeat, statusOf } from "./steps.ts";
import { createWorld, startWall } from "./world.ts";

describe("heartbeats and the time of death", () => {
  it("AK-T1 an agent is ALIVE before its deadline and UNREACHABLE at it, with one event", () => {
    const world = createWorld();
    const agentId = world.agent("silent", { ttlSeconds: 10 });
    world.fresh();
    world.skip(9_999);
    expect(statusOf(world, agentId)).toBe("alive");
    expect(world.topics()).toEqual([]);
    world.skip(1);
    expect(statusOf(world, agentId)).toBe("unreachable");
    expect(world.fresh()).toMatchObject([
      {
        topic: "agent.unreachable",
        agent: { agentId, status: "unreachable" },
        occurredAt: startWall + 10_000,
      },
    ]);
  });

  it("AK-T1 the deadline counts from the last heartbeat", () => {
    const world = createWorld();
    const agentId = world.agent("beats", { ttlSeconds: 10 });
    world.skip(9_999);
    heartbeat(world, agentId);
    world.skip(9_999);
    expect(statusOf(world, agentId)).toBe("alive");
    world.skip(1);
    expect(statusOf(world, agentId)).toBe("unreachable");
  });

  it("AK-T2 at twice the time it is DEAD, with one event and all that follows", () => {
    const world = createWorld();
    const agentId = world.agent("silent", { ttlSeconds: 10 });
    acquire(world, "key", agentId, 600);
    campaign(world, "group", agentId);
    world.advance(19_999);
    expect(statusOf(world, agentId)).toBe("unreachable");
    world.fresh();
    world.advance(1);
    expect(world.topics()).toEqual(["agent.died", "lease.released", "leader.changed"]);
    expect(statusOf(world, agentId)).toBe("dead");
    world.advance(86_400_000);
    expect(world.topics()).toEqual([]);
  });

  it("AK-T2 the second deadline counts from the first, however late that was noticed", () => {
    const world = createWorld();
    const agentId = world.agent("silent", { ttlSeconds: 10 });
    world.fresh();
    world.skip(19_000);
    expect(statusOf(world, agentId)).toBe("unreachable");
    world.skip(1_000);
    expect(statusOf(world, agentId)).toBe("dead");
    expect(world.topics()).toEqual(["agent.unreachable", "agent.died"]);
  });

  it("AK-T3 time alone brings each deadline at its own moment, never earlier", () => {
    const world = createWorld();
    world.agent("two", { ttlSeconds: 1 });
    world.agent("three", { ttlSeconds: 3 });
    world.fresh();
    world.advance(60_000);
    const moments = world.fresh().map((event) => [event.topic, event.occurredAt - startWall]);
    expect(moments).toEqual([
      ["agent.unreachable", 2_000],
      ["agent.unreachable", 3_000],
      ["agent.died", 4_000],
      ["agent.died", 6_000],
    ]);
  });

  it("AK-T4 the heartbeat of an ALIVE agent moves its time and is no event", () => {
    const world = createWorld();
    const agentId = world.agent();
    world.fresh();
    world.advance(5_000);
    heartbeat(world, agentId);
    expect(world.topics()).toEqual([]);
    expect(world.ok({ type: "getAgent", agentId }).agent).toMatchObject({
      status: "alive",
      registeredAt: startWall,
      lastHeartbeatAt: startWall + 5_000,
    });
  });

  it("AK-T5 the heartbeat of an UNREACHABLE agent brings it back, with one event and its full time", () => {
    const world = createWorld();
    const agentId = world.agent("back", { ttlSeconds: 10 });
    world.advance(15_000);
    world.fresh();
    heartbeat(world, agentId);
    expect(world.fresh()).toMatchObject([
      {
        topic: "agent.recovered",
        agent: { agentId, status: "alive", lastHeartbeatAt: startWall + 15_000 },
      },
    ]);
    world.advance(9_999);
    expect(statusOf(world, agentId)).toBe("alive");
    expect(find(world)).toEqual([agentId]);
    world.advance(1);
    expect(statusOf(world, agentId)).toBe("unreachable");
    world.advance(10_000);
    expect(statusOf(world, agentId)).toBe("dead");
  });

  it("AK-T6 no heartbeat raises the dead, and none makes the unknown known", () => {
    const world = createWorld();
    const [silent, gone] = [world.agent("silent", { ttlSeconds: 2 }), world.agent("gone")];
    deregister(world, gone);
    world.advance(4_000);
    world.fresh();
    for (const agentId of [silent, gone]) {
      expect(world.refused({ type: "heartbeat", agentId })).toMatchObject({
        refused: "AGENT_DEAD",
        code: "not_found",
        metadata: { agent_id: agentId },
      });
      expect(statusOf(world, agentId)).toBe("dead");
    }
    expect(world.refused({ type: "heartbeat", agentId: "nobody" })).toMatchObject({
      refused: "AGENT_NOT_FOUND",
      code: "not_found",
    });
    expect(world.topics()).toEqual([]);
  });

  it("AK-T7 what time has brought counts for every request, in the order of the deadlines", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", { ttlSeconds: 2 }), world.agent("b", { ttlSeconds: 600 })];
    acquire(world, "short", a, 3);
    acquire(world, "long", a, 600);
    campaign(world, "group", a);
    campaign(world, "group", b);
    world.fresh();
    world.skip(4_000);
    expect(acquire(world, "long", b).acquired).toBe(true);
    expect(world.topics()).toEqual([
      "agent.unreachable",
      "lease.expired",
      "agent.died",
      "lease.released",
      "leader.changed",
      "lease.acquired",
    ]);
  });

  it("AK-T7 a task that a late look sets free goes to nobody whose own time is over too", () => {
    const world = createWorld();
    const [owner, waiter] = [
      world.agent("owner", { ttlSeconds: 600 }),
      world.agent("waiter", { ttlSeconds: 6 }),
    ];
    createTask(world, "task", { ttlSeconds: 5 });
    claim(world, owner);
    world.waits({ type: "claimTask", agentId: waiter });
    world.fresh();
    world.skip(7_000);
    expect(world.ok({ type: "getTask", taskId: "task" }).task.status).toBe("pending");
    expect(world.topics()).toEqual(["lease.expired", "task.requeued", "agent.unreachable"]);
  });

  it("AK-T8 a step of the wall clock ends nothing and delays nothing", () => {
    for (const step of [-3_600_000, 3_600_000]) {
      const world = createWorld();
      const agentId = world.agent("steady", { ttlSeconds: 10 });
      acquire(world, "key", agentId, 5);
      world.fresh();
      world.stepWallClock(step);
      world.advance(4_999);
      expect(world.topics()).toEqual([]);
      world.advance(1);
      expect(world.topics()).toEqual(["lease.expired"]);
      world.advance(4_999);
      expect(statusOf(world, agentId)).toBe("alive");
      world.advance(1);
      expect(statusOf(world, agentId)).toBe("unreachable");
    }
  });

  it("AK-T8 timestamps never run backwards within a store", () => {
    const world = createWorld();
    const agentId = world.agent();
    world.advance(5_000);
    acquire(world, "before", agentId);
    world.stepWallClock(-3_600_000);
    expect(acquire(world, "after", agentId).lease.acquiredAt).toBe(startWall + 5_000);
    world.restart();
    world.advance(1_000);
    expect(acquire(world, "later", agentId).lease.acquiredAt).toBe(startWall + 5_000);
    expect(world.events.map(({ occurredAt }) => occurredAt)).toEqual([
      startWall,
      startWall + 5_000,
      startWall + 5_000,
      startWall + 5_000,
    ]);
  });

  it("AK-T9 a pause of the daemon moves agents, leases and claims alike, and kills nobody", () => {
    const world = createWorld();
    const agentId = world.agent("patient", { ttlSeconds: 10 });
    acquire(world, "key", agentId, 8);
    createTask(world, "task", { ttlSeconds: 9 });
    claim(world, agentId);
    world.advance(5_000);
    world.fresh();
    world.pause(3_600_000);
    world.advance(2_999);
    expect(world.topics()).toEqual([]);
    world.advance(1);
    expect(world.topics()).toEqual(["lease.expired"]);
    world.advance(1_000);
    expect(world.topics()).toEqual(["lease.expired", "task.requeued"]);
    world.advance(1_000);
    expect(world.topics()).toEqual(["agent.unreachable"]);
    world.advance(9_999);
    expect(statusOf(world, agentId)).toBe("unreachable");
    world.advance(1);
    expect(world.topics()).toEqual(["agent.died"]);
    world.expectReplayEqual();
  });

  it("AK-T9 what is armed after a pause is not moved by it", () => {
    const world = createWorld();
    world.pause(60_000);
    const agentId = world.agent("late", { ttlSeconds: 10 });
    expect(acquire(world, "key", agentId, 5).lease.expiresAt).toBe(startWall + 65_000);
    world.advance(5_000);
    expect(world.topics()).toEqual(["agent.registered", "lease.acquired", "lease.expired"]);
    world.advance(5_000);
    expect(world.topics()).toEqual(["agent.unreachable"]);
  });

  it("AK-Z4 a restart gives everyone who is not dead a full fresh time, the unreachable too, and is no event", () => {
    const world = createWorld();
    const [alive, silent] = [
      world.agent("alive", { ttlSeconds: 10 }),
      world.agent("silent", { ttlSeconds: 6 }),
    ];
    const dead = world.agent("dead");
    deregister(world, dead);
    world.advance(9_000);
    world.fresh();
    world.restart();
    expect([alive, silent, dead].map((agentId) => statusOf(world, agentId))).toEqual([
      "alive",
      "alive",
      "dead",
    ]);
    expect(find(world)).toEqual([alive, silent]);
    world.advance(5_999);
    expect(world.topics()).toEqual([]);
    world.advance(1);
    expect(statusOf(world, silent)).toBe("unreachable");
    world.advance(3_999);
    expect(statusOf(world, alive)).toBe("alive");
    world.advance(1);
    expect(statusOf(world, alive)).toBe("unreachable");
  });
});
