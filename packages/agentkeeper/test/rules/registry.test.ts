// The registry, as the wire document numbers its rules.
import { describe, expect, it } from "vitest";
import { deregister, find, heartbeat, longLived, statusOf } from "./steps.ts";
import { card, createWorld, startWall } from "./world.ts";

const register = (agentId: string, ttlSeconds: number) =>
  ({ type: "register", agentId, card: card("name"), ttlSeconds }) as const;

describe("registry", () => {
  it("AK-R1 Register answers the id of the new agent", () => {
    const world = createWorld();
    expect(world.ok(register("fresh", 0))).toEqual({ agentId: "fresh" });
    expect(world.fresh()).toMatchObject([{ topic: "agent.registered", agent: { agentId: "fresh" } }]);
  });

  it("AK-R2 a new agent is ALIVE, with both times set and equal", () => {
    const world = createWorld();
    const agentId = world.agent();
    expect(world.ok({ type: "getAgent", agentId }).agent).toMatchObject({
      status: "alive",
      registeredAt: startWall,
      lastHeartbeatAt: startWall,
    });
  });

  it("AK-R3 the card comes back as it was sent: capabilities, order and duplicates of tools", () => {
    const world = createWorld();
    const sent = card("name", {
      description: "",
      version: "",
      capabilities: [
        { name: "z", description: "last first" },
        { name: "", description: "" },
      ],
      tools: ["b", "a", "b"],
      metadata: { z: "1", a: "", "": "no key" },
    });
    const { agentId } = world.ok({ type: "register", agentId: "id", card: sent, ttlSeconds: 0 });
    expect(world.ok({ type: "getAgent", agentId }).agent.card).toEqual(sent);
  });

  it("AK-R4 two live agents may carry one name", () => {
    const world = createWorld();
    const both = [world.agent("orchestrator"), world.agent("orchestrator")];
    expect(find(world)).toEqual(both);
  });

  it("AK-R4 with unique names a live duplicate is refused, and the name of a dead agent is free", () => {
    const world = createWorld({ uniqueNames: true });
    const first = world.agent("name", { ttlSeconds: 10 });
    expect(world.refused(register("second", 10))).toMatchObject({
      refused: "NAME_TAKEN",
      code: "already_exists",
    });
    world.advance(10_000);
    expect(statusOf(world, first)).toBe("unreachable");
    expect(world.refused(register("second", 10)).refused).toBe("NAME_TAKEN");
    deregister(world, first);
    expect(world.ok(register("second", 10)).agentId).toBe("second");
  });

  it("AK-R5 a time of 0 is 30 seconds; a day is kept as it is; more is refused", () => {
    const world = createWorld();
    world.ok(register("default", 0));
    world.ok(register("day", 86_400));
    expect(world.refused(register("longer", 86_401))).toMatchObject({
      refused: "TTL_OUT_OF_RANGE",
      code: "invalid_argument",
      metadata: { field: "ttl_seconds" },
    });
    world.advance(29_999);
    expect(statusOf(world, "default")).toBe("alive");
    world.advance(1);
    expect(statusOf(world, "default")).toBe("unreachable");
    world.advance(86_400_000 - 30_001);
    expect(statusOf(world, "day")).toBe("alive");
    world.advance(1);
    expect(statusOf(world, "day")).toBe("unreachable");
  });

  it("AK-R6 an agent with a time of 1 has 2 seconds, so a beat at every second keeps it alive", () => {
    const world = createWorld();
    const agentId = world.agent("beats", { ttlSeconds: 1 });
    for (let second = 0; second < 10; second += 1) {
      world.skip(1_000);
      heartbeat(world, agentId);
    }
    world.advance(1_999);
    expect(world.topics()).toEqual(["agent.registered"]);
    world.advance(1);
    expect(world.topics()).toEqual(["agent.unreachable"]);
  });

  it("AK-R7 Find answers only ALIVE agents, and only those with all tools, letter by letter", () => {
    const world = createWorld();
    const both = world.agent("both", { ...longLived, tools: ["search", "write"] });
    world.agent("one", { ...longLived, tools: ["search"] });
    world.agent("other case", { ...longLived, tools: ["Search", "write"] });
    const silent = world.agent("silent", { ttlSeconds: 10, tools: ["search", "write"] });
    const gone = world.agent("gone", { ...longLived, tools: ["search", "write"] });
    deregister(world, gone);
    expect(find(world, { tools: ["write", "search"] })).toEqual([both, silent]);
    world.advance(10_000);
    expect(find(world, { tools: ["write", "search"] })).toEqual([both]);
    heartbeat(world, silent);
    expect(find(world, { tools: ["write", "search"] })).toEqual([both, silent]);
  });

  it("AK-R8 Find ranks, and keeps those that score nothing", () => {
    const world = createWorld();
    const [first, second] = [world.agent("painter"), world.agent("translator")];
    expect(find(world, { query: "translator" })).toEqual([second, first]);
    expect(find(world, { query: "quux" })).toEqual([first, second]);
  });

  it("AK-R8 a limit of 0 is 10, 1,000 is allowed, and more is refused", () => {
    const world = createWorld();
    for (let count = 0; count < 12; count += 1) {
      world.agent();
    }
    expect(find(world, { limit: 0 })).toHaveLength(10);
    expect(find(world, { limit: 3 })).toHaveLength(3);
    expect(find(world, { limit: 1_000 })).toHaveLength(12);
    expect(world.refused({ type: "find", query: "", tools: [], limit: 1_001 })).toMatchObject({
      refused: "LIMIT_OUT_OF_RANGE",
      code: "invalid_argument",
      metadata: { field: "limit" },
    });
  });

  it("AK-R8 the limit counts what is left after the tools", () => {
    const world = createWorld();
    world.agent("translator");
    const able = world.agent("painter", { tools: ["brush"] });
    expect(find(world, { query: "translator", tools: ["brush"], limit: 1 })).toEqual([able]);
  });

  it("AK-R9 without a query the oldest come first, and of the same age the smaller id", () => {
    const world = createWorld();
    world.ok(register("z", 0));
    world.skip(1);
    world.ok(register("y", 0));
    world.ok(register("x", 0));
    expect(find(world)).toEqual(["z", "x", "y"]);
  });

  it("AK-R10 GetAgent answers for every status, and not for the unknown", () => {
    const world = createWorld();
    const agentId = world.agent("agent", { ttlSeconds: 10 });
    expect(statusOf(world, agentId)).toBe("alive");
    world.advance(10_000);
    expect(statusOf(world, agentId)).toBe("unreachable");
    world.advance(10_000);
    expect(statusOf(world, agentId)).toBe("dead");
    expect(world.refused({ type: "getAgent", agentId: "nobody" })).toMatchObject({
      refused: "AGENT_NOT_FOUND",
      code: "not_found",
      metadata: { agent_id: "nobody" },
    });
  });

  it("AK-R11 the newest dead are kept, restarts included, and then forgotten without an event", () => {
    const world = createWorld({ deadRetention: 2 });
    const [a, b, c] = [world.agent(), world.agent(), world.agent()];
    for (const agentId of [b, a]) {
      deregister(world, agentId);
    }
    world.restart();
    expect([statusOf(world, a), statusOf(world, b)]).toEqual(["dead", "dead"]);
    world.fresh();
    deregister(world, c);
    expect(world.topics()).toEqual(["agent.died"]);
    expect([statusOf(world, a), statusOf(world, c)]).toEqual(["dead", "dead"]);
    expect(world.refused({ type: "getAgent", agentId: b }).refused).toBe("AGENT_NOT_FOUND");
    expect(world.refused({ type: "heartbeat", agentId: b }).refused).toBe("AGENT_NOT_FOUND");
    expect(world.state.agentCounts).toEqual({ alive: 0, unreachable: 0, dead: 2 });
    world.expectReplayEqual();
  });

  it("AK-R12 Deregister is death at once; again it is no error and no event; of the unknown it is not found", () => {
    const world = createWorld();
    const agentId = world.agent();
    world.fresh();
    deregister(world, agentId);
    expect(world.fresh()).toMatchObject([{ topic: "agent.died", agent: { agentId, status: "dead" } }]);
    deregister(world, agentId);
    expect(world.topics()).toEqual([]);
    expect(world.refused({ type: "deregister", agentId: "nobody" })).toMatchObject({
      refused: "AGENT_NOT_FOUND",
      code: "not_found",
    });
  });
});
