// Which records belong to a stream: a table that lags behind the journal, and in memory what it lacks. Rows of a stream lie
// all over the table, so a transaction for every few records would write a page for almost every row.

import { damaged, type Store } from "./store.ts";

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
  /** The list of this stream is known to lack records; of any stream, without a name. */
  distrust(stream?: string): void;
  /** @throws {JournalError} `damaged` when the list of this stream is known to lack records */
  demandWhole(stream: string): void;
  /** The sequences of a stream's records, oldest first, that are not in the table yet. */
  waiting(stream: string): readonly number[];
}

/** About a millisecond of writing. */
const mostWaiting = 1_000;

/** How a stream is spelled in its table: any text, half characters included, becomes one that SQLite keeps. */
export const keyOf = (stream: string): string => JSON.stringify(stream);

export function streamIndex({ database, path, readMeta, writeMeta }: Store): StreamIndex {
  const insert = database.prepare("INSERT INTO stream VALUES (?, ?)");
  // Pairs, for most of them are written down before anybody asks.
  let names: string[] = [];
  let sequences: number[] = [];
  const incomplete = new Set<string>();
  let allIncomplete = false;

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

    distrust(stream?: string): void {
      if (stream === undefined) {
        allIncomplete = true;
      } else {
        incomplete.add(stream);
      }
    },

    demandWhole(stream: string): void {
      if (allIncomplete || incomplete.has(stream)) {
        throw damaged(path, `the list of streams lacks records of ${JSON.stringify(stream)}`);
      }
    },

    waiting: (stream) => sequences.filter((_, index) => names[index] === stream),
  };
}
