// The delay that keeps others away after a lease has ended badly, and the fences that outlast it.
import { describe, expect, it } from "vitest";
import { agentsOf, answered, asking, holder, inLine, type Wanted } from "./key-line.ts";
import { acquire, answerTo, claim, createTask, deregister, heartbeat, longLived, release } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

describe("a lock delay", () => {
  const locked = (world: World, a: string, more: Wanted = {}): void => {
    world.ok(asking(a, { ttlSeconds: 10, lockDelayMs: 5_000, ...more }));
  };

  it("AK-EXT-Acquire keeps others away after an expiry, for as long as the holder had asked", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    locked(world, a);
    expect(world.ok(asking(b))).toMatchObject({ acquired: false, retryAfterMs: 15_000 });
    world.advance(10_000);
    expect(holder(world)).toBeUndefined();
    expect(world.ok(asking(b))).toMatchObject({
      acquired: false,
      lease: { holderAgentId: a },
      retryAfterMs: 5_000,
    });
    world.advance(4_999);
    expect(world.ok(asking(b)).acquired).toBe(false);
    world.advance(1);
    expect(world.ok(asking(b)).acquired).toBe(true);
  });

  it("AK-EXT-Acquire keeps others away after the holder's death, however it died, but not after a release", () => {
    for (const end of ["death", "deregistration", "release"] as const) {
      const world = createWorld();
      const a = world.agent("a", { ttlSeconds: 2 });
      const b = world.agent("b", longLived);
      const { lease } = world.ok(asking(a, { ttlSeconds: 600, lockDelayMs: 5_000 }));
      switch (end) {
        case "death":
          world.advance(4_000);
          break;
        case "deregistration":
          deregister(world, a);
          break;
        case "release":
          release(world, lease);
          break;
      }
      expect(holder(world)).toBeUndefined();
      expect([end, world.ok(asking(b)).acquired]).toEqual([end, end === "release"]);
    }
  });

  it("AK-EXT-Acquire does not hold for the last holder itself, whose new lease lifts it", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    locked(world, a);
    world.advance(10_000);
    const again = world.ok(asking(a));
    expect([again.acquired, again.alreadyHeld]).toEqual([true, false]);
    release(world, again.lease);
    expect(world.ok(asking(b)).acquired).toBe(true);
    expect(world.state.locked.size).toBe(0);
  });

  it("AK-EXT-Acquire AK-L3 answers AcquireLease with the lease that ended", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const { lease } = world.ok(asking(a, { ttlSeconds: 10, lockDelayMs: 60_000 }));
    world.advance(10_000);
    expect(acquire(world, "key", b)).toMatchObject({ acquired: false, lease });
    expect(
      world.refused({
        type: "renewLease",
        taskId: "key",
        agentId: a,
        token: BigInt(lease.token),
        ttlSeconds: 0,
      }).refused,
    ).toBe("LEASE_NOT_HELD");
    expect(world.refused({ type: "getLease", taskId: "key" }).refused).toBe("LEASE_NOT_HELD");
  });

  it("AK-X5 those in line wait until it is over, and the last holder may pass them", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    locked(world, a);
    const other = inLine(world, b);
    world.advance(10_000);
    expect([holder(world), answered(world, other)]).toEqual([undefined, undefined]);
    world.advance(5_000);
    expect(answered(world, other)).toEqual([true, b, false]);

    const patient = inLine(world, a);
    world.ok(asking(b, { ttlSeconds: 10, lockDelayMs: 5_000 }));
    const itself = world.ok(asking(b, { ttlSeconds: 10 }));
    expect(itself.alreadyHeld).toBe(true);
    world.advance(10_000);
    const again = world.ok(asking(b, { waitMs: 1_000 }));
    expect([again.acquired, answered(world, patient)]).toEqual([true, undefined]);
  });

  it("AK-EXT-Acquire a renewal keeps it, another Acquire of the holder may set it anew, up to 60 s", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const { lease } = world.ok(asking(a, { ttlSeconds: 10, lockDelayMs: 60_000 }));
    world.ok({ type: "renewLease", taskId: "key", agentId: a, token: BigInt(lease.token), ttlSeconds: 20 });
    expect(world.ok(asking(b)).retryAfterMs).toBe(80_000);
    world.ok(asking(a, { ttlSeconds: 20, lockDelayMs: 1_000 }));
    expect(world.ok(asking(b)).retryAfterMs).toBe(21_000);
    acquire(world, "key", a, 20);
    expect(world.ok(asking(b)).retryAfterMs).toBe(21_000);
    expect(world.refused(asking(a, { lockDelayMs: 60_001 })).refused).toBe("TTL_OUT_OF_RANGE");
    expect(world.refused(asking(a, { lockDelayMs: -1 })).refused).toBe("TTL_OUT_OF_RANGE");
  });

  it("AK-K10 a task whose id is locked waits until the delay is over", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    world.ok(asking(a, { taskId: "job", ttlSeconds: 10, lockDelayMs: 5_000 }));
    createTask(world, "job");
    world.advance(10_000);
    const claiming = world.waits({ type: "claimTask", agentId: b });
    world.advance(4_999);
    expect(answerTo(world, claiming)).toBe("still waiting");
    world.advance(1);
    expect(answerTo(world, claiming)).toBe("job");
  });

  it("AK-Z4 AK-T9 a pause and a restart lengthen it, and a replay knows it", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    locked(world, a);
    world.advance(10_000);
    world.pause(60_000);
    world.advance(4_000);
    expect(world.ok(asking(b))).toMatchObject({ acquired: false, retryAfterMs: 1_000 });
    world.expectReplayEqual();
    world.restart();
    expect(world.ok(asking(b))).toMatchObject({ acquired: false, retryAfterMs: 5_000 });
    world.advance(5_000);
    expect(world.ok(asking(b)).acquired).toBe(true);
  });
});

describe("fences", () => {
  const validate = (world: World, token: number, taskId = "key") =>
    world.ok({ type: "validateFence", taskId, token: BigInt(token) });

  it("AK-EXT-ValidateFence knows the highest token of a key while it is held, after it, and over restarts", () => {
    const world = createWorld();
    const [a = "", b = ""] = agentsOf(world, 2);
    const first = acquire(world, "key", a, 10).lease.token;
    expect(validate(world, first)).toEqual({ current: true, currentToken: first });
    world.advance(10_000);
    expect(validate(world, first)).toEqual({ current: true, currentToken: first });
    const second = acquire(world, "key", b).lease.token;
    acquire(world, "other", a);
    heartbeat(world, a);
    for (const again of [false, true]) {
      if (again) {
        world.restart();
      }
      expect(validate(world, first)).toEqual({ current: false, currentToken: second });
      expect(validate(world, second)).toEqual({ current: true, currentToken: second });
    }
    expect(validate(world, 0, "unknown")).toEqual({ current: false, currentToken: 0 });
    expect(world.refused({ type: "validateFence", taskId: "", token: 0n }).refused).toBe("FIELD_EMPTY");
  });

  it("AK-EXT-ValidateFence AK-K7 a claim is a grant like any other", () => {
    const world = createWorld();
    const [a = ""] = agentsOf(world, 1);
    createTask(world, "job");
    claim(world, a);
    const token = world.state.leases.get("job")?.token ?? 0;
    expect(validate(world, token, "job")).toEqual({ current: true, currentToken: token });
  });
});
