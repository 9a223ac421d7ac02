// The journal of a store that lives and dies with its process.
import {
  type HistoryPage,
  type Journal,
  type JournalEntry,
  JournalError,
  type JournaledRecord,
  type JournalSnapshot,
  type OpenedJournal,
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

/** A journal in memory. Several writers may share it; the one that opened it last is the only one that can append. */
export function createMemoryJournal<Record>(options: MemoryJournalOptions = {}): Journal<Record> {
  const retainRecords = options.retainRecords ?? 100_000;
  let epoch = 0;
  let lastSequence = 0;
  let newest: JournalSnapshot | undefined;
  // The records with sequences firstSequence..lastSequence; cut in large pieces, so that appending stays cheap.
  let records: JournaledRecord<Record>[] = [];

  const firstSequence = (): number => lastSequence - records.length + 1;

  const forget = (count: number): void => {
    if (count > 0) {
      records = records.slice(count);
    }
  };

  const demandEpoch = (writer: number): void => {
    if (writer !== epoch) {
      throw new JournalError(
        "stale_epoch",
        `a newer writer (epoch ${epoch}) has opened this store; epoch ${writer} may not write`,
      );
    }
  };

  return {
    open(): OpenedJournal {
      epoch += 1;
      return { epoch, lastSequence, snapshot: newest };
    },

    append(writer: number, entries: readonly JournalEntry<Record>[]): number {
      demandEpoch(writer);
      for (const entry of entries) {
        lastSequence += 1;
        records.push({ ...entry, sequence: lastSequence });
      }
      if (records.length > retainRecords * 1.25 + 1_000) {
        forget(records.length - retainRecords);
      }
      return lastSequence;
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
      const found: JournaledRecord<Record>[] = [];
      for (const record of records) {
        if (found.length >= limit) {
          break;
        }
        if (record.sequence > after && record.streams.includes(stream)) {
          found.push(record);
        }
      }
      return found;
    },

    snapshot(writer: number, snapshot: JournalSnapshot): void {
      demandEpoch(writer);
      newest = snapshot;
    },

    truncate(writer: number, sequence: number): void {
      demandEpoch(writer);
      forget(Math.min(records.length, sequence - firstSequence() + 1));
    },

    close(): void {
      // Nothing to release: the records go with the last reference to the journal.
    },
  };
}
