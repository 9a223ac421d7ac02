// Registration under our own wire: repeats, names that are taken over, names that must be free.
import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import { acquire, campaign, claim, createTask, deregister, longLived, statusOf, task } from "./steps.ts";
import { card, createWorld, type World } from "./world.ts";

let fresh = 0;
const registration = (
  name: string,
  more: Partial<CommandOf<"registerAgent">> = {},
): CommandOf<"registerAgent"> => {
  fresh += 1;
  return {
    type: "registerAgent",
    agentId: `fresh-${fresh}`,
    card: card(name),
    ttlSeconds: 600,
    requestId: "",
    replace: false,
    unique: false,
    ...more,
  };
};
const idOf = (world: World, command: CommandOf<"registerAgent">): string =>
  world.ok(command).detail.agent.agentId;

describe("registration with a request id", () => {
  it("AK-X4 a repeat within the hour answers the first agent and changes nothing", () => {
    const world = createWorld();
    const first = idOf(world, registration("a", { requestId: "r" }));
    const { sequence } = world.state;
    world.advance(600_000 - 1);
    world.ok({ type: "heartbeat", agentId: first });
    world.topics();
    expect(idOf(world, registration("a", { requestId: "r" }))).toBe(first);
    expect(idOf(world, registration("another card", { requestId: "r" }))).toBe(first);
    expect([world.topics(), world.state.sequence]).toEqual([[], sequence]);
    expect(idOf(world, registration("a", { requestId: "other" }))).not.toBe(first);
  });

  it("AK-X4 is remembered for an hour, over restarts, whatever has become of the agent", () => {
    const world = createWorld();
    const first = idOf(world, registration("a", { requestId: "r", ttlSeconds: 86_400 }));
    deregister(world, first);
    world.restart();
    world.skip(3_599_999);
    const repeat = world.ok(registration("a", { requestId: "r" }));
    expect([repeat.detail.agent.agentId, repeat.detail.agent.status]).toEqual([first, "dead"]);
    world.skip(1);
    expect(idOf(world, registration("a", { requestId: "r" }))).not.toBe(first);
  });

  it("AK-X4 ids of two kinds of requests do not meet", () => {
    const world = createWorld();
    const first = idOf(world, registration("a", { requestId: "r" }));
    const acquired = world.ok({
      type: "acquireLease",
      taskId: "key",
      agentId: first,
      ttlSeconds: 0,
      requestId: "r",
    });
    expect(acquired).toMatchObject({ acquired: true, alreadyHeld: false });
    expect(idOf(world, registration("a", { requestId: "r" }))).toBe(first);
  });

  it("AK-X4 a refused request is not remembered", () => {
    const world = createWorld();
    const bad = registration("", { requestId: "r" });
    expect(world.refused(bad).refused).toBe("FIELD_EMPTY");
    expect(world.refused(registration("a", { requestId: "r", ttlSeconds: 86_401 })).refused).toBe(
      "TTL_OUT_OF_RANGE",
    );
    const first = idOf(world, registration("a", { requestId: "r" }));
    expect(statusOf(world, first)).toBe("alive");
    expect(world.refused(registration("a", { requestId: "x".repeat(65) })).refused).toBe("FIELD_TOO_LONG");
  });
});

describe("registration that replaces", () => {
  it("AK-EXT-RegisterAgent ends the holder of the name in the same step, with all that follows from it", () => {
    const world = createWorld();
    const old = world.agent("name", longLived);
    const standby = world.agent("standby", longLived);
    acquire(world, "key", old);
    createTask(world, "job");
    claim(world, old);
    campaign(world, "group", old);
    campaign(world, "group", standby);
    world.topics();
    const reply = world.ok(registration("name", { agentId: "new", replace: true, requestId: "r" }));
    expect(reply.replacedAgentId).toBe(old);
    expect(world.topics()).toEqual([
      "agent.died",
      "lease.released",
      "task.requeued",
      "lease.released",
      "leader.changed",
      "agent.registered",
    ]);
    expect(world.state.agents.get(old)?.deathCause).toBe("replaced");
    expect(task(world, "job")).toMatchObject({ status: "pending", failureReason: "agent died" });
    expect(world.state.elections.get("group")?.leaderAgentId).toBe(standby);
    const { replacedAgentId } = world.ok(registration("name", { replace: true, requestId: "r" }));
    expect([replacedAgentId, statusOf(world, "new")]).toEqual([old, "alive"]);
    world.restart();
    expect(world.ok(registration("name", { replace: true, requestId: "r" })).replacedAgentId).toBe(old);
    world.expectReplayEqual();
  });

  it("AK-EXT-RegisterAgent a refused registration ends nobody", () => {
    const world = createWorld();
    const old = world.agent("name", longLived);
    for (const more of [{ ttlSeconds: 86_401 }, { card: card("name", { version: "v".repeat(129) }) }]) {
      world.refused(registration("name", { replace: true, ...more }));
      expect(statusOf(world, old)).toBe("alive");
    }
  });

  it("AK-EXT-RegisterAgent leaves the dead and those of other names alone, and ends who is unreachable", () => {
    const world = createWorld();
    const gone = world.agent("name", longLived);
    deregister(world, gone);
    const other = world.agent("other", longLived);
    expect(world.ok(registration("name", { replace: true, ttlSeconds: 10 })).replacedAgentId).toBe("");
    world.advance(10_000);
    const silent = [...world.state.agents.values()].find(({ status }) => status === "unreachable");
    expect(world.ok(registration("name", { replace: true })).replacedAgentId).toBe(silent?.agentId);
    expect([statusOf(world, other), world.state.agents.get(gone)?.deathCause]).toEqual([
      "alive",
      "deregistered",
    ]);
  });

  it("AK-EXT-RegisterAgent AK-R11 works where no dead are kept", () => {
    const world = createWorld({ deadRetention: 0 });
    const old = world.agent("name", longLived);
    acquire(world, "key", old);
    const reply = world.ok(registration("name", { replace: true }));
    expect([reply.replacedAgentId, world.state.leases.size, world.state.agents.size]).toEqual([old, 0, 1]);
  });
});

describe("registration of unique names", () => {
  it("AK-EXT-RegisterAgent AK-ERR-NAME_TAKEN unique refuses a live holder, whatever the daemon's flag", () => {
    for (const uniqueNames of [false, true]) {
      const world = createWorld({ uniqueNames });
      const old = world.agent("name", longLived);
      expect(world.refused(registration("name", { unique: true }))).toMatchObject({
        refused: "NAME_TAKEN",
        metadata: { name: "name" },
      });
      expect(world.ok(registration("name", { unique: true, replace: true })).replacedAgentId).toBe(old);
      deregister(world, [...world.state.agents.keys()].at(-1) ?? "");
      expect(world.ok(registration("name", { unique: true })).replacedAgentId).toBe("");
    }
  });

  it("AK-R4 with --unique-names a plain registration is refused on both wires, and a repeat is not", () => {
    const world = createWorld({ uniqueNames: true });
    const first = idOf(world, registration("name", { requestId: "r" }));
    expect(world.refused(registration("name")).refused).toBe("NAME_TAKEN");
    expect(world.refused({ type: "register", agentId: "x", card: card("name"), ttlSeconds: 0 }).refused).toBe(
      "NAME_TAKEN",
    );
    expect(idOf(world, registration("name", { requestId: "r" }))).toBe(first);
  });
});
