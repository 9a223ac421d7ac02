// The journal in memory keeps order, epochs, streams and bounds.
import { describe, expect, it } from "vitest";
import { createMemoryJournal, type Journal } from "../../src/service/index.ts";

const entry = (record: string, ...streams: string[]) => ({ record, wall: 1, streams });

async function recordsOf(journal: Journal<string>, after = 0): Promise<string[]> {
  const records: string[] = [];
  for await (const { record } of journal.read(after)) {
    records.push(record);
  }
  return records;
}

describe("memory journal", () => {
  it("numbers records from 1 without holes and reads them after any sequence", async () => {
    const journal = createMemoryJournal<string>();
    const { epoch, lastSequence } = await journal.open();
    expect(lastSequence).toBe(0);
    expect(await journal.append(epoch, [entry("a"), entry("b")])).toBe(2);
    expect(await journal.append(epoch, [entry("c")])).toBe(3);
    expect(await recordsOf(journal)).toEqual(["a", "b", "c"]);
    expect(await recordsOf(journal, 2)).toEqual(["c"]);
  });

  it("refuses an append, a snapshot and a truncation of a stale epoch, and changes nothing", async () => {
    const journal = createMemoryJournal<string>();
    const stale = await journal.open();
    await journal.append(stale.epoch, [entry("a")]);
    const current = await journal.open();
    expect(current.epoch).toBeGreaterThan(stale.epoch);
    for (const attempt of [
      () => journal.append(stale.epoch, [entry("b")]),
      () => journal.snapshot(stale.epoch, { sequence: 1, wall: 1, state: {} }),
      () => journal.truncate(stale.epoch, 1),
    ]) {
      expect(attempt).toThrow(expect.objectContaining({ code: "stale_epoch" }));
    }
    expect(await recordsOf(journal)).toEqual(["a"]);
    expect(await journal.append(current.epoch, [entry("b")])).toBe(2);
  });

  it("pages through the history of one stream", async () => {
    const journal = createMemoryJournal<string>();
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a", "x"), entry("b", "y"), entry("c", "x", "y"), entry("d", "x")]);
    expect((await journal.history("x")).map(({ record }) => record)).toEqual(["a", "c", "d"]);
    expect((await journal.history("x", { after: 1, limit: 1 })).map(({ record }) => record)).toEqual(["c"]);
    expect(await journal.history("z")).toEqual([]);
  });

  it("keeps a bounded number of records, and says so when older ones are asked for", async () => {
    const journal = createMemoryJournal<string>({ retainRecords: 10 });
    const { epoch } = await journal.open();
    for (let index = 1; index <= 5_000; index += 1) {
      await journal.append(epoch, [entry(String(index))]);
    }
    expect((await recordsOf(journal, 4_990)).length).toBe(10);
    await expect(recordsOf(journal, 0)).rejects.toMatchObject({ code: "truncated" });
  });

  it("opens with the newest snapshot, after which truncated records are not missed", async () => {
    const journal = createMemoryJournal<string>();
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a"), entry("b")]);
    await journal.snapshot(epoch, { sequence: 1, wall: 1, state: "after a" });
    await journal.truncate(epoch, 1);
    const reopened = await journal.open();
    expect(reopened).toMatchObject({ lastSequence: 2, snapshot: { sequence: 1, state: "after a" } });
    expect(await recordsOf(journal, 1)).toEqual(["b"]);
  });
});
