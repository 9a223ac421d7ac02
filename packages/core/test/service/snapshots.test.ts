// Snapshots of a runner: when they are taken, what is forgotten for them, and what the next start reads.
import { describe, expect, it } from "vitest";
import {
  createMemoryJournal,
  createSqliteJournal,
  type Journal,
  JournalError,
  type RunnerOptions,
  type SnapshotTaken,
  startRunner,
} from "../../src/service/index.ts";
import { crowded, replayStart } from "../../src/service/kernel/snapshot-policy.ts";
import { createFakeClock } from "../../src/testing/index.ts";
import { type LedgerEvent, type LedgerRecord, type LedgerState, type LedgerTypes, ledger } from "./ledger.ts";
import { ledgerCodec } from "./ledger-codec.ts";
import { storeDirectory } from "./store-directory.ts";
import { recordsOf } from "./text-journal.ts";

type Options = RunnerOptions<LedgerTypes>;

function onDisk(directory: string): Journal<LedgerRecord> & { decoded: number } {
  const journal = createSqliteJournal<LedgerRecord>({
    product: "ledger",
    directory,
    fsync: "never",
    codec: {
      encode: ledgerCodec.encode,
      decode(stored) {
        counted.decoded += 1;
        return ledgerCodec.decode(stored);
      },
    },
  });
  const counted = { ...journal, decoded: 0 };
  return counted;
}

async function start(journal: Journal<LedgerRecord>, options: Partial<Options> = {}) {
  const restored: LedgerEvent[][] = [];
  const faults: unknown[] = [];
  const taken: SnapshotTaken[] = [];
  const clock = createFakeClock();
  let wake = Promise.withResolvers<void>();
  const runner = await startRunner({
    machine: ledger,
    journal,
    genesis: () => ({ type: "created" as const }),
    publish: () => undefined,
    restored: (events) => restored.push([...events]),
    clock,
    observer: {
      onFault: (error) => {
        faults.push(error);
        wake.resolve();
        wake = Promise.withResolvers();
      },
      onSnapshot: (snapshot) => {
        taken.push(snapshot);
        wake.resolve();
        wake = Promise.withResolvers();
      },
    },
    ...options,
  });
  const add = async (count: number): Promise<void> => {
    await Promise.all(Array.from({ length: count }, () => runner.run({ type: "add", by: 1 })));
  };
  return {
    runner,
    journal,
    clock,
    restored,
    faults,
    taken,
    add,
    /** Resolves with the next snapshot or fault. */
    news: () => wake.promise,
    [Symbol.asyncDispose]: () => runner.close(),
  };
}

const sequences = async (journal: Journal<LedgerRecord>): Promise<number[]> =>
  (await journal.snapshots()).map(({ sequence }) => sequence);

describe("snapshots", () => {
  it("one is taken after so many records and one at the end, and the next start reads only what came after", async () => {
    using directory = storeDirectory();
    const first = await start(onDisk(directory.path), { snapshotEveryRecords: 10 });
    await first.add(8);
    expect(await sequences(first.journal)).toEqual([]);
    const news = first.news();
    await first.add(1);
    await news;
    expect(first.taken).toMatchObject([{ sequence: 10 }]);
    expect(await sequences(first.journal)).toEqual([10]);
    await first.add(5);
    await first.runner.close();
    expect(first.taken).toMatchObject([{ sequence: 10 }, { sequence: 15 }]);

    const journal = onDisk(directory.path);
    await using second = await start(journal, { snapshotEveryRecords: 10 });
    expect(journal.decoded).toBe(0);
    expect(second.runner.peek(({ sum, restarts }) => [sum, restarts])).toEqual([14, 1]);
    expect(await sequences(journal)).toEqual([15]);
    await expect(recordsOf(journal, 14)).rejects.toMatchObject({ code: "truncated" });
    expect(await recordsOf(journal, 15)).toEqual([{ type: "restarted" }]);
  });

  it("they come at least as many records apart as the state has items", async () => {
    using directory = storeDirectory();
    const machine = { ...ledger, size: ({ sum }: LedgerState) => Math.min(2 * sum, 30) };
    await using fixture = await start(onDisk(directory.path), { snapshotEveryRecords: 10, machine });
    await fixture.add(20);
    expect(fixture.taken).toEqual([]);
    const news = fixture.news();
    await fixture.add(9);
    await news;
    expect(fixture.taken).toMatchObject([{ sequence: 30 }]);
  });

  it.each([
    ["0 records", { snapshotEveryRecords: 0 }],
    ["a machine without snapshots", { snapshotEveryRecords: 1, machine: { ...ledger, snapshot: undefined } }],
  ])("%s: none is taken", async (_title, options) => {
    using directory = storeDirectory();
    const first = await start(onDisk(directory.path), options as Partial<Options>);
    await first.add(5);
    await first.runner.close();
    await using second = await start(onDisk(directory.path));
    expect(await sequences(second.journal)).toEqual([]);
    expect(second.runner.peek(({ sum }) => sum)).toBe(5);
  });

  it("none is taken of a store that is gone with its process", async () => {
    const journal = createMemoryJournal<LedgerRecord>();
    const first = await start(journal, { snapshotEveryRecords: 1 });
    await first.add(5);
    await first.runner.close();
    expect(await sequences(journal)).toEqual([]);
  });

  it("as many marks as asked for can be replayed, and their events are restored once, oldest first", async () => {
    using directory = storeDirectory();
    const options = { snapshotEveryRecords: 10, replayableMarks: 25 };
    const first = await start(onDisk(directory.path), options);
    for (let round = 0; round < 10; round += 1) {
      const news = first.news();
      await first.add(10);
      await news;
    }
    // 100 events; of the snapshots before the last 25, the newest was taken after event 70, that is record 71.
    expect(await sequences(first.journal)).toEqual([71, 81, 91, 101]);
    await first.runner.close();
    const second = await start(onDisk(directory.path), options);
    expect(second.restored).toEqual([Array.from({ length: 30 }, (_, index) => `sum ${71 + index}`)]);
    await second.runner.close();
    const none = await start(onDisk(directory.path), { ...options, keepRestored: 0 });
    expect(none.restored).toEqual([[]]);
    await none.runner.close();
    await using third = await start(onDisk(directory.path), { ...options, keepRestored: 4 });
    expect(third.restored).toEqual([["sum 97", "sum 98", "sum 99", "sum 100"]]);
  });

  it("a new store restores nothing, and says so", async () => {
    using directory = storeDirectory();
    await using only = await start(onDisk(directory.path));
    expect(only.restored).toEqual([[]]);
  });

  it("many short lives leave few snapshots", async () => {
    using directory = storeDirectory();
    const options = { snapshotEveryRecords: 10, replayableMarks: 1_000 };
    for (let life = 0; life < 30; life += 1) {
      const { runner, add } = await start(onDisk(directory.path), options);
      await add(1);
      await runner.close();
    }
    await using last = await start(onDisk(directory.path), options);
    // 60 records, and no two snapshots but the last ones closer than they must be.
    expect((await sequences(last.journal)).length).toBeLessThanOrEqual(13);
    expect(last.runner.peek(({ sum, restarts }) => [sum, restarts])).toEqual([30, 30]);
    expect(last.restored[0]).toHaveLength(30);
  });

  it("while a large one is written, commands go on, and it holds the state as it was", async () => {
    using directory = storeDirectory();
    const journal = onDisk(directory.path);
    await using fixture = await start(journal, { snapshotEveryRecords: 20_000 });
    const taken = Promise.withResolvers<void>();
    const news = fixture.news().then(taken.resolve);
    await fixture.add(20_000);
    let during = 0;
    let done = false;
    void taken.promise.then(() => {
      done = true;
    });
    while (!done) {
      await fixture.add(1);
      during += 1;
    }
    await news;
    expect(during).toBeGreaterThan(5);
    const [sequence = 0] = await sequences(journal);
    const { sum } = (await journal.readSnapshot(sequence)) as LedgerState;
    expect(sum).toBe(sequence - 1);
    expect(fixture.runner.peek((state) => state.sum)).toBe(20_000 + during);
  });

  it("after a failed append the state comes from the newest one, and nothing is restored again", async () => {
    using directory = storeDirectory();
    const journal = onDisk(directory.path);
    const failing = { ...journal, fail: false };
    failing.append = (epoch, entries) => {
      if (failing.fail) {
        throw new JournalError("unavailable", "the disk is full");
      }
      return journal.append(epoch, entries);
    };
    await using fixture = await start(failing, { snapshotEveryRecords: 10, replayableMarks: 1_000 });
    for (let round = 0; round < 3; round += 1) {
      const news = fixture.news();
      await fixture.add(10);
      await news;
    }
    expect(await sequences(journal)).toHaveLength(3);
    await fixture.add(3);
    failing.fail = true;
    journal.decoded = 0;
    await expect(fixture.runner.run({ type: "add", by: 1 })).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(await fixture.runner.run({ type: "read" })).toBe(33);
    expect(journal.decoded).toBeLessThan(10);
    expect(fixture.restored).toHaveLength(1);
    failing.fail = false;
    await fixture.clock.advance(1_000);
    expect(await fixture.runner.run({ type: "add", by: 1 })).toBe(34);
  });

  it("one that fails is reported, disturbs nobody, and is tried again when the next is due", async () => {
    using directory = storeDirectory();
    const failure = new JournalError("unavailable", "the disk is full");
    const journal = { ...onDisk(directory.path), fail: true };
    const { snapshot } = journal;
    journal.snapshot = async (epoch, value) => {
      if (journal.fail) {
        throw failure;
      }
      await snapshot(epoch, value);
    };
    await using fixture = await start(journal, { snapshotEveryRecords: 10 });
    let news = fixture.news();
    await fixture.add(10);
    await news;
    expect(fixture.faults).toEqual([failure]);
    await fixture.add(5);
    expect(fixture.runner.healthy).toBe(true);
    expect(fixture.faults).toEqual([failure]);
    journal.fail = false;
    news = fixture.news();
    await fixture.add(10);
    await news;
    expect(await sequences(journal)).toEqual([26]);
  });

  it("a start that fails lets the store go", async () => {
    using directory = storeDirectory();
    const broken = { ...ledger, restarted: (): never => undefined as never };
    const first = await start(onDisk(directory.path));
    await first.runner.close();
    await expect(start(onDisk(directory.path), { machine: broken })).rejects.toMatchObject({
      code: "internal",
    });
    await using second = await start(onDisk(directory.path));
    expect(second.runner.healthy).toBe(true);
  });
});

describe("which snapshots stay", () => {
  const at = (...all: number[]) => all.map((sequence) => ({ sequence, wall: 0, mark: sequence * 2 }));

  it("those without which a gap would be too long, and both ends", () => {
    const going = (...all: number[]): number[] => crowded(at(...all), 10).map(({ sequence }) => sequence);
    expect(going()).toEqual([]);
    expect(going(1)).toEqual([]);
    expect(going(1, 2)).toEqual([]);
    expect(going(1, 2, 3)).toEqual([2]);
    expect(going(0, 10, 20, 30)).toEqual([]);
    expect(going(0, 5, 10, 15, 20)).toEqual([5, 15]);
    expect(going(0, 9, 11)).toEqual([]);
  });

  it("a replay starts at the newest that is old enough", () => {
    const start = (mark: number, marks: number): number | undefined =>
      replayStart(at(5, 10, 15), mark, marks)?.sequence;
    expect(start(30, 0)).toBe(15);
    expect(start(30, 1)).toBe(10);
    expect(start(30, 10)).toBe(10);
    expect(start(30, 20)).toBe(5);
    expect(start(30, 21)).toBeUndefined();
  });
});
