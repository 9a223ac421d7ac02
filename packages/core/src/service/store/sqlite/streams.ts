// Which records belong to a stream: a table that lags behind the journal, and in memory what it lacks. Rows of a stream lie
// all over the table, so a transaction for every few records would write a page for almost every row.

import { createTally, type Tally } from "../stream-tally.ts";
import { readPage } from "./schema.ts";
import type { Store } from "./store.ts";

/** The lists of records by stream, of one open store. */
export interface StreamIndex {
  /** Notes the streams of a record that is stored by now. Records come in order. */
  add(sequence: number, streams: readonly string[]): void;
  /** Whether {@link StreamIndex.write} is worth while. */
  readonly isDue: boolean;
  /** Writes down what is noted, all of it up to this record. Only inside a transaction. */
  write(upTo: number): void;
  /** Forgets what is noted: the transaction of {@link StreamIndex.write} has succeeded, or all will be read again. */
  clear(): void;
  /** The sequences of a stream's records, oldest first, that are not in the table yet. */
  waiting(stream: string): readonly number[];
  /** What the table says. */
  tally(): Tally;
}

/** About a millisecond of writing. */
const mostWaiting = 1_000;

interface StreamRow {
  readonly stream: string;
  readonly sequence: number;
}

/** How a stream is spelled in its table: any text, half characters included, becomes one that SQLite keeps. */
export const keyOf = (stream: string): string => JSON.stringify(stream);

export function streamIndex({ database, readMeta, writeMeta }: Store): StreamIndex {
  const insert = database.prepare("INSERT INTO stream VALUES (?, ?)");
  const page = database.prepare(
    "SELECT stream, sequence FROM stream WHERE (stream, sequence) > (?, ?) ORDER BY stream, sequence LIMIT ?",
  );
  // Pairs, for most of them are written down before anybody asks.
  let names: string[] = [];
  let sequences: number[] = [];

  return {
    add(sequence: number, streams: readonly string[]): void {
      for (let index = 0; index < streams.length; index += 1) {
        const stream = streams[index];
        // One that names a stream twice is in it once.
        if (stream !== undefined && streams.indexOf(stream) === index) {
          names.push(stream);
          sequences.push(sequence);
        }
      }
    },

    get isDue() {
      return names.length >= mostWaiting;
    },

    write(upTo: number): void {
      names.forEach((stream, index) => {
        insert.run(keyOf(stream), sequences[index] ?? 0);
      });
      writeMeta({ ...readMeta(), indexed: upTo });
    },

    clear(): void {
      names = [];
      sequences = [];
    },

    waiting: (stream) => sequences.filter((_, index) => names[index] === stream),

    tally(): Tally {
      const tally = createTally();
      for (let read = readPage, after: StreamRow = { stream: "", sequence: 0 }; read === readPage; ) {
        const rows = page.all(after.stream, after.sequence, readPage) as unknown as StreamRow[];
        for (const row of rows) {
          tally.add(row.stream, row.sequence);
          after = row;
        }
        read = rows.length;
      }
      return tally;
    },
  };
}
