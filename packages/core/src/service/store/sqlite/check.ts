// Looks at what a start does not read: old records, and the lists of streams in both directions. In steps of a few rows, so
// that it can go on for as long as it takes while the service runs.

import { JournalError } from "../journal.ts";
import { journalErrorOf } from "./error.ts";
import { columns, payloadOf, type Row, streamsOf } from "./records.ts";
import type { Meta } from "./schema.ts";
import { damaged, type Store } from "./store.ts";
import { keyOf, type StreamIndex } from "./streams.ts";

/** A row of the list of streams, and what its record says; null when the record is missing. */
interface Listed {
  readonly stream: string;
  readonly sequence: number;
  readonly streams: string | null;
}

/** Short even when the records are large. */
const rowsPerStep = 64;
/** So many damages are told one by one; a store with more of them has lost its histories. */
const mostFaults = 100;

/**
 * Looks at records up to `upTo`, and at the streams of those that were listed by then; yields each damage, and nothing after
 * each step. Streams that lack a record are distrusted from then on.
 */
export function* checkStore(
  store: Store,
  index: StreamIndex,
  { indexed }: Pick<Meta, "indexed">,
  upTo: number,
): Generator<JournalError | undefined> {
  let faults = 0;
  for (const walk of [records(store, index, indexed, upTo), lists(store)]) {
    for (const fault of walk) {
      yield fault;
      faults += fault === undefined ? 0 : 1;
      if (faults === mostFaults) {
        index.distrust();
        yield damaged(store.path, `there are more damages than the ${mostFaults} that were told`);
        return;
      }
    }
  }
}

function* records(
  { database, path }: Store,
  index: StreamIndex,
  indexed: number,
  upTo: number,
): Generator<JournalError | undefined> {
  const page = database.prepare(
    `SELECT ${columns} FROM journal WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
  );
  const isListed = database.prepare("SELECT 1 FROM stream WHERE stream = ? AND sequence = ?");
  for (let after = 0, isWhole = true; isWhole; ) {
    let rows: Row[];
    try {
      rows = page.all(after, upTo, rowsPerStep) as unknown as Row[];
    } catch (error) {
      // There is no telling what would come next.
      index.distrust();
      yield unreadable(error, path, `records after ${after}`);
      return;
    }
    for (const row of rows) {
      const fault = faultOf(() => payloadOf(row, path));
      if (fault !== undefined) {
        yield fault;
        continue;
      }
      for (const stream of row.sequence <= indexed ? streamsOf(row) : []) {
        if (isListed.get(keyOf(stream), row.sequence) === undefined) {
          index.distrust(stream);
          yield damaged(
            path,
            `the list of streams lacks record ${row.sequence} of ${JSON.stringify(stream)}`,
          );
        }
      }
    }
    after = rows.at(-1)?.sequence ?? after;
    isWhole = rows.length === rowsPerStep;
    yield undefined;
  }
}

function* lists({ database, path }: Store): Generator<JournalError | undefined> {
  const page = database.prepare(
    `SELECT stream.stream, stream.sequence, journal.streams FROM stream LEFT JOIN journal USING (sequence)
     WHERE (stream.stream, stream.sequence) > (?, ?) ORDER BY stream.stream, stream.sequence LIMIT ?`,
  );
  let last: Pick<Listed, "stream" | "sequence"> = { stream: "", sequence: 0 };
  for (let isWhole = true; isWhole; ) {
    let rows: Listed[];
    try {
      rows = page.all(last.stream, last.sequence, rowsPerStep) as unknown as Listed[];
    } catch (error) {
      yield unreadable(error, path, `the list of streams after ${last.stream}`);
      return;
    }
    for (const { stream, sequence, streams } of rows) {
      if (streams === null || !streamsOf({ streams }).some((name) => keyOf(name) === stream)) {
        yield damaged(
          path,
          `the list of streams has record ${sequence} in ${stream}, where it does not belong`,
        );
      }
    }
    last = rows.at(-1) ?? last;
    isWhole = rows.length === rowsPerStep;
    yield undefined;
  }
}

function faultOf(work: () => void): JournalError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof JournalError) {
      return error;
    }
    throw error;
  }
}

function unreadable(error: unknown, path: string, what: string): JournalError {
  const known = journalErrorOf(error, path, "serving");
  if (known instanceof JournalError && known.code === "damaged") {
    return damaged(path, `${what} cannot be read`, known);
  }
  throw known;
}
