// The journal of a store that lives and dies with its process.
import {
  type HistoryPage,
  type Journal,
  type JournalEntry,
  JournalError,
  type JournaledRecord,
  type JournalSnapshot,
  type JournalSnapshotInfo,
  type OpenedJournal,
  staleEpoch,
} from "./journal.ts";

/** Settings of {@link createMemoryJournal}. */
export interface MemoryJournalOptions {
  /**
   * How many of the newest records stay readable. A store without a disk is never replayed after its process ended,
   * so this is what histories, and an opener that takes over, can still see.
   *
   * @default 100_000
   */
  readonly retainRecords?: number;
}

/** The index of the first record behind a sequence, in a list that is ordered by it. */
function firstAfter(records: readonly { readonly sequence: number }[], sequence: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.sequence ?? 0) <= sequence) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** A journal in memory. Several writers may share it; the one that opened it last is the only one that can append. */
export function createMemoryJournal<Record>(options: MemoryJournalOptions = {}): Journal<Record> {
  const retainRecords = options.retainRecords ?? 100_000;
  let epoch = 0;
  let lastSequence = 0;
  let stored: JournalSnapshot[] = [];
  // The records with sequences firstSequence..lastSequence; cut in large pieces, so that appending stays cheap.
  let records: JournaledRecord<Record>[] = [];
  // The records of each stream, oldest first; also those that only their streams still know.
  const streams = new Map<string, JournaledRecord<Record>[]>();

  const firstSequence = (): number => lastSequence - records.length + 1;

  const forget = (count: number): void => {
    if (count > 0) {
      records = records.slice(count);
    }
  };

  const addToStreams = (record: JournaledRecord<Record>): void => {
    if (record.streams.length === 0) {
      return;
    }
    // One that names a stream twice is in it once.
    for (const stream of new Set(record.streams)) {
      const known = streams.get(stream);
      if (known === undefined) {
        streams.set(stream, [record]);
      } else {
        known.push(record);
      }
    }
  };

  const forgetInStreams = (before: number): void => {
    for (const [stream, known] of streams) {
      const kept = known.slice(firstAfter(known, before));
      if (kept.length === 0) {
        streams.delete(stream);
      } else {
        streams.set(stream, kept);
      }
    }
  };

  const demandEpoch = (writer: number): void => {
    if (writer !== epoch) {
      throw staleEpoch(writer, epoch);
    }
  };

  return {
    durable: false,

    open(): OpenedJournal {
      epoch += 1;
      return { epoch, lastSequence, forgottenTo: firstSequence() - 1, restored: false };
    },

    append(writer: number, entries: readonly JournalEntry<Record>[]): number {
      demandEpoch(writer);
      for (const entry of entries) {
        lastSequence += 1;
        const record = { ...entry, sequence: lastSequence };
        records.push(record);
        addToStreams(record);
      }
      if (records.length > retainRecords * 1.25 + 1_000) {
        forget(records.length - retainRecords);
        forgetInStreams(lastSequence - retainRecords);
      }
      return lastSequence;
    },

    probe(writer: number): void {
      demandEpoch(writer);
    },

    async *check(): AsyncIterable<JournalError> {
      // What never left the process is as it was.
    },

    *read(after: number): Iterable<JournaledRecord<Record>> {
      if (after < firstSequence() - 1) {
        throw new JournalError("truncated", `records before ${firstSequence()} are no longer kept`);
      }
      for (const record of records.slice(after - firstSequence() + 1)) {
        yield record;
      }
    },

    history(stream: string, page: HistoryPage = {}): readonly JournaledRecord<Record>[] {
      const { after = 0, limit = 100 } = page;
      const known = streams.get(stream) ?? [];
      const first = firstAfter(known, after);
      return known.slice(first, first + limit);
    },

    snapshot(writer: number, snapshot: JournalSnapshot): void {
      demandEpoch(writer);
      if (snapshot.sequence > lastSequence) {
        throw new RangeError(`there is no record ${snapshot.sequence} to take a snapshot after`);
      }
      stored = [...stored.filter(({ sequence }) => sequence !== snapshot.sequence), snapshot].sort(
        (a, b) => a.sequence - b.sequence,
      );
    },

    snapshots(): readonly JournalSnapshotInfo[] {
      return stored.map(({ sequence, wall, mark }) => ({ sequence, wall, mark }));
    },

    readSnapshot(sequence: number): unknown {
      const found = stored.find((snapshot) => snapshot.sequence === sequence);
      if (found === undefined) {
        throw new JournalError("truncated", `there is no snapshot ${sequence} (any more)`);
      }
      return found.state;
    },

    truncate(writer: number, sequence: number): void {
      demandEpoch(writer);
      if (!stored.some((snapshot) => snapshot.sequence === sequence)) {
        throw new RangeError(`there is no snapshot ${sequence} to stand for the records before it`);
      }
      stored = stored.filter((snapshot) => snapshot.sequence >= sequence);
      const count = Math.min(records.length, sequence - firstSequence() + 1);
      forget(count);
    },

    dropSnapshot(writer: number, sequence: number): void {
      demandEpoch(writer);
      stored = stored.filter((snapshot) => snapshot.sequence !== sequence);
    },

    close(): void {
      // Nothing to release: the records go with the last reference to the journal.
    },
  };
}
