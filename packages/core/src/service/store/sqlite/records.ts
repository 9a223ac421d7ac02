// Records in their tables: appended, verified, read in order and by stream.

import { type JournalEntry, JournalError, type JournaledRecord } from "../journal.ts";
import type { RecordCodec, Stored } from "../record-codec.ts";
import { recordChecksum } from "./checksum.ts";
import { type Meta, readPage } from "./schema.ts";
import { damaged, type Store } from "./store.ts";
import { keyOf, type StreamIndex } from "./streams.ts";

/** A record as it is stored. */
export interface Row {
  readonly sequence: number;
  readonly wall: number;
  /** A JSON list, or "" for none. */
  readonly streams: string;
  /** Null when only the list of streams knows the record. */
  readonly payload: Stored | null;
  readonly checksum: number;
}

/** The records of one open store. */
export interface StoredRecords<Record> {
  /** Only inside a transaction; the index is told once that has succeeded. Answers the length of what was stored. */
  insert(sequence: number, entry: JournalEntry<Record>): number;
  /** The records after a sequence, at most `limit` of them. */
  page(after: number, limit: number): readonly JournaledRecord<Record>[];
  ofStream(stream: string, after: number, limit: number): readonly JournaledRecord<Record>[];
  /** The sequence of the oldest record that is still there, also if only for a stream; undefined in a new store. */
  first(): number | undefined;
  /** Deletes what no stream keeps, with sequences after `after` up to `upTo`. Only inside a transaction. */
  remove(after: number, upTo: number): void;
  /**
   * Looks at the records that a start needs, those after `forgotten`, and tells the index those that it lacks; answers
   * the sequence of the newest.
   */
  verify(meta: Meta): number;
}

/** The columns of a {@link Row}. */
export const columns = "journal.sequence, journal.wall, journal.streams, journal.payload, journal.checksum";

/** @throws {JournalError} `damaged` */
export function payloadOf({ sequence, wall, streams, payload, checksum }: Row, path: string): Stored {
  if (payload === null) {
    throw damaged(path, `record ${sequence} is missing, and the list of streams has it`);
  }
  if (checksum !== recordChecksum(sequence, wall, streams, payload)) {
    throw damaged(path, `record ${sequence} does not match its checksum`);
  }
  return payload;
}

export const streamsOf = ({ streams }: Pick<Row, "streams">): readonly string[] =>
  streams === "" ? [] : (JSON.parse(streams) as string[]);

export function storedRecords<Record>(
  store: Store,
  index: StreamIndex,
  codec: RecordCodec<Record>,
): StoredRecords<Record> {
  const { database, path } = store;
  const insert = database.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, ?)");
  const page = database.prepare(
    `SELECT ${columns} FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const ofStream = database.prepare(
    `SELECT stream.sequence, journal.wall, journal.streams, journal.payload, journal.checksum
     FROM stream LEFT JOIN journal USING (sequence)
     WHERE stream.stream = ? AND stream.sequence > ? ORDER BY stream.sequence LIMIT ?`,
  );
  const one = database.prepare(`SELECT ${columns} FROM journal WHERE sequence = ?`);
  const first = database.prepare("SELECT min(sequence) AS first FROM journal");
  const remove = database.prepare(
    "DELETE FROM journal WHERE sequence > ? AND sequence <= ? AND streams = ''",
  );

  const decode = (row: Row): JournaledRecord<Record> => {
    const payload = payloadOf(row, path);
    let record: Record;
    try {
      record = codec.decode(payload);
    } catch (error) {
      throw damaged(path, `record ${row.sequence} cannot be decoded`, error);
    }
    return { sequence: row.sequence, wall: row.wall, streams: streamsOf(row), record };
  };

  return {
    insert(sequence: number, entry: JournalEntry<Record>): number {
      const payload = codec.encode(entry.record);
      if (typeof payload === "string" && (payload.includes("\0") || !payload.isWellFormed())) {
        throw new TypeError("a codec gave text with a NUL or half a character; give bytes instead");
      }
      const streams = entry.streams.length === 0 ? "" : JSON.stringify(entry.streams);
      insert.run(
        sequence,
        entry.wall,
        streams,
        payload,
        recordChecksum(sequence, entry.wall, streams, payload),
      );
      return payload.length + streams.length;
    },

    page: (after, limit) => (page.all(after, limit) as unknown as Row[]).map(decode),

    ofStream(stream: string, after: number, limit: number): readonly JournaledRecord<Record>[] {
      index.demandWhole(stream);
      const rows = ofStream.all(keyOf(stream), after, limit) as unknown as Row[];
      for (const sequence of index.waiting(stream)) {
        if (sequence > after && rows.length < limit) {
          rows.push(one.get(sequence) as unknown as Row);
        }
      }
      const found = rows.map(decode);
      for (const { sequence, streams } of found) {
        if (!streams.includes(stream)) {
          throw damaged(path, `record ${sequence} is listed in a stream that it does not belong to`);
        }
      }
      return found;
    },

    first(): number | undefined {
      const row = first.get() as { readonly first: number | null } | undefined;
      return row?.first ?? undefined;
    },

    remove(after: number, upTo: number): void {
      remove.run(after, upTo);
    },

    verify({ forgotten, indexed }: Meta): number {
      let last = forgotten;
      const rows = inPages(
        (after) => page.all(after, readPage) as unknown as Row[],
        Math.min(forgotten, indexed),
      );
      for (const row of rows) {
        payloadOf(row, path);
        if (row.sequence > forgotten) {
          last += 1;
          if (row.sequence !== last) {
            throw damaged(path, `record ${last} is missing; record ${row.sequence} is next`);
          }
        }
        if (row.sequence > indexed) {
          index.add(row.sequence, streamsOf(row));
        }
      }
      return last;
    },
  };
}

function* inPages<Item extends { readonly sequence: number }>(
  read: (after: number) => readonly Item[],
  from: number,
): Generator<Item> {
  for (let after = from; ; ) {
    const page = read(after);
    yield* page;
    after = page.at(-1)?.sequence ?? after;
    if (page.length < readPage) {
      return;
    }
  }
}

/** All records after a sequence, in order. */
export function* readRecords<Record>(
  store: Store,
  records: StoredRecords<Record>,
  after: number,
): Generator<JournaledRecord<Record>> {
  const { forgotten } = store.reading(() => store.readMeta());
  if (after < forgotten) {
    throw new JournalError("truncated", `records up to ${forgotten} are no longer kept`);
  }
  let last = after;
  for (const record of inPages((from) => store.reading(() => records.page(from, readPage)), after)) {
    if (record.sequence !== last + 1) {
      throw damaged(store.path, `record ${last + 1} is missing; record ${record.sequence} is next`);
    }
    last = record.sequence;
    yield record;
  }
}
