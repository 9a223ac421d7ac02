// Random walks through a store in virtual time. After every step the conditions of section 10 hold, and a slow model
// that knows the same rules gives the same answers and the same events at the same moments.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Action, action, commandOf, withdrawable } from "./actions.ts";
import { createHistoryCheck } from "./checks/history-check.ts";
import { checkState } from "./checks/state-check.ts";
import { eventLine, replyLine } from "./lines.ts";
import { createModel, type Model } from "./model.ts";
import { createWorld, startWall, type World } from "./world.ts";

const firstToken = Math.floor(startWall / 1_000) * 2 ** 20 + 1;

/** Takes one step in the store and in the model, and answers what the two say of it. */
function step(world: World, model: Model, next: Action): { readonly store: string; readonly model: string } {
  const done = { store: "", model: "" };
  switch (next.do) {
    case "advance":
    case "skip":
    case "pause":
      world[next.do](next.ms);
      model[next.do](next.ms);
      return done;
    case "stepWallClock":
      world.stepWallClock(next.ms);
      return done;
    case "restart":
      world.restart();
      model.restart();
      return done;
    case "cancel": {
      const ticket = withdrawable(world, next);
      if (ticket !== undefined) {
        world.cancel(ticket);
        model.cancel(ticket);
      }
      return done;
    }
    default: {
      const command = commandOf(world, next);
      if (command === undefined) {
        return done;
      }
      const store = replyLine(world.run(command));
      const call = world.history.findLast((moment) => moment.kind === "call");
      const answer = model.run(command, call?.ticket ?? 0);
      // The model knows no policies.
      return next.do === "policy" ? done : { store, model: answer };
    }
  }
}

const told = (world: World, from: number) =>
  world.history
    .slice(from)
    .flatMap((moment) =>
      moment.kind === "event" ? [{ mono: moment.mono, line: eventLine(moment.event) }] : [],
    )
    .filter(({ line }) => !line.startsWith("policy."));

function same(found: unknown, expected: unknown, what: string): void {
  const [store, model] = [JSON.stringify(found), JSON.stringify(expected)];
  if (store !== model) {
    throw new Error(`${what} differ\nstore: ${store}\nmodel: ${model}`);
  }
}

interface WalkOptions {
  readonly replayEachStep?: boolean;
  /** Takes a snapshot after every so many steps, from which restarts then begin. */
  readonly snapshotEvery?: number;
}

function walk(actions: readonly Action[], options: WalkOptions = {}): World {
  const { replayEachStep = false, snapshotEvery = Number.POSITIVE_INFINITY } = options;
  const world = createWorld();
  const model = createModel(world.now.mono, firstToken);
  const check = createHistoryCheck();
  for (const [index, next] of [...someAgents, ...actions].entries()) {
    const [moments, lines] = [world.history.length, model.lines.length];
    const replies = step(world, model, next);
    same(replies.store, replies.model, `the answers to ${JSON.stringify(next)}`);
    same(told(world, moments), model.lines.slice(lines), `the events of ${JSON.stringify(next)}`);
    check.look(world.history);
    checkState(world.state, check.ledger);
    if (replayEachStep) {
      world.expectReplayEqual();
    }
    if (index % snapshotEvery === snapshotEvery - 1) {
      world.takeSnapshot();
    }
  }
  const answers = [...world.answers].map(([ticket, reply]) => [ticket, replyLine(reply)]);
  same(answers, [...model.answers], "the answers to those who waited");
  world.expectReplayEqual();
  return world;
}

const someAgents: readonly Action[] = [
  { do: "register", ttlSeconds: 3, tools: ["x"] },
  { do: "register", ttlSeconds: 5, tools: ["x", "y"] },
  { do: "register", ttlSeconds: 30, tools: [] },
];

describe("simulation", () => {
  it("AK-L1 AK-L6 AK-L14 AK-E4 AK-E5 AK-K5 AK-T3 AK-T9 AK-V4 short walks keep every condition at every step", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        walk(actions);
      }),
      { numRuns: 3_000 },
    );
  });

  it("AK-L1 AK-L6 AK-L14 AK-E4 AK-E5 AK-K5 AK-T3 AK-T9 AK-V4 long walks keep every condition at every step", () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 150, maxLength: 300 }), (actions) => {
        walk(actions);
      }),
      { numRuns: 50 },
    );
  });

  it("AK-V8 after every step a replay of the records gives the state", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        walk(actions, { replayEachStep: true });
      }),
      { numRuns: 100 },
    );
  });

  it("AK-Z3 AK-Z4 a store that is restored from a snapshot and what came after it goes on as one that never stopped", () => {
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 20, maxLength: 80 }),
        fc.integer({ min: 1, max: 10 }),
        (actions, snapshotEvery) => {
          walk(actions, { replayEachStep: true, snapshotEvery });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("AK-V2 AK-V3 the walks go everywhere: every topic and every refusal of these rules comes up", () => {
    const met = new Set<string>();
    for (const actions of fc.sample(fc.array(action, { minLength: 100, maxLength: 100 }), {
      numRuns: 100,
      seed: 1,
    })) {
      for (const moment of walk(actions).history) {
        if (moment.kind === "event") {
          met.add(moment.event.topic);
        } else if (moment.kind === "call") {
          met.add(replyLine(moment.reply).split(" ")[0] ?? "");
        } else if (moment.kind === "answer") {
          met.add(`at last ${replyLine(moment.reply).split(" ")[0]}`);
        }
      }
    }
    expect([...met].sort()).toEqual(
      [
        ...["agent.died", "agent.recovered", "agent.registered", "agent.unreachable", "leader.changed"],
        ...["lease.acquired", "lease.expired", "lease.released", "lease.renewed"],
        ...["policy.deleted", "policy.set"],
        ...["task.claimed", "task.completed", "task.created", "task.dead", "task.requeued"],
        ...["AGENT_DEAD", "AGENT_NOT_FOUND", "LEASE_NOT_HELD", "LEASE_TOKEN_MISMATCH", "POLICY_NOT_FOUND"],
        ...["TASK_NOT_CLAIMED", "TASK_NOT_FOUND", "TASK_NOT_YOURS"],
        ...["done", "held", "holds", "led", "no", "task", "waits"],
        ...["at last AGENT_DEAD", "at last held", "at last holds", "at last no", "at last task"],
      ].sort(),
    );
  });
});
