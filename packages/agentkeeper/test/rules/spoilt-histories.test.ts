// Faults in what was told and in what is kept: an event that is lost, doubled or out of time, a state at odds with itself.
import { describe, expect, it } from "vitest";
import type { State, Waiter } from "../../src/local/rules/model/state.ts";
import { checkHistory, createHistoryCheck } from "./checks/history-check.ts";
import { Violation } from "./checks/ledger.ts";
import { checkState } from "./checks/state-check.ts";
import { acquire, createTask } from "./steps.ts";
import { tellStory } from "./story.ts";
import { createWorld, type Moment } from "./world.ts";

/** The story with its sequences counted anew, so that only what is missing can tell. */
const renumbered = (history: readonly Moment[]): Moment[] => {
  let sequence = 0;
  return history.map((moment) => {
    if (moment.kind !== "event") {
      return moment;
    }
    sequence += 1;
    return { ...moment, event: { ...moment.event, sequence } };
  });
};

describe("lost and doubled events", () => {
  const world = createWorld();
  tellStory(world);
  const events = world.history.flatMap((moment, index) =>
    moment.kind === "event" ? [{ moment, index }] : [],
  );

  it("AK-V4 the checker sees every event that is lost, save the last, by the hole that it leaves or what is then untold", () => {
    for (const { index } of events.slice(0, -1)) {
      expect(() => checkHistory(world.history.toSpliced(index, 1)), `event ${index}`).toThrow(Violation);
    }
  });

  it("AK-V4 the checker sees every event that comes twice or in the wrong place", () => {
    for (const { moment, index } of events) {
      expect(() => checkHistory(world.history.toSpliced(index, 0, moment))).toThrow(/^J5/);
    }
  });

  it("AK-V8 a lost grant, registration or task is seen although the log was counted anew", () => {
    for (const { moment, index } of events) {
      if (
        ["agent.registered", "lease.acquired", "task.created", "task.claimed"].includes(moment.event.topic)
      ) {
        expect(() => checkHistory(renumbered(world.history.toSpliced(index, 1))), moment.event.topic).toThrow(
          Violation,
        );
      }
    }
  });

  it("AK-V12 the checker sees a time that falls", () => {
    const [last = expect.fail("no event")] = events.slice(-1);
    const older = { ...last.moment, event: { ...last.moment.event, occurredAt: 0 } };
    expect(() => checkHistory(world.history.with(last.index, older))).toThrow(/^J5.*older/);
  });
});

describe("spoilt states", () => {
  const spoilt: Readonly<Record<string, (state: State) => void>> = {
    "a counter that is off"({ agentCounts }) {
      agentCounts.alive += 1;
    },
    "a task that is lost"({ tasks }) {
      tasks.delete("orphan");
    },
    "a task that left the queue"({ tasks, pending }) {
      tasks.forEach(pending.remove);
    },
    "a deadline that is left over"({ leases }) {
      leases.delete("key");
    },
    "a term that was not told"({ elections }) {
      for (const election of elections.values()) {
        election.term += 1;
      }
    },
  };

  it.each(Object.entries(spoilt))("AK-V8 the checker sees %s", (_, spoil) => {
    const world = createWorld();
    tellStory(world);
    acquire(world, "key", world.agent());
    const check = createHistoryCheck();
    check.look(world.history);
    expect(() => checkState(world.state, check.ledger)).not.toThrow();
    spoil(world.state);
    expect(() => checkState(world.state, check.ledger)).toThrow(Violation);
  });

  it("AK-K5 the checker sees one who waits while there is a task for it", () => {
    const hidden = new Map<number, Waiter>();
    const world = createWorld({}, ({ commands, followUp, ...machine }) => ({
      ...machine,
      commands: {
        ...commands,
        createTask(state, command, turn) {
          for (const [ticket, waiter] of state.waiters) {
            hidden.set(ticket, waiter);
          }
          state.waiters.clear();
          return commands.createTask(state, command, turn);
        },
      },
      followUp(state, turn) {
        followUp?.(state, turn);
        for (const [ticket, waiter] of hidden) {
          state.waiters.set(ticket, waiter);
        }
        hidden.clear();
      },
    }));
    world.waits({ type: "claimTask", agentId: world.agent() });
    createTask(world, "task");
    const check = createHistoryCheck();
    check.look(world.history);
    expect(() => checkState(world.state, check.ledger)).toThrow(/^K5/);
  });
});
