// A journal of plain texts on disk, and what it holds.
import type { Journal, JournalEntry } from "../../src/service/store/journal.ts";
import { createSqliteJournal, type SqliteJournalOptions } from "../../src/service/store/sqlite/journal.ts";

export function textJournal(
  directory: string,
  options: Partial<SqliteJournalOptions<string>> = {},
): Journal<string> {
  return createSqliteJournal<string>({
    directory,
    product: "texts",
    codec: { encode: (record) => record, decode: (stored) => String(stored) },
    fsync: "never",
    ...options,
  });
}

export const entry = (record: string, ...streams: string[]): JournalEntry<string> => ({
  record,
  wall: 1,
  streams,
});

export async function recordsOf<Record>(journal: Journal<Record>, after = 0): Promise<Record[]> {
  const records: Record[] = [];
  for await (const { record } of journal.read(after)) {
    records.push(record);
  }
  return records;
}

/** What a start finds in a store of which it verifies everything; the store is closed again. */
export async function contentOf(
  directory: string,
  options: Partial<SqliteJournalOptions<string>> = { verify: true },
): Promise<{ readonly lastSequence: number; readonly records: string[]; readonly states: unknown[] }> {
  const journal = textJournal(directory, options);
  try {
    const { lastSequence } = await journal.open();
    const snapshots = await journal.snapshots();
    const states = await Promise.all(snapshots.map(({ sequence }) => journal.readSnapshot(sequence)));
    return { lastSequence, records: await recordsOf(journal, snapshots[0]?.sequence ?? 0), states };
  } finally {
    await journal.close();
  }
}
