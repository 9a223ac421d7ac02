// Records in their tables: appended, verified, read in order and by stream.
import { crc32 } from "node:zlib";
import { recordChecksum, type Stored } from "./checksum.ts";
import { type JournalEntry, JournalError, type JournaledRecord } from "./journal.ts";
import { damaged, type Store } from "./sqlite-store.ts";

/** Turns records into what is stored, and back. */
export interface RecordCodec<Record> {
  /** Text must be well-formed and free of NUL, as JSON is; anything else goes as bytes. */
  encode(record: Record): Stored;
  /** Receives what `encode` gave. */
  decode(stored: Stored): Record;
}

interface Row {
  readonly sequence: number;
  readonly wall: number;
  /** A JSON list, or "" for none. */
  readonly streams: string;
  readonly payload: Stored;
  readonly checksum: number;
}

/** The records of one open store. */
export interface StoredRecords<Record> {
  /** Only inside a transaction. */
  insert(sequence: number, entry: JournalEntry<Record>): void;
  /** The records after a sequence, at most `limit` of them. */
  page(after: number, limit: number): readonly JournaledRecord<Record>[];
  ofStream(stream: string, after: number, limit: number): readonly JournaledRecord<Record>[];
  /** Deletes what no stream keeps, with sequences after `after` up to `upTo`. Only inside a transaction. */
  remove(after: number, upTo: number): void;
  /** Looks at every stored record; answers the sequence of the newest. */
  verify(forgotten: number): number;
}

const columns = "journal.sequence, journal.wall, journal.streams, journal.payload, journal.checksum";

export function storedRecords<Record>(store: Store, codec: RecordCodec<Record>): StoredRecords<Record> {
  const { database, path } = store;
  const insert = database.prepare("INSERT INTO journal VALUES (?, ?, ?, ?, ?)");
  const insertStream = database.prepare("INSERT OR IGNORE INTO stream VALUES (?, ?)");
  const page = database.prepare(
    `SELECT ${columns} FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const ofStream = database.prepare(
    `SELECT ${columns} FROM stream JOIN journal USING (sequence)
     WHERE stream.stream = ? AND stream.sequence > ? ORDER BY stream.sequence LIMIT ?`,
  );
  const remove = database.prepare(
    "DELETE FROM journal WHERE sequence > ? AND sequence <= ? AND streams = ''",
  );

  const check = (row: Row): void => {
    if (row.checksum !== recordChecksum(row.sequence, row.wall, row.streams, row.payload)) {
      throw damaged(path, `record ${row.sequence} does not match its checksum`);
    }
  };

  const streamsOf = (row: Row): readonly string[] =>
    row.streams === "" ? [] : (JSON.parse(row.streams) as string[]);

  const decode = (row: Row): JournaledRecord<Record> => {
    check(row);
    let record: Record;
    try {
      record = codec.decode(row.payload);
    } catch (error) {
      throw damaged(path, `record ${row.sequence} cannot be decoded`, error);
    }
    return { sequence: row.sequence, wall: row.wall, streams: streamsOf(row), record };
  };

  return {
    insert(sequence: number, entry: JournalEntry<Record>): void {
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
      for (const stream of entry.streams) {
        insertStream.run(keyOf(stream), sequence);
      }
    },

    page: (after, limit) => (page.all(after, limit) as unknown as Row[]).map(decode),

    ofStream(stream: string, after: number, limit: number): readonly JournaledRecord<Record>[] {
      const found = (ofStream.all(keyOf(stream), after, limit) as unknown as Row[]).map(decode);
      for (const { sequence, streams } of found) {
        if (!streams.includes(stream)) {
          throw damaged(path, `record ${sequence} is listed in a stream that it does not belong to`);
        }
      }
      return found;
    },

    remove(after: number, upTo: number): void {
      remove.run(after, upTo);
    },

    verify(forgotten: number): number {
      let last = forgotten;
      const listed = createTally();
      const rows = database.prepare(`SELECT ${columns} FROM journal ORDER BY sequence`).iterate();
      for (const row of rows as unknown as Iterable<Row>) {
        check(row);
        if (row.sequence > forgotten) {
          last += 1;
          if (row.sequence !== last) {
            throw damaged(path, `record ${last} is missing; record ${row.sequence} is next`);
          }
        }
        for (const stream of new Set(streamsOf(row))) {
          listed.add(keyOf(stream), row.sequence);
        }
      }
      const indexed = createTally();
      const entries = database.prepare("SELECT stream, sequence FROM stream").iterate();
      for (const { stream, sequence } of entries as unknown as Iterable<{
        stream: string;
        sequence: number;
      }>) {
        indexed.add(stream, sequence);
      }
      if (!listed.equals(indexed)) {
        throw damaged(path, "the list of streams does not match the records");
      }
      return last;
    },
  };
}

/** How a stream is spelled in its table: any text, half characters included, becomes one that SQLite keeps. */
const keyOf = (stream: string): string => JSON.stringify(stream);

/** What is the same for the same pairs in whatever order. */
interface Tally {
  readonly count: number;
  readonly sum: number;
  add(stream: string, sequence: number): void;
  equals(other: Tally): boolean;
}

function createTally(): Tally {
  let count = 0;
  let sum = 0;
  return {
    get count() {
      return count;
    },
    get sum() {
      return sum;
    },
    add(stream: string, sequence: number): void {
      count += 1;
      sum = (sum + crc32(`${sequence} ${stream}`)) >>> 0;
    },
    equals: (other) => other.count === count && other.sum === sum,
  };
}

/** A page of records is read at once, so that no statement stays open between two turns of the event loop. */
const readPage = 512;

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
  for (;;) {
    const page = store.reading(() => records.page(last, readPage));
    for (const record of page) {
      if (record.sequence !== last + 1) {
        throw damaged(store.path, `record ${last + 1} is missing; record ${record.sequence} is next`);
      }
      last = record.sequence;
      yield record;
    }
    if (page.length < readPage) {
      return;
    }
  }
}
