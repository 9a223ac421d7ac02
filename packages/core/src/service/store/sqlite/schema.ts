// The tables of a stored journal, word for word: a store whose tables read differently is not opened.

/** Raised whenever a store of the new kind would be misread by the old code. Format 1 had no product, and is adopted. */
export const storeFormat = 2;

/** A record of a service has some hundred bytes to two kilobytes: several to a page, and few pages to a transaction. */
export const pageBytes = 8_192;

/** How long the log grows, in pages, before SQLite moves it into the database: 4 MB, which is moved in some milliseconds. */
export const checkpointPages = 500;

/**
 * Rows are read so many at a time, so that no statement stays open between two turns of the event loop; and not with
 * `iterate()`, which crashes Node 22.13 when its statement is collected meanwhile.
 */
export const readPage = 512;

/** The one row about the whole store. */
export interface Meta {
  /** Whose store it is. This column and `format` mean the same in every format. */
  readonly product: string;
  /** A random id that the store got when it was made. */
  readonly history: string;
  readonly epoch: number;
  /** A random id of the opener that raised the epoch: in a copy of a store the same epoch comes again. */
  readonly writer: string;
  /** Records up to this sequence are kept only in streams. */
  readonly forgotten: number;
  /** Streams of records up to this sequence are in the table `stream`. */
  readonly indexed: number;
  /** The newest record when the store was closed in order. */
  readonly last: number;
  /** Whether the store was closed in order; if not, what it lacks is in `store.db-wal`. */
  readonly clean: boolean;
}

/** The table about the whole store. */
export const createMeta =
  "CREATE TABLE meta (id INTEGER PRIMARY KEY, product TEXT NOT NULL, format INTEGER NOT NULL, history TEXT NOT NULL, epoch INTEGER NOT NULL, writer TEXT NOT NULL, forgotten INTEGER NOT NULL, indexed INTEGER NOT NULL, last INTEGER NOT NULL, clean INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT";

/** The same in format 1. */
const formerMeta =
  "CREATE TABLE meta (id INTEGER PRIMARY KEY, format INTEGER NOT NULL, epoch INTEGER NOT NULL, forgotten INTEGER NOT NULL, indexed INTEGER NOT NULL, clean INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT";

/**
 * `meta`: one row, see {@link Meta}.
 * `journal.streams`: a JSON list, or "" for none. `stream`: the same, turned around, for reading by stream.
 * `snapshot`: written after all its parts, so that parts without one belong to a snapshot that was never finished.
 */
const tables: readonly string[] = [
  "CREATE TABLE journal (sequence INTEGER PRIMARY KEY, wall REAL NOT NULL, streams TEXT NOT NULL, payload ANY NOT NULL, checksum INTEGER NOT NULL) STRICT",
  createMeta,
  "CREATE TABLE snapshot (sequence INTEGER PRIMARY KEY, wall REAL NOT NULL, mark REAL NOT NULL, parts INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT",
  "CREATE TABLE snapshot_part (id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, part INTEGER NOT NULL, payload ANY NOT NULL, checksum INTEGER NOT NULL) STRICT",
  "CREATE TABLE stream (stream TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (stream, sequence)) STRICT, WITHOUT ROWID",
];

const indexes: readonly string[] = ["CREATE INDEX snapshot_parts ON snapshot_part (sequence, part)"];

/** Makes the tables of a new store. */
export const createTables: string = [...tables, ...indexes].join(";\n");

/** The statements that SQLite must remember, in the order of {@link readTables}. */
export const expectedTables: readonly string[] = [...tables, ...indexes].sort();

/** Likewise for a store of format 1. */
export const formerTables: readonly string[] = [
  ...tables.map((table) => (table === createMeta ? formerMeta : table)),
  ...indexes,
].sort();

/** Reads back the statements that made the tables. */
export const readTables = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY sql";
