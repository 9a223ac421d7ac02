// Looks at tasks: at once where all is durable, and never at what may still be refused by the store.
import {
  createMemoryJournal,
  type Journal,
  type JournalEntry,
  silentLog,
  systemClock,
} from "@x/core/service";
import { waitUntil } from "@x/core/testing";
import { expect, it } from "vitest";
import { failure } from "../../src/local/engine/endings.ts";
import { type Engine, startEngine } from "../../src/local/engine/engine.ts";
import type { BinduRecord } from "../../src/local/rules/model/records.ts";
import { taskOf } from "../../src/local/rules/model/state.ts";
import { createWorld } from "../rules/world.ts";

/** A store whose appends the test can hold. */
function heldJournal(): Journal<BinduRecord> & { hold: Promise<void> | undefined } {
  const memory = createMemoryJournal<BinduRecord>();
  const journal = {
    ...memory,
    hold: undefined as Promise<void> | undefined,
    append(epoch: number, entries: readonly JournalEntry<BinduRecord>[]): number | Promise<number> {
      const { hold } = journal;
      return hold === undefined
        ? memory.append(epoch, entries)
        : hold.then(() => memory.append(epoch, entries));
    },
  };
  return journal;
}

async function start(journal: Journal<BinduRecord>): Promise<Engine & AsyncDisposable> {
  const engine = await startEngine({
    kernel: { journal, clock: systemClock, log: silentLog, tickMs: 200 },
    rules: {},
  });
  await engine.run(world.registering("a"));
  await engine.run(world.sending("a", "t", "hello"));
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}

const world = createWorld();
const ref = { agentId: "a", taskId: "t", place: 1, turn: 0 };

it("a look stands in no line where all is durable", async () => {
  await using engine = await start(heldJournal());
  const look = engine.follow(ref).next();
  const inputs = engine.readTurns([ref]);
  expect(engine.queued).toBe(0);
  expect(await look).toMatchObject({ value: { task: { state: "working" } } });
  expect(await inputs).toMatchObject({ inputs: [{ task: { taskId: "t" } }] });
});

it("S32 a look shows nothing that the store has not taken yet", async () => {
  const journal = heldJournal();
  await using engine = await start(journal);
  const gate = Promise.withResolvers<void>();
  journal.hold = gate.promise;
  const ended = engine.run({ type: "endTurn", ...ref, ...failure("late") });
  await waitUntil(() => engine.peek((state) => taskOf(state, ref)?.state) === "failed");
  const look = engine.follow(ref).next();
  expect(engine.queued).toBe(1);
  gate.resolve();
  await ended;
  expect(await look).toMatchObject({ value: { task: { state: "failed" } } });
});
