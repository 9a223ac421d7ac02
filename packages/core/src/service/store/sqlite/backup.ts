// A copy of a store while its process goes on. The files are copied, not read through SQLite: the server holds its database
// alone. The database changes only when the log is moved into it, and the log begins anew only after that; so a database
// and a log that were copied while one generation of the log lasted are together the state of one moment.
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { makePrivateDirectory, syncDirectory } from "../../../node/make-directory.ts";
import { JournalError } from "../journal.ts";
import { holdLog } from "./backup-hold.ts";
import { insertMeta, metaRow, newId } from "./create.ts";
import { journalErrorOf } from "./error.ts";
import { type Glance, glance, metaOf, type SqliteModule, type StoreOwner } from "./identity.ts";
import { readMark } from "./mark.ts";
import { damaged, loadSqlite, verifyPages } from "./store.ts";
import { copyWal, emptyWal, examineWal, followWal } from "./wal-file.ts";

/** Settings of {@link backupStore}. */
export interface BackupOptions extends StoreOwner {
  /** The store's directory; it may be served meanwhile. */
  readonly directory: string;
  /** A directory that is missing, or empty; made for its owner alone, mode 0700. */
  readonly target: string;
}

/** How often a copy is tried, for the log may just be about to begin anew, or the server to start or stop. */
const attempts = 20;
const pauseMs = 50;

/**
 * Copies a store to where a server can be started on it: everything that was acknowledged before the call is in it. For
 * a process that does not serve the store itself: while it runs, the log of the one that does only grows.
 *
 * @throws {JournalError} `foreign`, `damaged`; `unavailable` when the target is not empty, when there is no store, or when
 * the store is written faster than it can be copied
 */
export async function backupStore(options: BackupOptions): Promise<void> {
  const { directory, target, ...owner } = options;
  const sqlite = await loadSqlite();
  const path = join(directory, "store.db");
  if (!existsSync(path)) {
    throw new JournalError("unavailable", `there is no store in ${directory}`);
  }
  try {
    glance(sqlite, path, directory, owner);
    if (existsSync(target) && readdirSync(target).length > 0) {
      throw new JournalError("unavailable", `the target ${target} is not empty`);
    }
    makePrivateDirectory(target);
    const place = join(target, "store.db");
    const draft = `${place}.${process.pid}-${newId()}`;
    try {
      await copyWhole(path, draft, (copy) => glance(sqlite, copy, directory, owner));
      finish(sqlite, draft);
      renameSync(draft, place);
      syncDirectory(target);
    } finally {
      for (const file of [draft, `${draft}-wal`, `${draft}-shm`]) {
        rmSync(file, { force: true });
      }
    }
  } catch (error) {
    throw journalErrorOf(error, directory, "opening");
  }
}

/** Copies database and log as they are at one moment. */
async function copyWhole(
  path: string,
  draft: string,
  look: (copy: string) => Glance | undefined,
): Promise<void> {
  const release = holdLog(path);
  let outcome: Outcome = "changed";
  try {
    for (let attempt = 0; attempt < attempts && outcome !== "whole"; attempt += 1) {
      if (attempt > 0) {
        await delay(pauseMs);
      }
      outcome = await copyOnce(path, draft, look);
    }
  } finally {
    release();
  }
  if (outcome === "unreadable") {
    throw damaged(path, "what it says of itself cannot be read");
  }
  if (outcome === "changed") {
    throw new JournalError("unavailable", `${path} is written faster than it can be copied; try again`);
  }
}

/** What came of a copy: database and log of one moment, of two, or nothing that can be read, which may be a copy in the making. */
type Outcome = "whole" | "changed" | "unreadable";

async function copyOnce(
  path: string,
  draft: string,
  look: (copy: string) => Glance | undefined,
): Promise<Outcome> {
  const before = generationOf(path);
  await copyFile(path, draft, constants.COPYFILE_FICLONE);
  rmSync(`${draft}-wal`, { force: true });
  const seen = look(draft);
  if (seen === undefined) {
    return "unreadable";
  }
  if (seen.history === undefined) {
    throw new JournalError("unavailable", `${path} has format 1; start the server on it once`);
  }
  const isMarked = before.log !== undefined && existsSync(`${path}-mark`);
  const mark = isMarked ? readMark(`${path}-mark`, { history: seen.history, fsync: "never" }) : undefined;
  // The log goes when the server stops.
  if (before.log !== undefined && !copyWal(`${path}-wal`, `${draft}-wal`)) {
    return "changed";
  }
  const after = generationOf(path);
  // Without a log only a database that nobody has written is whole.
  if (after.log !== before.log || (before.log === undefined && after.written !== before.written)) {
    return "changed";
  }
  const found = examineWal(`${draft}-wal`, mark);
  if (typeof found === "object" && "damaged" in found) {
    throw damaged(`${path}-wal`, found.damaged);
  }
  return "whole";
}

interface Generation {
  /** The salts of the log; undefined when it holds nothing. */
  readonly log: string | undefined;
  readonly written: bigint;
}

function generationOf(path: string): Generation {
  const { mtimeNs } = statSync(path, { bigint: true });
  const wal = `${path}-wal`;
  if (!existsSync(wal)) {
    return { log: undefined, written: mtimeNs };
  }
  const follower = followWal(wal, emptyWal);
  try {
    const { salts } = follower.end();
    return { log: salts.join() === emptyWal.salts.join() ? undefined : salts.join(), written: mtimeNs };
  } finally {
    follower.close();
  }
}

/** Makes a copy a store that was closed in order, which a server can be started on. */
function finish(sqlite: SqliteModule, draft: string): void {
  const database = new sqlite.DatabaseSync(draft);
  try {
    database.exec("PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE");
    verifyPages(database, draft);
    const meta = metaOf(database.prepare("SELECT * FROM meta WHERE id = 1").get() ?? {});
    const { last } = database.prepare("SELECT coalesce(max(sequence), 0) AS last FROM journal").get() as {
      readonly last: number;
    };
    database
      .prepare(insertMeta)
      .run(...metaRow({ ...meta, last: Math.max(last, meta.forgotten), clean: true }));
  } finally {
    database.close();
  }
  const file = openSync(draft, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
