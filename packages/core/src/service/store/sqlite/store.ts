// The database of a stored journal: made once, opened under SQLite's own lock, verified, and closed in order.
import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { makePrivateDirectory } from "../../../node/make-directory.ts";
import { oldestNode } from "../../start/older-node.ts";
import { metaChecksum } from "../checksum.ts";
import { JournalError } from "../journal.ts";
import { createStore } from "./create.ts";
import { journalErrorOf, saysReadOnly } from "./error.ts";
import { checkpointPages, expectedTables, type Meta, readTables, storeFormat } from "./schema.ts";
import { type Transactions, transactions } from "./transactions.ts";
import { examineWal } from "./wal-file.ts";

/** How a store is opened. */
export interface StoreSettings {
  readonly directory: string;
  readonly fsync: "always" | "never";
  readonly lock: "exclusive" | "shared";
}

/** An open database, with its meta row at hand. */
export interface Store extends Transactions {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Whether the store had been closed in order before it was opened. */
  readonly wasClean: boolean;
  readMeta(): Meta;
  /** The epoch alone, for every append: the whole row was verified when the store was opened. */
  readEpoch(): number;
  /** Only inside a transaction. */
  writeMeta(meta: Meta): void;
}

type SqliteModule = typeof import("node:sqlite");

export function damaged(path: string, what: string, cause?: unknown): JournalError {
  return new JournalError("damaged", `${path} is damaged: ${what}`, { cause });
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

/** A damaged log may be one that its owner is writing right now: only a store that nobody holds is damaged. */
function refuseWal(sqlite: SqliteModule, path: string, what: string): never {
  const index = `${path}-shm`;
  const hadIndex = existsSync(index);
  const probe = new sqlite.DatabaseSync(path, { readOnly: true });
  try {
    probe.exec("PRAGMA busy_timeout=0; SELECT count(*) FROM sqlite_schema");
  } finally {
    probe.close();
    if (!hadIndex) {
      rmSync(index, { force: true });
    }
  }
  throw damaged(`${path}-wal`, what);
}

function prepareMeta(
  database: DatabaseSync,
  path: string,
): Pick<Store, "readMeta" | "readEpoch" | "writeMeta"> {
  const read: StatementSync = database.prepare(
    "SELECT format, epoch, forgotten, indexed, clean, checksum FROM meta WHERE id = 1",
  );
  const readEpoch: StatementSync = database.prepare("SELECT epoch FROM meta WHERE id = 1");
  const write: StatementSync = database.prepare(
    "UPDATE meta SET epoch = ?, forgotten = ?, indexed = ?, clean = ?, checksum = ? WHERE id = 1",
  );
  return {
    readMeta(): Meta {
      const row = read.get() as
        | { [Column in "format" | "epoch" | "forgotten" | "indexed" | "clean" | "checksum"]: number }
        | undefined;
      const { epoch = 0, forgotten = 0, indexed = 0 } = row ?? {};
      const meta = { epoch, forgotten, indexed, clean: row?.clean === 1 };
      if (row === undefined || row.checksum !== metaChecksum(row.format, meta)) {
        throw damaged(path, "the row about the store itself does not match its checksum");
      }
      if (row.format !== storeFormat) {
        throw damaged(path, `it has format ${row.format}, and this version reads format ${storeFormat}`);
      }
      return meta;
    },
    readEpoch: () => (readEpoch.get() as { readonly epoch: number }).epoch,
    writeMeta(meta: Meta): void {
      const { epoch, forgotten, indexed, clean } = meta;
      write.run(epoch, forgotten, indexed, clean ? 1 : 0, metaChecksum(storeFormat, meta));
    },
  };
}

function verifyStructure(database: DatabaseSync, path: string): void {
  const findings = database.prepare("PRAGMA quick_check(1)").all() as { readonly quick_check: string }[];
  const finding = findings[0]?.quick_check;
  if (finding !== "ok") {
    throw damaged(path, finding?.replaceAll(/\s+/g, " ") ?? "it cannot be checked");
  }
  const found = (database.prepare(readTables).all() as { readonly sql: string }[]).map(({ sql }) => sql);
  if (found.join(";") !== expectedTables.join(";")) {
    throw damaged(path, "it does not hold the tables of a journal, or those of another version");
  }
}

/** SQLite opens a file that it must not write, and one whose header claims a format of the future, for reading only. */
function demandWritable(database: DatabaseSync, path: string): void {
  try {
    database.exec("UPDATE meta SET id = id WHERE false");
  } catch (error) {
    if (saysReadOnly(error)) {
      accessSync(path, constants.W_OK);
      throw damaged(path, "its header says that it must not be written", error);
    }
    throw error;
  }
}

/**
 * Opens the store in a directory, and makes both if there is none. Nothing is written to a store that exists.
 *
 * @throws {JournalError} `locked`, `damaged` or `unavailable`
 */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const { directory } = settings;
  // Loaded here, so that who never opens a store neither loads SQLite nor sees its warning on older versions of Node.
  const sqlite: SqliteModule = await import("node:sqlite").catch((cause: unknown) => {
    throw new JournalError("unavailable", `a store on disk needs Node ${oldestNode} or newer`, { cause });
  });
  try {
    return open(sqlite, settings);
  } catch (error) {
    const known = journalErrorOf(error, directory, "opening");
    if (known instanceof Error && "syscall" in known && "code" in known) {
      throw new JournalError("unavailable", `the store in ${directory} cannot be opened: ${known.message}`, {
        cause: known,
      });
    }
    throw known;
  }
}

function open(sqlite: SqliteModule, { directory, fsync, lock }: StoreSettings): Store {
  makePrivateDirectory(directory);
  const path = join(directory, "store.db");
  if (sizeOf(path) === undefined) {
    if ((sizeOf(`${path}-wal`) ?? 0) > 0) {
      throw damaged(path, "the file is missing, and its log store.db-wal is there");
    }
    createStore(sqlite, path);
  }
  if (sizeOf(path) === 0) {
    throw damaged(path, "the file is empty");
  }
  const wal = lock === "exclusive" ? examineWal(`${path}-wal`) : "sound";
  if (typeof wal === "object") {
    refuseWal(sqlite, path, wal.damaged);
  }

  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec(
      `PRAGMA busy_timeout=0; PRAGMA locking_mode=${lock === "exclusive" ? "EXCLUSIVE" : "NORMAL"}`,
    );
    database.exec(
      `PRAGMA synchronous=${fsync === "always" ? "FULL" : "OFF"}; PRAGMA wal_autocheckpoint=${checkpointPages}; PRAGMA cell_size_check=ON`,
    );
    // Takes the lock, and lets SQLite recover its log.
    const mode = database.prepare("PRAGMA journal_mode").get() as
      | { readonly journal_mode: string }
      | undefined;
    database.exec("BEGIN IMMEDIATE; ROLLBACK");
    if (mode?.journal_mode !== "wal") {
      throw damaged(path, `its journal mode is ${mode?.journal_mode}, which this store never uses`);
    }
    verifyStructure(database, path);
    const meta = prepareMeta(database, path);
    demandWritable(database, path);
    const { clean: wasClean } = meta.readMeta();
    if (!wasClean && wal === "absent") {
      throw damaged(`${path}-wal`, "the file is missing, and the store was not closed in order");
    }
    return { database, path, wasClean, ...meta, ...transactions(database, path, directory) };
  } catch (error) {
    closeDatabase(database, path, wal !== "absent");
    throw error;
  }
}

/**
 * Closes the connection. SQLite then moves its log into the database and deletes it; a store that is not marked as
 * clean must keep a log, if only an empty one, for a log that is missing means loss.
 */
export function closeDatabase(database: DatabaseSync, path: string, keepWal: boolean): void {
  const wal = `${path}-wal`;
  const hadWal = existsSync(wal);
  database.close();
  if (keepWal && hadWal && !existsSync(wal)) {
    writeFileSync(wal, "", { mode: 0o600, flag: "a" });
  }
}
