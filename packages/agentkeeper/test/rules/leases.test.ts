// Leases, as the wire document numbers their rules.
import { describe, expect, it } from "vitest";
import { createWorld, startWall, type World } from "./world.ts";

const acquire = (world: World, taskId: string, agentId: string, ttlSeconds = 0) =>
  world.ok({ type: "acquireLease", taskId, agentId, ttlSeconds });

describe("leases", () => {
  it("AK-L1 only one agent holds a key, of up to 1,024 bytes", () => {
    const world = createWorld();
    const [a, b] = [world.agent(), world.agent()];
    expect(acquire(world, "k".repeat(1_024), a).acquired).toBe(true);
    expect(acquire(world, "k".repeat(1_024), b).acquired).toBe(false);
    const tooLong = world.refused({
      type: "acquireLease",
      taskId: "é".repeat(513),
      agentId: a,
      ttlSeconds: 0,
    });
    expect(tooLong).toMatchObject({ refused: "FIELD_TOO_LONG", metadata: { field: "task_id" } });
  });

  it("AK-L2 a free key is granted with a full lease and one event", () => {
    const world = createWorld();
    const a = world.agent();
    world.fresh();
    const { acquired, lease } = acquire(world, "key", a, 120);
    expect(acquired).toBe(true);
    expect(lease).toMatchObject({
      taskId: "key",
      holderAgentId: a,
      acquiredAt: startWall,
      expiresAt: startWall + 120_000,
    });
    expect(world.fresh()).toMatchObject([{ topic: "lease.acquired", lease }]);
  });

  it("AK-L3 a key held by another answers that lease, token included, and changes nothing", () => {
    const world = createWorld();
    const [a, b] = [world.agent(), world.agent()];
    const held = acquire(world, "key", a);
    world.fresh();
    expect(acquire(world, "key", b)).toMatchObject({ acquired: false, lease: held.lease });
    expect(world.topics()).toEqual([]);
  });

  it("AK-L4 the holder gets its own lease again: same token, same start, fresh time", () => {
    const world = createWorld();
    const a = world.agent();
    const first = acquire(world, "key", a, 60);
    world.advance(1_000);
    world.fresh();
    const second = acquire(world, "key", a, 10);
    expect(second.acquired).toBe(true);
    expect(second.lease).toEqual({ ...first.lease, expiresAt: startWall + 11_000 });
    expect(world.topics()).toEqual(["lease.renewed"]);
  });

  it("AK-L5 a time of 0 is 60 seconds; above a week is refused", () => {
    const world = createWorld();
    const a = world.agent();
    expect(acquire(world, "key", a, 0).lease.expiresAt).toBe(startWall + 60_000);
    expect(acquire(world, "week", a, 604_800).acquired).toBe(true);
    const refusal = world.refused({ type: "acquireLease", taskId: "long", agentId: a, ttlSeconds: 604_801 });
    expect(refusal).toMatchObject({ refused: "TTL_OUT_OF_RANGE", code: "invalid_argument" });
  });

  it("AK-L6 tokens start from the clock and grow by one per grant over all keys, restarts included", () => {
    const world = createWorld();
    const a = world.agent();
    const first = Math.floor(startWall / 1_000) * 2 ** 20 + 1;
    expect(acquire(world, "one", a).lease.token).toBe(first);
    expect(acquire(world, "two", a).lease.token).toBe(first + 1);
    expect(acquire(world, "two", a).lease.token).toBe(first + 1);
    world.restart();
    world.ok({ type: "releaseLease", taskId: "one", agentId: a, token: BigInt(first) });
    expect(acquire(world, "one", a).lease.token).toBe(first + 2);
    expect(Number.isSafeInteger(first + 2)).toBe(true);
  });

  it("AK-L7 a renewal counts from now, may shorten, keeps the token, and 0 means the time last applied", () => {
    const world = createWorld();
    const a = world.agent();
    const { lease } = acquire(world, "key", a, 100);
    const renew = (ttlSeconds: number) =>
      world.ok({ type: "renewLease", taskId: "key", agentId: a, token: BigInt(lease.token), ttlSeconds })
        .lease;
    world.advance(5_000);
    world.fresh();
    expect(renew(20)).toEqual({ ...lease, expiresAt: startWall + 25_000 });
    world.advance(5_000);
    expect(renew(0)).toEqual({ ...lease, expiresAt: startWall + 30_000 });
    expect(world.topics()).toEqual(["lease.renewed", "lease.renewed"]);
  });

  it("AK-L8 another token or another agent is refused and changes nothing", () => {
    const world = createWorld();
    const [a, b] = [world.agent(), world.agent()];
    const token = BigInt(acquire(world, "key", a).lease.token);
    world.fresh();
    for (const wrong of [
      { agentId: a, token: 0n },
      { agentId: a, token: token + 1n },
      { agentId: a, token: 2n ** 64n - 1n },
      { agentId: b, token },
    ]) {
      for (const command of [
        { type: "renewLease", taskId: "key", ttlSeconds: 5, ...wrong },
        { type: "releaseLease", taskId: "key", ...wrong },
      ] as const) {
        expect(world.refused(command)).toMatchObject({
          refused: "LEASE_TOKEN_MISMATCH",
          code: "permission_denied",
        });
      }
    }
    expect(world.topics()).toEqual([]);
  });

  it("AK-L9 renew and release of a free key are not found", () => {
    const world = createWorld();
    const agentId = world.agent();
    for (const command of [
      { type: "renewLease", taskId: "key", agentId, token: 1n, ttlSeconds: 0 },
      { type: "releaseLease", taskId: "key", agentId, token: 1n },
    ] as const) {
      expect(world.refused(command)).toMatchObject({ refused: "LEASE_NOT_HELD", code: "not_found" });
    }
  });

  it("AK-L10 at its deadline a lease is gone with one event, and no renewal revives it", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", { ttlSeconds: 600 }), world.agent("b", { ttlSeconds: 600 })];
    const { lease } = acquire(world, "key", a, 10);
    world.skip(9_999);
    expect(acquire(world, "key", b).acquired).toBe(false);
    world.skip(1);
    world.fresh();
    const late = {
      type: "renewLease",
      taskId: "key",
      agentId: a,
      token: BigInt(lease.token),
      ttlSeconds: 5,
    } as const;
    expect(world.refused(late).refused).toBe("LEASE_NOT_HELD");
    expect(world.topics()).toEqual(["lease.expired"]);
    expect(acquire(world, "key", b).acquired).toBe(true);
    expect(world.refused(late).refused).toBe("LEASE_TOKEN_MISMATCH");
  });

  it("AK-L11 a release frees the key at once", () => {
    const world = createWorld();
    const [a, b] = [world.agent(), world.agent()];
    const { lease } = acquire(world, "key", a);
    world.fresh();
    world.ok({ type: "releaseLease", taskId: "key", agentId: a, token: BigInt(lease.token) });
    expect(world.topics()).toEqual(["lease.released"]);
    expect(acquire(world, "key", b).acquired).toBe(true);
  });

  it("AK-L12 unknown and dead agents cannot acquire, unreachable ones can", () => {
    const world = createWorld();
    const [a, silent] = [world.agent("a", { ttlSeconds: 600 }), world.agent("silent", { ttlSeconds: 10 })];
    world.ok({ type: "deregister", agentId: a });
    const attempt = (agentId: string) =>
      ({ type: "acquireLease", taskId: "key", agentId, ttlSeconds: 0 }) as const;
    expect(world.refused(attempt("nobody"))).toMatchObject({ refused: "AGENT_NOT_FOUND", code: "not_found" });
    expect(world.refused(attempt(a))).toMatchObject({ refused: "AGENT_DEAD", code: "not_found" });
    world.advance(10_000);
    expect(world.ok({ type: "getAgent", agentId: silent }).agent.status).toBe("unreachable");
    expect(world.ok(attempt(silent)).acquired).toBe(true);
  });

  it("AK-L13 heartbeats do not extend leases", () => {
    const world = createWorld();
    const a = world.agent("a", { ttlSeconds: 4 });
    acquire(world, "key", a, 5);
    for (let second = 0; second < 4; second += 1) {
      world.advance(1_000);
      world.ok({ type: "heartbeat", agentId: a });
    }
    world.fresh();
    world.advance(1_000);
    expect(world.topics()).toEqual(["lease.expired"]);
  });

  it("AK-L14 AK-L15 each grant has one end event, with the lease as it last was", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", { ttlSeconds: 600 }), world.agent("b", { ttlSeconds: 600 })];
    const released = acquire(world, "released", a, 60).lease;
    world.ok({ type: "releaseLease", taskId: "released", agentId: a, token: BigInt(released.token) });
    const expired = acquire(world, "expired", a, 1).lease;
    world.advance(1_000);
    const orphaned = acquire(world, "orphaned", b, 60).lease;
    world.ok({ type: "deregister", agentId: b });
    world.advance(120_000);
    const ends = world.events.filter(({ topic }) => topic === "lease.released" || topic === "lease.expired");
    expect(ends).toMatchObject([
      { topic: "lease.released", lease: released },
      { topic: "lease.expired", lease: expired },
      { topic: "lease.released", lease: orphaned },
    ]);
    const died = world.events.findIndex((event) => event.topic === "agent.died");
    expect(world.events[died + 1]).toMatchObject({ topic: "lease.released", lease: orphaned });
  });

  it("AK-L16 checks come in this order: empty fields, time, agent, held, match", () => {
    const world = createWorld();
    const agentId = world.agent();
    const tooLong = 604_801;
    expect(
      world.refused({ type: "acquireLease", taskId: "", agentId: "nobody", ttlSeconds: tooLong }).refused,
    ).toBe("FIELD_EMPTY");
    expect(
      world.refused({ type: "acquireLease", taskId: "key", agentId: "", ttlSeconds: tooLong }).refused,
    ).toBe("FIELD_EMPTY");
    expect(
      world.refused({ type: "acquireLease", taskId: "key", agentId: "nobody", ttlSeconds: tooLong }).refused,
    ).toBe("TTL_OUT_OF_RANGE");
    expect(
      world.refused({ type: "renewLease", taskId: "key", agentId, token: 0n, ttlSeconds: tooLong }).refused,
    ).toBe("TTL_OUT_OF_RANGE");
    expect(
      world.refused({ type: "renewLease", taskId: "key", agentId: "nobody", token: 0n, ttlSeconds: 1 })
        .refused,
    ).toBe("LEASE_NOT_HELD");
  });

  it("AK-L17 a resource that keeps the highest token refuses the late write of a former holder", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a", { ttlSeconds: 600 }), world.agent("b", { ttlSeconds: 600 })];
    const stale = acquire(world, "key", a, 1).lease.token;
    world.advance(1_000);
    const current = acquire(world, "key", b, 60).lease.token;
    expect(current).toBeGreaterThan(stale);
  });

  it("AK-T9 a pause of the daemon moves the end of a lease, and what it shows", () => {
    const world = createWorld();
    const a = world.agent("a", { ttlSeconds: 600 });
    acquire(world, "key", a, 10);
    world.advance(5_000);
    world.pause(60_000);
    world.fresh();
    world.advance(4_999);
    expect(world.topics()).toEqual([]);
    world.advance(1);
    expect(world.fresh()).toMatchObject([
      { topic: "lease.expired", lease: { expiresAt: startWall + 70_000 } },
    ]);
  });
});
