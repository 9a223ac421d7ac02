// Random lives of the tasks of an agent against a small model of them; and faults planted in the rules, which must be noticed.
import { isRefusal } from "@x/core/service";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BinduMachine } from "../../src/local/rules/machine.ts";
import { isTerminal, type TurnEnd } from "../../src/local/rules/model/entities.ts";
import type { TaskState } from "../../src/wire/dialect.ts";
import { createWorld, hour, type World } from "./world.ts";

type Step =
  | { readonly do: "send"; readonly task: number; readonly key: number | null }
  | { readonly do: "end"; readonly task: number; readonly state: TurnEnd }
  | { readonly do: "piece" | "cancel"; readonly task: number }
  | { readonly do: "clear" | "restart" | "snapshot" }
  | { readonly do: "wait"; readonly hours: number };

const task = fc.nat(3);
const ends = fc.constantFrom<TurnEnd>("completed", "failed", "rejected", "input-required", "auth-required");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("send" as const), task, key: fc.option(fc.nat(3)) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("end" as const), task, state: ends }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("piece" as const, "cancel" as const), task }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("clear" as const, "restart" as const, "snapshot" as const) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.nat(30) }) },
);

/** What the wire says of the tasks of one agent, as plainly as it can be said. */
class Model {
  readonly tasks = new Map<
    string,
    { state: TaskState; events: number; messages: number; waiting: (string | null)[] }
  >();
  readonly keys = new Map<string, { readonly taskId: string; readonly atHours: number }>();
  nowHours = 0;

  /** `waits`, `refused`, or whether it is a repeat. */
  send(taskId: string, key: string | null): "waits" | "refused" | "new" | "repeat" {
    const kept = key === null ? undefined : this.keys.get(key);
    if (kept !== undefined && this.tasks.has(kept.taskId)) {
      return "repeat";
    }
    // The key of a task that is gone is known for a day.
    if (kept !== undefined && this.nowHours - kept.atHours < 24) {
      return "refused";
    }
    const task = this.tasks.get(taskId) ?? { state: "completed", events: 0, messages: 0, waiting: [] };
    if (this.tasks.has(taskId) && isTerminal(task.state)) {
      return "refused";
    }
    if (task.state === "working") {
      task.waiting.push(key);
      return "waits";
    }
    this.tasks.set(taskId, task);
    task.state = "working";
    task.events += 1;
    task.messages += 1;
    if (key !== null) {
      this.keys.set(key, { taskId, atHours: this.nowHours });
    }
    return "new";
  }

  end(taskId: string, state: TurnEnd): boolean {
    const task = this.tasks.get(taskId);
    if (task?.state !== "working") {
      return false;
    }
    task.events += state === "completed" ? 2 : 1;
    task.messages += 1;
    this.#over(taskId, state);
    return true;
  }

  cancel(taskId: string): boolean {
    const task = this.tasks.get(taskId);
    if (task === undefined || isTerminal(task.state)) {
      return false;
    }
    task.events += 1;
    this.#over(taskId, "canceled");
    return true;
  }

  #over(taskId: string, state: TurnEnd): void {
    const task = this.tasks.get(taskId);
    if (task !== undefined) {
      task.state = state;
      for (const key of task.waiting.splice(0)) {
        this.send(taskId, key);
      }
    }
  }

  clear(): void {
    for (const taskId of this.tasks.keys()) {
      this.cancel(taskId);
    }
    this.tasks.clear();
  }

  forgetWaiting(): void {
    for (const each of this.tasks.values()) {
      each.waiting = [];
    }
  }
}

function live(world: World, steps: readonly Step[]): void {
  const a = world.agent("a");
  const model = new Model();
  for (const each of steps) {
    switch (each.do) {
      case "send": {
        const taskId = `t${each.task}`;
        const key = each.key === null ? null : `k${each.key}`;
        const reply = world.run(
          world.sending(a, taskId, "x", key === null ? {} : { key: { key, hash: "same" } }),
        );
        const outcome =
          typeof reply === "symbol"
            ? "waits"
            : isRefusal(reply)
              ? "refused"
              : "replayed" in reply && reply.replayed
                ? "repeat"
                : "new";
        expect(outcome).toBe(model.send(taskId, key));
        break;
      }
      case "end":
        expect(accepted(world, each.task, (taskId) => world.ending(a, taskId, each.state))).toBe(
          model.end(`t${each.task}`, each.state),
        );
        break;
      case "piece": {
        const known = model.tasks.get(`t${each.task}`);
        const done = accepted(world, each.task, (taskId) => ({
          ...world.ending(a, taskId, "completed"),
          type: "addPieces",
          pieces: [world.piece("x", { last: false })],
        }));
        expect(done).toBe(known?.state === "working");
        if (done && known !== undefined) {
          known.events += 1;
        }
        break;
      }
      case "cancel":
        expect(!isRefusal(world.run({ type: "cancelTask", agentId: a, taskId: `t${each.task}` }))).toBe(
          model.cancel(`t${each.task}`),
        );
        break;
      case "clear":
        world.run({ type: "clearContext", agentId: a, contextId: "context" });
        model.clear();
        break;
      case "restart":
        world.restart();
        model.forgetWaiting();
        break;
      case "snapshot":
        world.takeSnapshot();
        break;
      case "wait":
        world.advance(each.hours * hour);
        model.nowHours += each.hours;
        break;
    }
    for (const [taskId, known] of model.tasks) {
      const { task: shown, events, firstN } = world.ok({ type: "readEvents", agentId: a, taskId, after: 0 });
      expect([shown.state, shown.lastN, shown.history.length]).toEqual([
        known.state,
        known.events,
        known.messages,
      ]);
      expect(events.map(({ n }) => n)).toEqual(
        Array.from({ length: known.events }, (_, index) => index + firstN),
      );
    }
    expect(Object.keys(world.states(a)).sort()).toEqual([...model.tasks.keys()].sort());
  }
  world.expectReplayEqual();
}

function accepted(
  world: World,
  index: number,
  command: (taskId: string) => Parameters<World["run"]>[0],
): boolean {
  const taskId = `t${index}`;
  const known = world.run({ type: "readEvents", agentId: "a", taskId, after: 0 });
  return !isRefusal(known) && !isRefusal(world.run(command(taskId)));
}

const steps = fc.array(step, { maxLength: 40 });
const send = (task: number, key: number | null): Step => ({ do: "send", task, key });
/** Lives that random ones found: a key goes a day after its task, and a task that goes on runs behind those that began since. */
const aDayAfter: Step[] = [send(0, 0), { do: "clear" }, { do: "wait", hours: 24 }, send(0, 0)];
const againBehind: Step[] = [
  send(1, null),
  { do: "end", task: 1, state: "input-required" },
  send(0, null),
  send(1, null),
  { do: "snapshot" },
];
const keptLong = { retentionMs: 10_000 * hour };

describe("random lives", () => {
  it("S22 S23 S25 S32 S39 S40 the tasks of an agent are what the wire says, over restarts and from snapshots", () => {
    fc.assert(
      fc.property(steps, (each) => live(createWorld(keptLong), each)),
      { numRuns: 150, examples: [[aDayAfter], [againBehind]] },
    );
  });

  const faults: Readonly<Record<string, (machine: BinduMachine) => BinduMachine>> = {
    "a restart that forgets what waits for an answer": (machine) => ({
      ...machine,
      apply: (state, record, now) =>
        record.type === "turn.ended" && record.state === "auth-required"
          ? machine.apply(state, { ...record, state: "failed" }, now)
          : machine.apply(state, record, now),
    }),
    "a late result that is taken": (machine) => ({
      ...machine,
      commands: {
        ...machine.commands,
        endTurn(state, command, turn) {
          const reply = machine.commands.endTurn(state, command, turn);
          if (
            typeof reply === "object" &&
            "refused" in reply &&
            state.shelves.get(command.agentId)?.tasks.has(command.taskId)
          ) {
            const { agentId, taskId, state: end, said } = command;
            const message = { messageId: "late", role: "agent", parts: [], contextId: "" } as const;
            turn.emit({ type: "turn.ended", agentId, taskId, state: end, said, hidden: false, message });
          }
          return reply;
        },
      },
    }),
    "a number that is given twice": (machine) => ({
      ...machine,
      apply(state, record, now) {
        const event = machine.apply(state, record, now);
        if (record.type === "turn.ended" && record.state === "rejected") {
          const task = state.shelves.get(record.agentId)?.tasks.get(record.taskId);
          if (task !== undefined) {
            state.shelves.get(record.agentId)?.tasks.set(record.taskId, { ...task, lastN: task.lastN - 1 });
          }
        }
        return event;
      },
    }),
  };

  it.each(Object.keys(faults))("S22 notices %s", (name) => {
    const plant = faults[name] ?? ((machine: BinduMachine) => machine);
    expect(() =>
      fc.assert(
        fc.property(steps, (each) => live(createWorld(keptLong, plant), each)),
        { numRuns: 300 },
      ),
    ).toThrow();
  });
});
