// What every journal promises, whatever it is made of.
import { afterEach, describe, expect, it } from "vitest";
import { createMemoryJournal, type Journal } from "../../src/service/index.ts";
import { storeDirectory } from "./store-directory.ts";
import { entry, recordsOf, textJournal } from "./text-journal.ts";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }
});

/** Journals on the same store, in which a later one may take over from an earlier one. */
function onDisk(count: number, lock: "exclusive" | "shared"): Journal<string>[] {
  const directory = storeDirectory();
  cleanups.push(() => directory[Symbol.dispose]());
  return Array.from({ length: count }, () => {
    const journal = textJournal(directory.path, { lock });
    cleanups.push(() => journal.close());
    return journal;
  });
}

function inMemory(count: number): Journal<string>[] {
  return new Array<Journal<string>>(count).fill(createMemoryJournal<string>());
}

describe.each([
  ["memory", inMemory],
  ["SQLite", onDisk],
] as const)("%s journal", (_name, make) => {
  const create = (): Journal<string> => make(1, "exclusive")[0] as Journal<string>;

  it("numbers records from 1 without holes and reads them after any sequence", async () => {
    const journal = create();
    const { epoch, lastSequence } = await journal.open();
    expect(lastSequence).toBe(0);
    expect(await journal.append(epoch, [entry("a"), entry("b")])).toBe(2);
    expect(await journal.append(epoch, [entry("c")])).toBe(3);
    expect(await recordsOf(journal)).toEqual(["a", "b", "c"]);
    expect(await recordsOf(journal, 2)).toEqual(["c"]);
    expect(await recordsOf(journal, 3)).toEqual([]);
  });

  it("refuses an append, a snapshot and a truncation of a stale epoch, and changes nothing", async () => {
    const [first, second] = make(2, "shared") as [Journal<string>, Journal<string>];
    const stale = await first.open();
    await first.append(stale.epoch, [entry("a")]);
    await first.snapshot(stale.epoch, { sequence: 1, wall: 1, mark: 1, state: {} });
    const current = await second.open();
    expect(current).toEqual({ epoch: stale.epoch + 1, lastSequence: 1, forgottenTo: 0, restored: false });
    for (const attempt of [
      async () => first.append(stale.epoch, [entry("b")]),
      async () => first.snapshot(stale.epoch, { sequence: 0, wall: 1, mark: 0, state: {} }),
      async () => first.truncate(stale.epoch, 1),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ name: "JournalError", code: "stale_epoch" });
    }
    expect(await recordsOf(second)).toEqual(["a"]);
    expect(await second.snapshots()).toEqual([{ sequence: 1, wall: 1, mark: 1 }]);
    expect(await second.append(current.epoch, [entry("b")])).toBe(2);
  });

  it("pages through the history of one stream", async () => {
    const journal = create();
    const { epoch } = await journal.open();
    await journal.append(epoch, [
      entry("a", "x"),
      entry("b", "y"),
      entry("c", "x", "y"),
      entry("d", "x", "x"),
    ]);
    expect((await journal.history("x")).map(({ record }) => record)).toEqual(["a", "c", "d"]);
    expect((await journal.history("x", { after: 1, limit: 1 })).map(({ record }) => record)).toEqual(["c"]);
    expect(await journal.history("z")).toEqual([]);
  });

  it("keeps any text as the name of a stream", async () => {
    const journal = create();
    const { epoch } = await journal.open();
    const names = ["", "\0", "a\0b", "a\0c", "\ud800", "\udc00", '"', "é", "e\u0301"];
    await journal.append(
      epoch,
      names.map((name, index) => entry(String(index), name)),
    );
    for (const [index, name] of names.entries()) {
      expect(await journal.history(name)).toMatchObject([{ record: String(index), streams: [name] }]);
    }
  });

  it("keeps snapshots beside each other, and forgets what lies before one of them", async () => {
    const journal = create();
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a", "x"), entry("b"), entry("c"), entry("d")]);
    await journal.snapshot(epoch, { sequence: 1, wall: 1, mark: 10, state: { after: "a" } });
    await journal.snapshot(epoch, { sequence: 3, wall: 2, mark: 30, state: { after: "c" } });
    expect(await journal.snapshots()).toEqual([
      { sequence: 1, wall: 1, mark: 10 },
      { sequence: 3, wall: 2, mark: 30 },
    ]);
    expect(await journal.readSnapshot(1)).toEqual({ after: "a" });
    await journal.truncate(epoch, 3);
    expect(await journal.snapshots()).toEqual([{ sequence: 3, wall: 2, mark: 30 }]);
    expect(await journal.readSnapshot(3)).toEqual({ after: "c" });
    await expect((async () => journal.readSnapshot(1))()).rejects.toMatchObject({ code: "truncated" });
    expect(await recordsOf(journal, 3)).toEqual(["d"]);
    await expect(recordsOf(journal, 2)).rejects.toMatchObject({ code: "truncated" });
    expect(await journal.history("x")).toMatchObject([{ sequence: 1, record: "a" }]);
    expect(await journal.open()).toEqual({
      epoch: epoch + 1,
      lastSequence: 4,
      forgottenTo: 3,
      restored: false,
    });
  });

  it("refuses to forget records that no snapshot stands for", async () => {
    const journal = create();
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a"), entry("b")]);
    await journal.snapshot(epoch, { sequence: 1, wall: 1, mark: 1, state: {} });
    await expect((async () => journal.truncate(epoch, 2))()).rejects.toThrow(RangeError);
    await expect(
      (async () => journal.snapshot(epoch, { sequence: 3, wall: 1, mark: 1, state: {} }))(),
    ).rejects.toThrow(RangeError);
    expect(await recordsOf(journal)).toEqual(["a", "b"]);
  });
});

describe("memory journal", () => {
  it("keeps a bounded number of records, and says so when older ones are asked for", async () => {
    const journal = createMemoryJournal<string>({ retainRecords: 10 });
    const { epoch } = await journal.open();
    for (let index = 1; index <= 5_000; index += 1) {
      await journal.append(epoch, [entry(String(index))]);
    }
    expect((await recordsOf(journal, 4_990)).length).toBe(10);
    await expect(recordsOf(journal, 0)).rejects.toMatchObject({ code: "truncated" });
  });

  it("forgets in streams what it no longer keeps, and streams that have nothing left", async () => {
    const journal = createMemoryJournal<string>({ retainRecords: 10 });
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("old", "gone")]);
    for (let index = 2; index <= 5_000; index += 1) {
      await journal.append(epoch, [entry(String(index), "kept")]);
    }
    expect(await journal.history("gone")).toEqual([]);
    const kept = await journal.history("kept", { limit: 5_000 });
    expect(kept.length).toBeLessThan(1_100);
    expect(kept.at(-1)?.record).toBe("5000");
  });
});
