// Checks that cannot fail prove nothing: faults are planted in the machine, and the checker must see each of them.
import type { CommandOf } from "@x/core/service";
import { describe, expect, it } from "vitest";
import type { KeeperMachine } from "../../src/local/rules/machine.ts";
import type { Command } from "../../src/local/rules/model/commands.ts";
import type { KeeperRecord } from "../../src/local/rules/model/records.ts";
import type { Election, State } from "../../src/local/rules/model/state.ts";
import { viewTask, viewTaskDetail } from "../../src/local/rules/model/state-views.ts";
import type { KeeperTurn, KeeperTypes } from "../../src/local/rules/model/turn.ts";
import { checkHistory } from "./checks/history-check.ts";
import { Violation } from "./checks/ledger.ts";
import {
  acquire,
  campaign,
  claim,
  createTask,
  deregister,
  fail,
  heartbeat,
  longLived,
  release,
} from "./steps.ts";
import { tellStory } from "./story.ts";
import { createWorld, type World } from "./world.ts";

type Plant = (machine: KeeperMachine) => KeeperMachine;
type Fault<Type extends Command["type"]> = (
  state: State,
  command: CommandOf<KeeperTypes, Type>,
  turn: KeeperTurn,
) => void;

/** Decides a command, and then lets more happen than the rules allow. */
const afterDeciding =
  <Type extends Command["type"]>(type: Type, fault: Fault<Type>): Plant =>
  ({ commands, ...machine }) => ({
    ...machine,
    commands: {
      ...commands,
      [type](state: State, command: CommandOf<KeeperTypes, Type>, turn: KeeperTurn) {
        const reply = commands[type](state, command, turn);
        fault(state, command, turn);
        return reply;
      },
    },
  });

/** Applies another record than the one that was decided. */
const applying =
  (change: (record: KeeperRecord) => KeeperRecord): Plant =>
  (machine) => ({ ...machine, apply: (state, record, now) => machine.apply(state, change(record), now) });

interface Planted {
  readonly fault: string;
  /** The condition that must be named. */
  readonly rule: RegExp;
  readonly plant: Plant;
  readonly story: (world: World) => void;
}

const two = (world: World): readonly [string, string] => [
  world.agent("a", longLived),
  world.agent("b", longLived),
];

/** Pretends that the clock is ahead when time is judged. */
const judgesEarly: Plant = (machine) => ({
  ...machine,
  expire(state, turn) {
    const { mono, wall } = turn.now;
    const ahead = { mono: mono + 500, wall };
    machine.expire(state, { ...turn, ticket: turn.ticket, now: ahead });
  },
});

const faults: readonly Planted[] = [
  {
    fault: "double grant",
    rule: /^J1/,
    plant: afterDeciding("acquireLease", (state, command, turn) => {
      if (state.leases.get(command.taskId)?.agentId !== command.agentId) {
        turn.emit({ ...command, type: "lease.acquired", token: state.token + 1, ttlSeconds: 60 });
      }
    }),
    story(world) {
      const [a, b] = two(world);
      acquire(world, "key", a);
      acquire(world, "key", b);
    },
  },
  {
    fault: "stale token renewed",
    rule: /^J2/,
    plant: ({ commands, ...machine }) => ({
      ...machine,
      commands: {
        ...commands,
        renewLease(state, command, turn) {
          const held = state.leases.get(command.taskId);
          const right = { agentId: held?.agentId ?? "", token: BigInt(held?.token ?? 0) };
          return commands.renewLease(state, { ...command, ...right }, turn);
        },
      },
    }),
    story(world) {
      const [a, b] = two(world);
      const { lease } = acquire(world, "key", a, 1);
      world.advance(1_000);
      acquire(world, "key", b);
      world.run({ type: "renewLease", taskId: "key", agentId: a, token: BigInt(lease.token), ttlSeconds: 0 });
    },
  },
  {
    fault: "token reused",
    rule: /^J2/,
    plant: applying((record) =>
      record.type === "lease.acquired" && record.taskId === "second"
        ? { ...record, token: record.token - 1 }
        : record,
    ),
    story(world) {
      const [a, b] = two(world);
      acquire(world, "first", a);
      // Another key: a look at one key alone would see nothing.
      acquire(world, "second", b);
    },
  },
  {
    fault: "token lowered by a restart",
    rule: /^J2/,
    plant: (machine) => ({
      ...machine,
      apply(state, record, now) {
        const event = machine.apply(state, record, now);
        if (record.type === "store.restarted") {
          state.token -= 10;
        }
        return event;
      },
    }),
    story(world) {
      const [a] = two(world);
      release(world, acquire(world, "key", a).lease);
      world.restart();
      acquire(world, "key", a);
    },
  },
  {
    fault: "a line that serves the last comer first",
    rule: /^X5/,
    plant: ({ commands, ...machine }) => ({
      ...machine,
      commands: {
        ...commands,
        releaseLease(state, command, turn) {
          for (const line of state.leaseWaiters.values()) {
            line.sort((a, b) => b.ticket - a.ticket);
          }
          return commands.releaseLease(state, command, turn);
        },
      },
    }),
    story(world) {
      const [a, b] = two(world);
      const c = world.agent("c", longLived);
      const { lease } = acquire(world, "key", a);
      for (const agentId of [b, c]) {
        world.waits({ type: "acquireLease", taskId: "key", agentId, ttlSeconds: 0, waitMs: 1_000 });
      }
      release(world, lease);
    },
  },
  {
    fault: "a lock delay that is forgotten",
    rule: /^X5/,
    plant: applying((record) => (record.type === "lease.acquired" ? { ...record, lockDelayMs: 0 } : record)),
    story(world) {
      const [a, b] = two(world);
      world.run({ type: "acquireLease", taskId: "key", agentId: a, ttlSeconds: 1, lockDelayMs: 1_000 });
      world.advance(1_000);
      acquire(world, "key", b);
    },
  },
  {
    fault: "second winner of a claim",
    rule: /^J4/,
    plant: afterDeciding("claimTask", (state, command, turn) => {
      if (command.agentId === "id-2") {
        turn.emit({ type: "task.claimed", id: "task", agentId: "id-2" });
      }
      state.waiters.clear();
    }),
    story(world) {
      const [a, b] = two(world);
      createTask(world, "task");
      claim(world, a);
      world.waits({ type: "claimTask", agentId: b });
    },
  },
  {
    fault: "an answer that names a second winner",
    rule: /^J4/,
    plant: ({ commands, ...machine }) => ({
      ...machine,
      commands: {
        ...commands,
        claimTask(state, command, turn) {
          const task = state.tasks.get("task");
          return command.agentId === "id-2" && task !== undefined
            ? { task: viewTask(task), detail: viewTaskDetail(state, task, false) }
            : commands.claimTask(state, command, turn);
        },
      },
    }),
    story(world) {
      const [a, b] = two(world);
      createTask(world, "task");
      claim(world, a);
      world.run({ type: "claimTask", agentId: b });
    },
  },
  {
    fault: "term reused",
    rule: /^J3/,
    plant: (machine) => ({
      ...machine,
      apply(state, record, now) {
        const group: Election | undefined =
          record.type === "leader.changed" ? state.elections.get(record.group) : undefined;
        if (group !== undefined) {
          group.term -= 1;
        }
        return machine.apply(state, record, now);
      },
    }),
    story(world) {
      const [a, b] = two(world);
      campaign(world, "group", a);
      campaign(world, "group", b);
      world.ok({ type: "resign", group: "group", agentId: a });
    },
  },
  {
    fault: "a successor out of turn",
    rule: /^J3/,
    plant: applying((record) =>
      record.type === "leader.changed" && record.leaderAgentId === "id-2"
        ? { ...record, leaderAgentId: "id-3" }
        : record,
    ),
    story(world) {
      const [a, b] = two(world);
      const c = world.agent("c", longLived);
      for (const agentId of [a, b, c]) {
        campaign(world, "group", agentId);
      }
      world.ok({ type: "resign", group: "group", agentId: a });
    },
  },
  {
    fault: "a change of leadership without a reason",
    rule: /^J3/,
    plant: afterDeciding("campaign", (_, command, turn) => {
      if (command.agentId === "id-2") {
        turn.emit({ type: "leader.changed", group: command.group, leaderAgentId: "id-2" });
      }
    }),
    story(world) {
      const [a, b] = two(world);
      campaign(world, "group", a);
      campaign(world, "group", b);
    },
  },
  {
    fault: "a lease that ends early",
    rule: /^J6/,
    plant: judgesEarly,
    story(world) {
      const [a] = two(world);
      acquire(world, "key", a, 1);
      world.skip(600);
      heartbeat(world, a);
    },
  },
  {
    fault: "an agent that is missed early",
    rule: /^J6/,
    plant: judgesEarly,
    story(world) {
      world.agent("a", { ttlSeconds: 2 });
      world.skip(1_600);
      world.agent();
    },
  },
  {
    fault: "an agent that dies early",
    rule: /^J6/,
    plant: afterDeciding("getAgent", (_, { agentId }, turn) =>
      turn.emit({
        type: "agent.died",
        agentId,
        cause: "heartbeat_timeout",
        lastHeartbeatAt: turn.now.wall,
      }),
    ),
    story(world) {
      world.ok({ type: "getAgent", agentId: world.agent() });
    },
  },
  {
    fault: "a deadline that nobody judges",
    rule: /^T7/,
    plant: (machine) => ({ ...machine, expire: () => undefined }),
    story(world) {
      const [a] = two(world);
      acquire(world, "key", a, 1);
      world.skip(1_000);
      heartbeat(world, a);
    },
  },
  {
    fault: "a death that forgets a lease",
    rule: /^J5: the block of a death ends/,
    plant: (machine) => ({
      ...machine,
      apply: (state, record, now) =>
        record.type === "lease.released" ? undefined : machine.apply(state, record, now),
    }),
    story(world) {
      const [a, b] = two(world);
      acquire(world, "key", a);
      deregister(world, a);
      heartbeat(world, b);
    },
  },
  {
    fault: "a retry too many",
    rule: /^J4/,
    plant: applying((record) =>
      record.type === "task.dead"
        ? { ...record, type: "task.requeued", countsAsRetry: true, to: "back" }
        : record,
    ),
    story(world) {
      const [a] = two(world);
      createTask(world, "task");
      claim(world, a);
      fail(world, "task", a);
    },
  },
  {
    fault: "a finished task that comes back",
    rule: /^J4/,
    plant: afterDeciding("getTask", (_state, _command, turn) =>
      turn.emit({ type: "task.requeued", id: "task", countsAsRetry: false, to: "back" }),
    ),
    story(world) {
      const [a] = two(world);
      createTask(world, "task");
      claim(world, a);
      fail(world, "task", a);
      world.ok({ type: "getTask", taskId: "task" });
    },
  },
];

describe("planted faults", () => {
  it("AK-V4 the story without a fault passes", () => {
    const world = createWorld();
    tellStory(world);
    expect(() => checkHistory(world.history)).not.toThrow();
  });

  it.each(faults)("AK-V8 the checker sees: $fault", ({ rule, plant, story }) => {
    const sound = createWorld();
    story(sound);
    expect(() => checkHistory(sound.history)).not.toThrow();

    const spoilt = createWorld({}, plant);
    story(spoilt);
    expect(() => checkHistory(spoilt.history)).toThrow(Violation);
    expect(() => checkHistory(spoilt.history)).toThrow(rule);
  });
});
