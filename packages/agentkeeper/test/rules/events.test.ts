// The events of the bus: which there are, how they count, and what they say. Streams are tested over sockets.
import { anyIs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import {
  AgentInfoSchema,
  ElectionStateSchema,
  LeaseSchema,
  PolicySchema,
  TaskSchema,
} from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { KeeperMachine } from "../../src/local/rules/machine.ts";
import type { State } from "../../src/local/rules/model/state.ts";
import { viewAgent, viewElection, viewLease, viewTask } from "../../src/local/rules/model/state-views.ts";
import type { BusEvent } from "../../src/local/rules/model/views.ts";
import { encodeEvent } from "../../src/local/surface/encode.ts";
import { acquire, longLived, noBytes } from "./steps.ts";
import { tellStory } from "./story.ts";
import { createWorld, startWall, type World } from "./world.ts";

const storyOf = (): World => {
  const world = createWorld();
  tellStory(world);
  return world;
};

const upstream = [
  "agent.registered",
  "agent.unreachable",
  "agent.died",
  "lease.acquired",
  "lease.renewed",
  "lease.expired",
  "lease.released",
  "leader.changed",
];
const additive = [
  "agent.recovered",
  "task.created",
  "task.claimed",
  "task.completed",
  "task.requeued",
  "task.dead",
  "policy.set",
  "policy.deleted",
];

const schemas = {
  agent: AgentInfoSchema,
  lease: LeaseSchema,
  leader: ElectionStateSchema,
  task: TaskSchema,
  policy: PolicySchema,
};

const isConcept = (name: string): name is keyof typeof schemas => name in schemas;

/** What the state says about the thing that an event is about; nothing if it is there no longer. */
function present(state: State, event: BusEvent): unknown {
  if ("agent" in event) {
    const agent = state.agents.get(event.agent.agentId);
    return agent && viewAgent(agent);
  }
  if ("lease" in event) {
    const lease = state.leases.get(event.lease.taskId);
    return lease && viewLease(state, lease);
  }
  if ("election" in event) {
    const election = state.elections.get(event.election.group);
    return election && viewElection(election);
  }
  if ("task" in event) {
    const task = state.tasks.get(event.task.id);
    return task && { ...viewTask(task), input: noBytes, output: noBytes };
  }
  return state.policies.get(event.policy.id);
}

function payloadOf(event: BusEvent): unknown {
  if ("agent" in event) {
    return event.agent;
  }
  if ("lease" in event) {
    return event.lease;
  }
  if ("election" in event) {
    return event.election;
  }
  return "task" in event ? event.task : event.policy;
}

describe("events", () => {
  it("AK-V2 AK-V3 these are the topics, and no others", () => {
    const topics = new Set(storyOf().events.map(({ topic }) => topic));
    expect([...topics].sort()).toEqual([...upstream, ...additive].sort());
  });

  it("AK-V2 AK-V3 each topic carries the message of its concept, with a slash before its name", () => {
    for (const event of storyOf().events) {
      const { topic, payload } = encodeEvent(event);
      const concept = topic.slice(0, topic.indexOf("."));
      expect(isConcept(concept), topic).toBe(true);
      if (isConcept(concept)) {
        expect(payload?.typeUrl).toBe(`type.googleapis.com/${schemas[concept].typeName}`);
        expect(payload && anyIs(payload, schemas[concept])).toBe(true);
      }
    }
  });

  it("AK-V3 events of tasks are without input and output", () => {
    const tasks = storyOf().events.flatMap((event) => ("task" in event ? [event.task] : []));
    expect(tasks.length).toBeGreaterThan(0);
    for (const { input, output } of tasks) {
      expect([input.length, output.length]).toEqual([0, 0]);
    }
  });

  it("AK-V4 sequences begin with 1 and have no hole over all topics, refusals and restarts included", () => {
    const world = storyOf();
    world.refused({ type: "getAgent", agentId: "nobody" });
    world.restart();
    world.agent();
    const sequences = world.events.map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(world.state.sequence).toBe(sequences.length);
    expect(encodeEvent(world.events[0] ?? expect.fail("no event")).sequenceNumber).toBe(1n);
  });

  it("AK-V5 the sequences of one topic rise, and have holes where other topics are", () => {
    const leases = storyOf().events.filter(({ topic }) => topic.startsWith("lease."));
    const steps = leases.slice(1).map(({ sequence }, index) => sequence - (leases[index]?.sequence ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...steps)).toBeGreaterThan(1);
  });

  it("AK-V6 each change is one event, in the order of the changes", () => {
    const world = createWorld();
    const agentId = world.agent();
    for (const key of ["a", "b", "c"]) {
      acquire(world, key, agentId);
    }
    const seen = world.fresh().map((event) => ("lease" in event ? event.lease.taskId : event.topic));
    expect(seen).toEqual(["agent.registered", "a", "b", "c"]);
  });

  it("AK-V8 every acknowledged change is in the log before its answer, and the log gives the state back", () => {
    const world = storyOf();
    const kinds = world.history.flatMap((moment) => {
      switch (moment.kind) {
        case "event":
          return [moment.event.topic];
        case "call":
          return [`answer to ${moment.command.type}`];
        default:
          return [];
      }
    });
    const before = (answer: string) => new Set(kinds.filter((_, index) => kinds[index + 1] === answer));
    expect(before("answer to register")).toEqual(new Set(["agent.registered"]));
    expect(before("answer to acquireLease")).toEqual(new Set(["lease.acquired", "lease.renewed"]));
    expect(before("answer to completeTask")).toEqual(new Set(["task.completed"]));
    expect(before("answer to setPolicy")).toEqual(new Set(["policy.set"]));
    world.expectReplayEqual();
  });

  it("AK-V12 the time of an event is that of its change, to the millisecond", () => {
    const world = createWorld();
    world.advance(1_234);
    world.agent();
    const [event = expect.fail("no event")] = world.events;
    expect(event.occurredAt).toBe(startWall + 1_234);
    expect(encodeEvent(event).occurredAt).toMatchObject({ nanos: 234_000_000 });
  });

  it("AK-V12 times never fall along sequences, whatever the clock does", () => {
    const world = storyOf();
    world.stepWallClock(7_200_000);
    world.agent("later", longLived);
    world.stepWallClock(-7_200_000);
    world.agent("earlier", longLived);
    const times = world.events.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("AK-V12 the payload is the state right after the event; what has ended is as it last was", () => {
    const ends: string[] = [];
    const watching = (machine: KeeperMachine): KeeperMachine => ({
      ...machine,
      apply(state, record, now) {
        const event = machine.apply(state, record, now);
        if (event !== undefined) {
          const there = present(state, event);
          expect(payloadOf(event), event.topic).toEqual(there ?? payloadOf(event));
          if (there === undefined) {
            ends.push(event.topic);
          }
        }
        return event;
      },
    });
    const world = createWorld({}, watching);
    tellStory(world);
    expect(new Set(ends)).toEqual(new Set(["lease.expired", "lease.released", "policy.deleted"]));
  });
});
