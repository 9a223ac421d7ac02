// A start verifies what it reads; what lies before is looked at afterwards, and refused where it is damaged.
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { createSqliteJournal, type JournalError, startRunner } from "../../src/service/index.ts";
import { waitUntil } from "../../src/testing/index.ts";
import { ledger } from "./ledger.ts";
import { ledgerCodec } from "./ledger-codec.ts";
import { type StoreDirectory, storeDirectory } from "./store-directory.ts";
import { contentOf, entry, recordsOf, textJournal } from "./text-journal.ts";

/** 300 old records, each in a stream of its own and every third in one more; a snapshot; and 10 records after it. */
async function fill(directory: StoreDirectory): Promise<void> {
  const journal = textJournal(directory.path);
  const { epoch } = await journal.open();
  const entries = Array.from({ length: 310 }, (_, index) =>
    entry(`record ${index + 1}`, `s${index + 1}`, ...(index % 3 === 0 ? ["third"] : [])),
  );
  await journal.append(epoch, entries);
  await journal.snapshot(epoch, { sequence: 300, wall: 1, mark: 300, state: {} });
  await journal.truncate(epoch, 300);
  await journal.close();
}

function change(directory: StoreDirectory, sql: string): void {
  const database = new DatabaseSync(directory.file);
  database.exec(sql);
  database.close();
}

interface Damage {
  readonly sql: string;
  readonly told: readonly RegExp[];
  readonly refused: readonly string[];
}

const damages: readonly Damage[] = [
  {
    sql: "UPDATE journal SET payload = 'other' WHERE sequence = 17",
    told: [/record 17 does not match/],
    refused: ["s17"],
  },
  {
    sql: "UPDATE journal SET payload = 'other' WHERE sequence = 16",
    told: [/record 16 does not match/],
    refused: ["s16", "third"],
  },
  {
    sql: "DELETE FROM journal WHERE sequence = 18",
    told: [/has record 18 in "s18"/],
    refused: ["s18"],
  },
  {
    sql: "DELETE FROM stream WHERE stream = '\"third\"' AND sequence = 4",
    told: [/lacks record 4 of "third"/],
    refused: ["third"],
  },
  {
    sql: "UPDATE stream SET stream = '\"s5\"' WHERE stream = '\"s4\"'",
    told: [/lacks record 4 of "s4"/, /has record 4 in "s5"/],
    refused: ["s4", "s5"],
  },
];

async function check(journal: ReturnType<typeof textJournal>): Promise<string[]> {
  const found: string[] = [];
  for await (const { code, message } of journal.check(new AbortController().signal)) {
    expect(code).toBe("damaged");
    found.push(message);
  }
  return found;
}

describe("old records of a store", () => {
  it.each(damages)(
    "are served in spite of $sql, which is told, and refused where it is read",
    async (damage) => {
      using directory = storeDirectory();
      await fill(directory);
      change(directory, damage.sql);
      await expect(contentOf(directory.path)).rejects.toMatchObject({ code: "damaged" });
      const journal = textJournal(directory.path);
      expect(await journal.open()).toMatchObject({ lastSequence: 310, forgottenTo: 300 });
      expect(await recordsOf(journal, 300)).toHaveLength(10);
      const found = await check(journal);
      expect(found).toEqual(damage.told.map((told) => expect.stringMatching(told)));
      for (let stream = 1; stream <= 310; stream += 1) {
        const name = `s${stream}`;
        if (!damage.refused.includes(name)) {
          expect(journal.history(name)).toMatchObject([{ sequence: stream }]);
        }
      }
      for (const stream of damage.refused) {
        expect(() => journal.history(stream), stream).toThrow(expect.objectContaining({ code: "damaged" }));
      }
      await journal.close();
    },
  );

  it("without damage nothing is told, also of what was appended while it was looked for", async () => {
    using directory = storeDirectory();
    await fill(directory);
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    const checking = check(journal);
    for (let index = 0; index < 20; index += 1) {
      await journal.append(
        epoch,
        Array.from({ length: 300 }, (_, item) => entry(`more ${item}`, `s${item}`, "third")),
      );
    }
    expect(await checking).toEqual([]);
    await journal.close();
    expect(await contentOf(directory.path)).toMatchObject({ lastSequence: 6_310 });
  });

  it("ends when it is aborted, and when the journal is closed", async () => {
    using directory = storeDirectory();
    await fill(directory);
    const journal = textJournal(directory.path);
    await journal.open();
    const aborting = new AbortController();
    const found = journal.check(aborting.signal)[Symbol.asyncIterator]();
    const step = found.next();
    aborting.abort();
    expect(await step).toEqual({ done: true, value: undefined });
    const rest = check(journal);
    await journal.close();
    expect(await rest).toEqual([]);
  });

  it("too many damages are told as that, and no history is given any more", async () => {
    using directory = storeDirectory();
    await fill(directory);
    change(directory, "UPDATE journal SET payload = 'other' WHERE sequence <= 250");
    const journal = textJournal(directory.path);
    await journal.open();
    const found = await check(journal);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toContain("more damages");
    expect(() => journal.history("s305")).toThrow(expect.objectContaining({ code: "damaged" }));
    await journal.close();
  });
});

describe("a start", () => {
  const needed: readonly (readonly [string, RegExp])[] = [
    ["UPDATE journal SET payload = 'other' WHERE sequence = 305", /record 305/],
    ["DELETE FROM journal WHERE sequence = 305", /record 305 is missing/],
    ["DELETE FROM journal WHERE sequence = 310", /record 310 is missing/],
    ["DELETE FROM snapshot", /snapshot/],
    ["UPDATE snapshot_part SET payload = 'other'", /snapshot 300/],
  ];

  it.each(needed)("refuses what it needs and finds damaged: %s", async (sql, told) => {
    using directory = storeDirectory();
    await fill(directory);
    change(directory, sql);
    await expect(contentOf(directory.path, {})).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringMatching(told),
    });
  });

  it("serves, tells the operator of the damage that is found afterwards, and stops in the midst of looking", async () => {
    using directory = storeDirectory();
    const told: JournalError[] = [];
    const start = () =>
      startRunner({
        machine: { ...ledger, streams: () => ["all"] },
        journal: createSqliteJournal({
          directory: directory.path,
          product: "ledger",
          codec: ledgerCodec,
          fsync: "never",
        }),
        genesis: () => ({ type: "created" as const }),
        publish: () => undefined,
        snapshotEveryRecords: 10,
        observer: { onDamage: (found) => told.push(found) },
      });
    const first = await start();
    for (let index = 0; index < 60; index += 1) {
      await first.run({ type: "add", by: 1 });
    }
    await first.close();
    change(directory, "UPDATE journal SET wall = 0 WHERE sequence = 3");
    const second = await start();
    expect(await second.run({ type: "add", by: 1 })).toBe(61);
    await waitUntil(() => second.damage !== undefined);
    expect(told).toEqual([second.damage]);
    expect(second.damage?.message).toContain("record 3");
    expect(second.healthy).toBe(true);
    await second.close();
  });
});
