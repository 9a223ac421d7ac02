// Elections, as the wire document numbers their rules.
import { describe, expect, it } from "vitest";
import { campaign, deregister, heartbeat, longLived } from "./steps.ts";
import { createWorld, startWall, type World } from "./world.ts";

const resign = (world: World, group: string, agentId: string) => world.ok({ type: "resign", group, agentId });

const inGroup = (world: World, count: number): string[] => {
  const agents = Array.from({ length: count }, () => world.agent(undefined, longLived));
  for (const agentId of agents) {
    campaign(world, "group", agentId);
  }
  world.fresh();
  return agents;
};

/** Who led after each change, and in which term. */
const changes = (world: World): [string, number][] =>
  world
    .fresh()
    .flatMap((event) => ("election" in event ? [event.election] : []))
    .map(({ leaderAgentId, term }) => [leaderAgentId, term]);

describe("elections", () => {
  it("AK-E1 Campaign answers the state at once, to the leader and to those who wait", () => {
    const world = createWorld();
    const [a, b] = [world.agent(), world.agent()];
    const state = { group: "group", leaderAgentId: a, term: 1, electedAt: startWall };
    expect(campaign(world, "group", a)).toEqual(state);
    expect(campaign(world, "group", b)).toEqual(state);
  });

  it("AK-E2 the first candidate of a group leads its first term, with one event", () => {
    const world = createWorld();
    const a = world.agent();
    world.fresh();
    const election = campaign(world, "group", a);
    expect(election).toMatchObject({ leaderAgentId: a, term: 1 });
    expect(world.fresh()).toMatchObject([{ topic: "leader.changed", election, occurredAt: startWall }]);
  });

  it("AK-E3 a new candidate displaces nobody and is no event", () => {
    const world = createWorld();
    const [a] = inGroup(world, 1);
    expect(campaign(world, "group", world.agent())).toMatchObject({ leaderAgentId: a, term: 1 });
    expect(world.topics()).toEqual(["agent.registered"]);
  });

  it("AK-E4 when the leader dies, whoever has waited longest leads in the same step", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = inGroup(world, 3);
    deregister(world, a);
    expect(changes(world)).toEqual([[b, 2]]);
    deregister(world, b);
    expect(changes(world)).toEqual([[c, 3]]);
  });

  it("AK-E4 when the leader resigns, whoever has waited longest leads; to come again is to wait behind", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = inGroup(world, 3);
    resign(world, "group", b);
    campaign(world, "group", b);
    resign(world, "group", a);
    expect(changes(world)).toEqual([[c, 2]]);
    campaign(world, "group", a);
    resign(world, "group", c);
    expect(changes(world)).toEqual([[b, 3]]);
    resign(world, "group", b);
    expect(changes(world)).toEqual([[a, 4]]);
  });

  it("AK-E5 every change is one term more and one event, that of having no leader too", () => {
    const world = createWorld();
    const [a = ""] = inGroup(world, 1);
    world.advance(1_000);
    resign(world, "group", a);
    expect(world.fresh()).toMatchObject([
      {
        topic: "leader.changed",
        election: { group: "group", leaderAgentId: "", term: 2, electedAt: undefined },
        occurredAt: startWall + 1_000,
      },
    ]);
    world.advance(1_000);
    expect(campaign(world, "group", a)).toEqual({
      group: "group",
      leaderAgentId: a,
      term: 3,
      electedAt: startWall + 2_000,
    });
    expect(changes(world)).toEqual([[a, 3]]);
  });

  it("AK-E6 to campaign again changes nothing, for the leader and for those who wait", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = inGroup(world, 3);
    world.advance(1_000);
    for (const agentId of [c, b, a]) {
      expect(campaign(world, "group", agentId)).toMatchObject({
        leaderAgentId: a,
        term: 1,
        electedAt: startWall,
      });
    }
    expect(world.topics()).toEqual([]);
    for (const agentId of [a, b, c]) {
      resign(world, "group", agentId);
    }
    expect(changes(world)).toEqual([
      [b, 2],
      [c, 3],
      ["", 4],
    ]);
  });

  it("AK-E7 whoever waits may resign without a change of term or an event", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = inGroup(world, 3);
    resign(world, "group", b);
    expect(world.topics()).toEqual([]);
    expect(campaign(world, "group", a)).toMatchObject({ leaderAgentId: a, term: 1 });
    resign(world, "group", a);
    expect(changes(world)).toEqual([[c, 2]]);
  });

  it("AK-E7 to resign from what one is not in is no error and changes nothing", () => {
    const world = createWorld();
    const [a = ""] = inGroup(world, 1);
    const outsider = world.agent();
    world.fresh();
    resign(world, "group", outsider);
    resign(world, "no such group", a);
    expect(world.topics()).toEqual([]);
    expect(campaign(world, "no such group", outsider)).toMatchObject({ term: 1 });
  });

  it("AK-E7 AK-E8 the unknown and the dead neither campaign nor resign", () => {
    const world = createWorld();
    const [dead = ""] = inGroup(world, 2);
    deregister(world, dead);
    world.fresh();
    for (const type of ["campaign", "resign"] as const) {
      expect(world.refused({ type, group: "group", agentId: "nobody" })).toMatchObject({
        refused: "AGENT_NOT_FOUND",
        code: "not_found",
      });
      expect(world.refused({ type, group: "group", agentId: dead })).toMatchObject({
        refused: "AGENT_DEAD",
        code: "not_found",
      });
    }
    expect(world.topics()).toEqual([]);
  });

  it("AK-E8 the unreachable may campaign, and stay leader and candidate", () => {
    const world = createWorld();
    const [leader, waiting] = [
      world.agent("leader", { ttlSeconds: 10 }),
      world.agent("waiting", { ttlSeconds: 10 }),
    ];
    campaign(world, "group", leader);
    world.advance(15_000);
    campaign(world, "group", waiting);
    world.fresh();
    expect(campaign(world, "group", waiting)).toMatchObject({ leaderAgentId: leader, term: 1 });
    heartbeat(world, waiting);
    world.advance(5_000);
    expect(changes(world)).toEqual([[waiting, 2]]);
  });

  it("AK-E8 death removes from every group", () => {
    const world = createWorld();
    const [a = "", b = "", c = ""] = inGroup(world, 3);
    campaign(world, "other", c);
    campaign(world, "other", b);
    world.fresh();
    deregister(world, b);
    expect(world.topics()).toEqual(["agent.died"]);
    deregister(world, a);
    expect(changes(world)).toEqual([[c, 2]]);
    deregister(world, c);
    expect(changes(world)).toEqual([
      ["", 3],
      ["", 2],
    ]);
  });

  it("AK-E9 a group keeps its term, leaderless and over a restart", () => {
    const world = createWorld();
    const [a = "", b = ""] = inGroup(world, 1).concat(world.agent(undefined, longLived));
    resign(world, "group", a);
    world.restart();
    expect(campaign(world, "group", b)).toMatchObject({ leaderAgentId: b, term: 3 });
    world.restart();
    expect(campaign(world, "group", a)).toMatchObject({ leaderAgentId: b, term: 3 });
    resign(world, "group", b);
    expect(campaign(world, "group", b)).toMatchObject({ leaderAgentId: a, term: 4 });
    world.expectReplayEqual();
  });

  it("AK-E10 one agent may lead and wait in any number of groups", () => {
    const world = createWorld();
    const [a = "", b = ""] = inGroup(world, 2);
    for (let index = 0; index < 100; index += 1) {
      expect(campaign(world, `led-${index}`, a).leaderAgentId).toBe(a);
      expect(campaign(world, `led-${index}`, b).leaderAgentId).toBe(a);
    }
    world.fresh();
    deregister(world, a);
    const events = world.fresh().slice(1);
    expect(events).toHaveLength(101);
    expect(events.every((event) => "election" in event && event.election.leaderAgentId === b)).toBe(true);
  });

  it("AK-E11 a group keeps the event of its latest change as it was, over a restart too", () => {
    const world = createWorld();
    const [a = "", b = ""] = inGroup(world, 2);
    expect(world.state.elections.get("nobody came")).toBeUndefined();
    deregister(world, a);
    const latest = world.events.findLast((event) => event.topic === "leader.changed");
    expect(latest).toMatchObject({ election: { leaderAgentId: b, term: 2 } });
    expect(world.state.elections.get("group")?.latest).toEqual(latest);
    world.restart();
    expect(world.state.elections.get("group")?.latest).toEqual(latest);
  });

  it("AK-E12 whoever campaigns only to see the leader is a candidate from then on", () => {
    const world = createWorld();
    const [leader = ""] = inGroup(world, 1);
    const curious = world.agent();
    campaign(world, "group", curious);
    world.fresh();
    resign(world, "group", leader);
    expect(changes(world)).toEqual([[curious, 2]]);
  });
});
