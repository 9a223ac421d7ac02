// The history of a stream is the same whether its records are in the table of streams yet or not, after kills, refused
// appends and closings of every kind.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { entry, textJournal } from "./text-journal.ts";

const names = ["calendar", "a", "b", "ü\ud800"];

type Step =
  | { readonly do: "append"; readonly records: readonly (readonly string[])[] }
  | { readonly do: "many"; readonly stream: string }
  | { readonly do: "refused" | "kill" | "close" | "open" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("append" as const),
      records: fc.array(fc.array(fc.constantFrom(...names), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("many" as const), stream: fc.constantFrom(...names) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("refused" as const, "kill" as const, "close" as const, "open" as const),
    }),
  },
);

/** What a kill leaves, in a directory of its own. */
function copyOf(from: StoreDirectory): StoreDirectory {
  const copy = storeDirectory();
  mkdirSync(copy.path, { recursive: true });
  copyFileSync(from.file, copy.file);
  if (existsSync(from.wal)) {
    copyFileSync(from.wal, copy.wal);
    copyFileSync(from.mark, copy.mark);
  }
  return copy;
}

function rowsOf(directory: StoreDirectory): number {
  using copy = copyOf(directory);
  const database = new DatabaseSync(copy.file);
  const { rows } = database.prepare("SELECT count(*) AS rows FROM stream").get() as { readonly rows: number };
  database.close();
  return rows;
}

describe("streams of a stored journal", () => {
  it("have the same history, wherever it lies", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const model: (readonly string[])[] = [];
        let directory = storeDirectory();
        let journal = textJournal(directory.path);
        let { epoch } = await journal.open();
        const append = async (records: readonly (readonly string[])[]): Promise<void> => {
          const first = model.length + 1;
          await journal.append(
            epoch,
            records.map((streams, index) => entry(`${first + index}`, ...streams)),
          );
          model.push(...records);
        };
        const reopen = async (next: StoreDirectory): Promise<void> => {
          directory = next;
          journal = textJournal(directory.path);
          const opened = await journal.open();
          expect(opened.lastSequence).toBe(model.length);
          ({ epoch } = opened);
        };
        for (const each of steps) {
          switch (each.do) {
            case "append":
              await append(each.records);
              break;
            case "many":
              // As many as make the next append write them down.
              await append(Array.from({ length: 1_000 }, () => [each.stream]));
              break;
            case "refused":
              expect(() => journal.append(epoch, [entry("a", "a"), entry("\0", "b")])).toThrow(TypeError);
              break;
            case "kill": {
              using killed = directory;
              const dead = journal;
              await reopen(copyOf(killed));
              await dead.close();
              break;
            }
            case "open":
              ({ epoch } = await journal.open());
              break;
            case "close":
              await journal.close();
              expect(rowsOf(directory)).toBe(model.flatMap((streams) => [...new Set(streams)]).length);
              await reopen(directory);
              break;
          }
          for (const name of names) {
            const expected = model.flatMap((streams, index) => (streams.includes(name) ? [index + 1] : []));
            const after = expected[Math.floor(expected.length / 2)] ?? 0;
            const history = await journal.history(name, { limit: 20_000 });
            expect(history.map(({ sequence }) => sequence)).toEqual(expected);
            expect(history.map(({ record }) => record)).toEqual(expected.map(String));
            expect(
              (await journal.history(name, { after, limit: 3 })).map(({ sequence }) => sequence),
            ).toEqual(expected.filter((sequence) => sequence > after).slice(0, 3));
          }
        }
        await journal.close();
        directory[Symbol.dispose]();
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("are written down a thousand at a time", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    for (let index = 0; index < 500; index += 1) {
      await journal.append(epoch, [entry("x", "all", `s${index}`)]);
    }
    expect(rowsOf(directory)).toBe(0);
    await journal.append(epoch, [entry("x", "all")]);
    expect(rowsOf(directory)).toBe(1_000);
    await journal.close();
    expect(rowsOf(directory)).toBe(1_001);
  });
});
