// Whatever happens to a store, replaying it gives the state that it had: from every snapshot, after every truncation,
// and from files as a kill would leave them.
import { copyFileSync, mkdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSqliteJournal, type Runner, startRunner } from "../../src/service/index.ts";
import { createFakeClock } from "../../src/testing/index.ts";
import {
  type LedgerCommand,
  type LedgerEvent,
  type LedgerState,
  type LedgerTypes,
  ledger,
} from "./ledger.ts";
import { ledgerCodec } from "./ledger-codec.ts";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";

type Step =
  | { readonly type: "submit"; readonly commands: readonly LedgerCommand[] }
  | { readonly type: "advance"; readonly byMs: number }
  | { readonly type: "restart" }
  /** The process is gone in the middle of whatever it was doing after so many turns of the event loop. */
  | { readonly type: "crash"; readonly afterTurns: number };

const command: fc.Arbitrary<LedgerCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("add" as const), by: fc.integer({ min: 1, max: 99 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("move" as const), by: fc.integer({ min: 1, max: 99 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("hold" as const), forMs: fc.integer({ min: 1, max: 900 }) }),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("submit" as const),
      commands: fc.array(command, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("advance" as const), byMs: fc.integer({ min: 1, max: 800 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("crash" as const),
      afterTurns: fc.integer({ min: 0, max: 12 }),
    }),
  },
);

/** What of the state a replay must give back; the time of a hold's end starts anew. */
const lasting = ({ sum, book, events, pausedMs, restarts, holds, holdsMade }: LedgerState) => ({
  sum,
  book: [...book],
  events,
  pausedMs,
  restarts,
  holdsMade,
  holds: holds.map(({ id, forMs }) => `${id} for ${forMs}`).sort(),
});

it("a replay gives the state that was, and the newest events", async () => {
  let forgot = 0;
  let crashedWithSnapshots = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 30 }),
      async (steps, snapshotEveryRecords, replayableMarks) => {
        const directories: StoreDirectory[] = [];
        using _all = {
          [Symbol.dispose](): void {
            for (const directory of directories) {
              directory[Symbol.dispose]();
            }
          },
        };
        const makeDirectory = (): StoreDirectory => {
          const directory = storeDirectory();
          directories.push(directory);
          return directory;
        };
        const clock = createFakeClock();
        const published: LedgerEvent[] = [];

        const start = async (directory: StoreDirectory) => {
          let restored: readonly LedgerEvent[] = [];
          const faults: unknown[] = [];
          const journal = createSqliteJournal({
            product: "ledger",
            directory: directory.path,
            codec: ledgerCodec,
            fsync: "never",
          });
          const runner: Runner<LedgerTypes> = await startRunner({
            machine: ledger,
            journal,
            genesis: () => ({ type: "created" as const }),
            publish: (events) => published.push(...events),
            restored: (events) => {
              restored = events;
            },
            clock,
            observer: { onFault: (error) => faults.push(error) },
            snapshotEveryRecords,
            replayableMarks,
          });
          // As much as was asked for, and nothing that did not happen.
          expect(restored).toEqual(published.slice(published.length - restored.length));
          expect(restored.length).toBeGreaterThanOrEqual(Math.min(replayableMarks, published.length));
          forgot += restored.length < published.length ? 1 : 0;
          return { directory, runner, journal, faults };
        };

        let life = await start(makeDirectory());
        const stop = async (): Promise<void> => {
          await life.runner.close();
          expect(life.faults).toEqual([]);
        };
        const begin = async (directory: StoreDirectory, was: ReturnType<typeof lasting>): Promise<void> => {
          life = await start(directory);
          expect(life.runner.peek(lasting)).toEqual({ ...was, restarts: was.restarts + 1 });
        };
        for (const action of steps) {
          switch (action.type) {
            case "submit":
              await Promise.all(action.commands.map((each) => life.runner.run(each)));
              break;
            case "advance":
              await clock.advance(action.byMs);
              break;
            case "restart": {
              const was = life.runner.peek(lasting);
              await stop();
              await begin(life.directory, was);
              break;
            }
            case "crash": {
              for (let turn = 0; turn < action.afterTurns; turn += 1) {
                await nextTurn();
              }
              const was = life.runner.peek(lasting);
              const copy = makeDirectory();
              mkdirSync(copy.path, { recursive: true });
              copyFileSync(life.directory.file, copy.file);
              copyFileSync(life.directory.wal, copy.wal);
              const before = (await life.journal.snapshots()).length;
              await stop();
              crashedWithSnapshots += before === 0 ? 0 : 1;
              await begin(copy, was);
              break;
            }
          }
        }
        await stop();
      },
    ),
    { numRuns: 150 },
  );
  // The property would say little if none of this had happened.
  expect(forgot).toBeGreaterThan(10);
  expect(crashedWithSnapshots).toBeGreaterThan(10);
});
