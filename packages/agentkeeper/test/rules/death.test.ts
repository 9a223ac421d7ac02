// The death of an agent: one step, one block of events, in this order.
import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../src/local/rules/model/views.ts";
import { acquire, answerTo, campaign, claim, createTask, deregister, longLived, task } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

/** What each event is about, in one line. */
const line = (event: BusEvent): string => {
  if ("agent" in event) {
    return `${event.topic} ${event.agent.agentId}`;
  }
  if ("lease" in event) {
    return `${event.topic} ${event.lease.taskId}`;
  }
  if ("election" in event) {
    return `${event.topic} ${event.election.group} ${event.election.leaderAgentId}`;
  }
  return "task" in event ? `${event.topic} ${event.task.id}` : event.topic;
};

/** An agent with leases, claims, groups it leads and groups it waits in, and another that waits for all of it. */
function rich(world: World): { dying: string; heir: string; ticket: number } {
  const dying = world.agent("dying", { ttlSeconds: 10 });
  const heir = world.agent("heir", longLived);
  for (const group of ["g\u{1f600}", "g\u{ffee}", "a"]) {
    campaign(world, group, dying);
  }
  campaign(world, "a", heir);
  campaign(world, "heirs", heir);
  campaign(world, "heirs", dying);
  for (const id of ["t2", "t1"]) {
    createTask(world, id, { ttlSeconds: 600 });
    claim(world, dying);
  }
  for (const key of ["z", "k\u{1f600}", "k\u{ffee}"]) {
    acquire(world, key, dying, 600);
  }
  const ticket = world.waits({ type: "claimTask", agentId: heir });
  world.fresh();
  return { dying, heir, ticket };
}

describe.each(["by its own word", "by silence"])("death %s", (how) => {
  const kill = (world: World, agentId: string): BusEvent[] => {
    if (how === "by silence") {
      world.skip(10_000);
      world.expectReplayEqual();
      world.ok({ type: "getAgent", agentId });
      world.fresh();
      world.skip(10_000);
      world.ok({ type: "getAgent", agentId });
    } else {
      deregister(world, agentId);
    }
    return world.fresh();
  };

  it("AK-DEATH-1 agent.died comes first, with the agent as DEAD", () => {
    const world = createWorld();
    const { dying } = rich(world);
    const [first] = kill(world, dying);
    expect(first).toMatchObject({ topic: "agent.died", agent: { agentId: dying, status: "dead" } });
  });

  it("AK-DEATH-2 then its leases by the bytes of their keys, each claim with its task", () => {
    const world = createWorld();
    const { dying } = rich(world);
    const lines = kill(world, dying).map(line);
    expect(lines.slice(1, 8)).toEqual([
      "lease.released k\u{ffee}",
      "lease.released k\u{1f600}",
      "lease.released t1",
      "task.requeued t1",
      "lease.released t2",
      "task.requeued t2",
      "lease.released z",
    ]);
  });

  it("AK-DEATH-3 then the groups it led by their bytes; where it only waited nothing is told", () => {
    const world = createWorld();
    const { dying, heir } = rich(world);
    const lines = kill(world, dying).map(line);
    expect(lines.slice(8, 11)).toEqual([
      `leader.changed a ${heir}`,
      "leader.changed g\u{ffee} ",
      "leader.changed g\u{1f600} ",
    ]);
    expect(world.state.elections.get("heirs")?.candidates).toEqual([]);
  });

  it("AK-DEATH-4 only then come the new claims of what it left, and the block has no hole", () => {
    const world = createWorld();
    const { dying, heir, ticket } = rich(world);
    const before = world.events.length;
    const block = kill(world, dying);
    expect(block.slice(11).map(line)).toEqual(["lease.acquired t1", "task.claimed t1"]);
    const from = how === "by silence" ? before + 2 : before + 1;
    expect(block.map(({ sequence }) => sequence)).toEqual(block.map((_, index) => from + index));
    expect(answerTo(world, ticket)).toBe("t1");
    expect(task(world, "t1").claimedByAgentId).toBe(heir);
    expect(task(world, "t2")).toMatchObject({ status: "pending", failureReason: "agent died" });
    world.expectReplayEqual();
  });

  it("AK-DEATH-4 what it waited for goes to others, and its own call ends", () => {
    const world = createWorld();
    const [dying, owner] = [world.agent("dying", { ttlSeconds: 10 }), world.agent("owner", longLived)];
    const ticket = world.waits({ type: "claimTask", agentId: dying });
    kill(world, dying);
    expect(answerTo(world, ticket)).toBe("AGENT_DEAD");
    createTask(world, "task");
    expect(task(world, "task").status).toBe("pending");
    expect(claim(world, owner).id).toBe("task");
  });
});
