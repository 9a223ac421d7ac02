// The database of a stored journal: made once, opened under a lock that nobody can undo, and closed in order.

import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { isError } from "../../../errors/foreign.ts";
import { makePrivateDirectory } from "../../../node/make-directory.ts";
import { oldestNode } from "../../shared/older-node.ts";
import { JournalError } from "../journal.ts";
import { removeHold } from "./backup-hold.ts";
import { metaChecksum } from "./checksum.ts";
import { createStore, insertMeta, metaRow, newMeta, removeDrafts } from "./create.ts";
import { type DurableLog, durableLog } from "./durable-log.ts";
import { journalErrorOf, saysReadOnly } from "./error.ts";
import {
  demandAdoptable,
  firstOf,
  foreignStore,
  glance,
  metaOf,
  newerFormat,
  type SqliteModule,
  type StoreOwner,
} from "./identity.ts";
import { type Held, hold } from "./lock.ts";
import { readMark } from "./mark.ts";
import {
  checkpointPages,
  createMeta,
  expectedTables,
  formerTables,
  type Meta,
  readTables,
  storeFormat,
} from "./schema.ts";
import { type Transactions, transactions } from "./transactions.ts";
import { emptyWal, examineWal, type WalEnd } from "./wal-file.ts";

/** How a store is opened. */
export interface StoreSettings extends StoreOwner {
  readonly directory: string;
  readonly fsync: "always" | "never";
  readonly lock: "exclusive" | "shared";
  /** Whether every page is looked at, not only what is read anyway. */
  readonly verify: boolean;
}

/** An open database, with its meta row at hand. */
export interface Store extends Transactions {
  readonly database: DatabaseSync;
  readonly path: string;
  /** Whether the store had been closed in order before it was opened. */
  readonly wasClean: boolean;
  readMeta(): Meta;
  /** The epoch and writer alone, for every append: the whole row was verified when the store was opened. */
  readWriter(): Pick<Meta, "epoch" | "writer">;
  /** Only inside a transaction. */
  writeMeta(meta: Meta): void;
  /**
   * From here on `writer` alone writes: says beside the log how far it is durable, after every transaction. Called inside the
   * transaction that makes it the writer.
   */
  markFor(writer: string): void;
  /** Closes the database and lets the store go; `inOrder` when the row about it says that it is clean. */
  close(inOrder: boolean): void;
}

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
  settings: StoreSettings,
): Pick<Store, "readMeta" | "readWriter" | "writeMeta"> {
  const read: StatementSync = database.prepare("SELECT * FROM meta WHERE id = 1");
  const readWriter: StatementSync = database.prepare("SELECT epoch, writer FROM meta WHERE id = 1");
  const insert: StatementSync = database.prepare(insertMeta);
  return {
    readMeta(): Meta {
      const row = read.get();
      const format = row?.format;
      const meta = metaOf(row ?? {});
      if (typeof format !== "number" || row?.checksum !== metaChecksum(format, meta)) {
        throw damaged(path, "the row about the store itself does not match its checksum");
      }
      if (meta.product !== settings.product) {
        throw foreignStore(settings.directory, meta.product, settings);
      }
      if (format !== storeFormat) {
        throw newerFormat(settings.directory, format);
      }
      return meta;
    },
    readWriter: () => readWriter.get() as unknown as Pick<Meta, "epoch" | "writer">,
    writeMeta(meta: Meta): void {
      insert.run(...metaRow(meta));
    },
  };
}

const tablesOf = (database: DatabaseSync): string =>
  (database.prepare(readTables).all() as { readonly sql: string }[]).map(({ sql }) => sql).join(";");

/** Gives a store of format 1 its name. */
function adopt(database: DatabaseSync, path: string, settings: StoreSettings): void {
  const row = database
    .prepare("SELECT format, epoch, forgotten, indexed, clean, checksum FROM meta WHERE id = 1")
    .get() as {
    readonly [Column in "format" | "epoch" | "forgotten" | "indexed" | "clean" | "checksum"]: number;
  };
  const { format, epoch, forgotten, indexed } = row;
  const clean = row.clean === 1;
  if (row.checksum !== crc32(`${format} ${epoch} ${forgotten} ${indexed} ${clean}\n`)) {
    throw damaged(path, "the row about the store itself does not match its checksum");
  }
  demandAdoptable(firstOf(database), settings.directory, settings);
  const { last } = database.prepare("SELECT max(sequence) AS last FROM journal").get() as {
    readonly last: number | null;
  };
  database.exec(`BEGIN IMMEDIATE; DROP TABLE meta; ${createMeta}`);
  const meta = { ...newMeta(settings.product), epoch, forgotten, indexed, clean };
  database.prepare(insertMeta).run(...metaRow({ ...meta, last: Math.max(last ?? 0, forgotten) }));
  database.exec("COMMIT");
}

/** @throws {JournalError} `damaged` */
export function verifyPages(database: DatabaseSync, path: string): void {
  const findings = database.prepare("PRAGMA quick_check(1)").all() as { readonly quick_check: string }[];
  const finding = findings[0]?.quick_check;
  if (finding !== "ok") {
    throw damaged(path, finding?.replaceAll(/\s+/g, " ") ?? "it cannot be checked");
  }
}

function verifyTables(database: DatabaseSync, path: string, settings: StoreSettings): void {
  const found = tablesOf(database);
  if (found === formerTables.join(";")) {
    adopt(database, path, settings);
  } else if (found !== expectedTables.join(";")) {
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
 * Opens the store in a directory, and makes both if there is none. Nothing is written to a store that exists, save the name of
 * one that had none.
 *
 * @throws {JournalError} `foreign`, `locked`, `damaged` or `unavailable`
 */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const { directory } = settings;
  const held: Held[] = [];
  try {
    return await open(await loadSqlite(), settings, held);
  } catch (error) {
    for (const each of held) {
      each.release();
    }
    const known = journalErrorOf(error, directory, "opening");
    if (isError(known) && "syscall" in known && "code" in known) {
      throw new JournalError("unavailable", `the store in ${directory} cannot be opened: ${known.message}`, {
        cause: known,
      });
    }
    throw known;
  }
}

/** Loaded late, so that who never opens a store neither loads SQLite nor sees its warning on older versions of Node. */
export async function loadSqlite(): Promise<SqliteModule> {
  try {
    return await import("node:sqlite");
  } catch (cause) {
    throw new JournalError("unavailable", `a store on disk needs Node ${oldestNode} or newer`, { cause });
  }
}

/** Looks at a log, of which the mark says how far it must go, before SQLite sees it. */
function examineLog(
  sqlite: SqliteModule,
  path: string,
  fsync: StoreSettings["fsync"],
  history: string | undefined,
): "absent" | WalEnd {
  const wal = `${path}-wal`;
  const mark =
    history !== undefined && existsSync(wal) ? readMark(`${path}-mark`, { history, fsync }) : undefined;
  const found = examineWal(wal, mark);
  if (typeof found === "object" && "damaged" in found) {
    refuseWal(sqlite, path, found.damaged);
  }
  return found;
}

async function open(sqlite: SqliteModule, settings: StoreSettings, held: Held[]): Promise<Store> {
  const { directory, fsync, lock } = settings;
  const path = join(directory, "store.db");
  const alone = lock === "exclusive";
  let seen = existsSync(path) ? glance(sqlite, path, directory, settings) : undefined;
  makePrivateDirectory(directory);
  if (alone) {
    held.push(await hold(directory, directory));
    removeDrafts(path);
    removeHold(path);
  }
  if (sizeOf(path) === undefined) {
    if ((sizeOf(`${path}-wal`) ?? 0) > 0) {
      throw damaged(path, "the file is missing, and its log store.db-wal is there");
    }
    createStore(sqlite, path, settings.product);
  }
  if (alone) {
    held.push(await hold(path, directory));
    // What was seen before may have been another's work in progress.
    seen = glance(sqlite, path, directory, settings);
  }
  if (sizeOf(path) === 0) {
    throw damaged(path, "the file is empty");
  }
  // A store that was closed in order has nothing in its log that matters, and one of format 1 has no mark.
  const marked = alone && seen?.clean === false ? seen.history : undefined;
  const wal = alone ? examineLog(sqlite, path, fsync, marked) : emptyWal;
  const log = durableLog({ path, fsync, end: wal === "absent" ? emptyWal : wal, marked });

  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout=0; PRAGMA locking_mode=${alone ? "EXCLUSIVE" : "NORMAL"}`);
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
    if (settings.verify) {
      verifyPages(database, path);
    }
    verifyTables(database, path, settings);
    const meta = prepareMeta(database, path, settings);
    demandWritable(database, path);
    const { clean: wasClean } = meta.readMeta();
    if (!wasClean && wal === "absent") {
      throw damaged(`${path}-wal`, "the file is missing, and the store was not closed in order");
    }
    return {
      database,
      path,
      wasClean,
      ...meta,
      ...transactions(database, path, directory, log),
      markFor(writer: string): void {
        if (alone) {
          log.markFor(writer, meta.readMeta().history);
        }
      },
      close(inOrder: boolean): void {
        closeDatabase(database, path, log, !inOrder);
        log.closed(inOrder);
        for (const each of held) {
          each.release();
        }
      },
    };
  } catch (error) {
    closeDatabase(database, path, log, wal !== "absent");
    throw error;
  }
}

/** Databases that another process has taken over. To close one is to write into it, so they stay as they are. */
const abandoned: DatabaseSync[] = [];

/**
 * Closes the connection. SQLite then moves its log into the database and deletes it; a store that is not marked as
 * clean must keep a log, if only an empty one, for a log that is missing means loss.
 */
function closeDatabase(database: DatabaseSync, path: string, log: DurableLog, keepWal: boolean): void {
  if (log.isReplaced) {
    abandoned.push(database);
    return;
  }
  const wal = `${path}-wal`;
  const hadWal = existsSync(wal);
  try {
    if (keepWal && hadWal) {
      log.emptying();
    }
  } finally {
    database.close();
  }
  if (keepWal && hadWal && !existsSync(wal)) {
    writeFileSync(wal, "", { mode: 0o600, flag: "a" });
  }
}
