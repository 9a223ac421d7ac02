// Long histories are read a little at a time, whoever reads them: counted by records, not by the clock.
import { expect, test } from "vitest";
import { readHistory } from "../../../src/service/feed/history.ts";
import type { HistoryPage, JournaledRecord } from "../../../src/service/store/journal.ts";

/** A journal of one long stream, which counts what is read of it in each turn of the event loop. */
function countingJournal(length: number): {
  readonly perTurn: readonly number[];
  history(stream: string, page?: HistoryPage): readonly JournaledRecord<number>[];
} {
  const perTurn: number[] = [];
  let turnOpen = false;
  return {
    perTurn,
    history(_stream, { after = 0, limit = 100 } = {}) {
      if (!turnOpen) {
        turnOpen = true;
        perTurn.push(0);
        setImmediate(() => {
          turnOpen = false;
        });
      }
      const count = Math.min(limit, length - after);
      perTurn[perTurn.length - 1] = (perTurn.at(-1) ?? 0) + count;
      return Array.from({ length: count }, (_, index) => {
        const sequence = after + index + 1;
        return { sequence, record: sequence, wall: 0, streams: ["s"] };
      });
    },
  };
}

async function read(journal: ReturnType<typeof countingJournal>): Promise<number[]> {
  const records: number[] = [];
  for await (const page of readHistory(journal, "s")) {
    records.push(...page.map(({ record }) => record));
  }
  return records;
}

test.each([1, 20])(
  "%d readers of a history read a bounded number of records in a turn, and all of them",
  async (readers) => {
    const journal = countingJournal(10_100);
    const all = Array.from({ length: 10_100 }, (_, index) => index + 1);
    const found = await Promise.all(Array.from({ length: readers }, () => read(journal)));
    expect(found).toEqual(Array.from({ length: readers }, () => all));
    // What the counter takes for one turn may be the end of one and the beginning of the next.
    expect(Math.max(...journal.perTurn)).toBeLessThanOrEqual(1_000);
  },
);

test("a short history is not kept waiting by a long one", async () => {
  const long = countingJournal(1_000_000);
  const reading = readHistory(long, "s");
  await reading.next();
  let pages = 0;
  const others = (async () => {
    for await (const _page of reading) {
      pages += 1;
    }
  })();
  for await (const _page of readHistory(long, "s", 999_990)) {
    // One page, whole at once.
  }
  expect(pages).toBeLessThan(10);
  await others;
});
