// Transactions on an open store: all or nothing, never on a file that is gone, and sound again after a failure.
import { existsSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { JournalError } from "../journal.ts";
import { isCopied } from "./backup-hold.ts";
import { journalErrorOf } from "./error.ts";
import { checkpointPages } from "./schema.ts";

export interface Transactions {
  /**
   * Runs `work` in one transaction: all of it, or nothing.
   *
   * @throws {JournalError} `unavailable` or `damaged`; what `work` itself throws goes through
   */
  transaction<Result>(work: () => Result): Result;
  /** Runs a read, with SQLite's trouble told as a journal's. */
  reading<Result>(work: () => Result): Result;
}

/** Who is told what happens to the log. */
export interface LogWatch {
  /** Before a transaction. @throws {JournalError} when another writer has taken the store over */
  beginning(): void;
  /** A transaction is durable. */
  committed(): void;
  /** All that the log holds is in the database, and it is about to be emptied. */
  emptying(): void;
}

/** Says whether the files that are open are still those that the next process would find. */
function presence(path: string): () => boolean {
  const inode = statSync(path).ino;
  return () => statSync(path, { throwIfNoEntry: false })?.ino === inode && existsSync(`${path}-wal`);
}

export function transactions(
  database: DatabaseSync,
  path: string,
  directory: string,
  log: LogWatch,
): Transactions {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  const isPresent = presence(path);
  // A transaction that failed may have left frames in the log that the next start would take for its last one.
  let logIsSuspect = false;

  let copied = false;

  /** While the store is copied, its log is not moved into the database. */
  const mindCopy = (): void => {
    if (isCopied(path) !== copied) {
      copied = !copied;
      database.exec(`PRAGMA wal_autocheckpoint=${copied ? 0 : checkpointPages}`);
    }
  };

  const emptyLog = (): void => {
    log.emptying();
    const outcome = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { readonly busy: number };
    if (outcome.busy !== 0) {
      throw new JournalError("unavailable", `the log of ${path} cannot be emptied: somebody reads it`);
    }
    logIsSuspect = false;
  };

  return {
    transaction<Result>(work: () => Result): Result {
      log.beginning();
      try {
        if (logIsSuspect) {
          emptyLog();
        }
        mindCopy();
        begin.run();
        if (!isPresent()) {
          throw new JournalError("unavailable", `${path} was removed or replaced while it was in use`);
        }
        const result = work();
        commit.run();
        log.committed();
        return result;
      } catch (error) {
        try {
          rollback.run();
        } catch {
          // SQLite has rolled back by itself, as it does after most failures to write.
        }
        const known = journalErrorOf(error, directory, "serving");
        logIsSuspect ||= known !== error;
        throw known;
      }
    },
    reading<Result>(work: () => Result): Result {
      try {
        return work();
      } catch (error) {
        throw journalErrorOf(error, directory, "serving");
      }
    },
  };
}
