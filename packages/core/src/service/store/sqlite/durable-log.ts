// The log of an open store and the mark beside it: after every transaction the mark says how far the log goes.
import { rmSync, statSync } from "node:fs";
import { JournalError } from "../journal.ts";
import { newId } from "./create.ts";
import { type Mark, type MarkOwner, openMark } from "./mark.ts";
import type { LogWatch } from "./transactions.ts";
import { emptyWal, followWal, type WalEnd, type WalFollower } from "./wal-file.ts";

export interface DurableLog extends LogWatch {
  /** Whether another writer has taken the store over. */
  readonly isReplaced: boolean;
  /** From here on this writer marks the log. */
  markFor(writer: string, history: string): void;
  /** The database is closed; `inOrder` when nothing needs its log. */
  closed(inOrder: boolean): void;
}

export interface DurableLogSettings extends Pick<MarkOwner, "fsync"> {
  /** Where the database is. */
  readonly path: string;
  /** Where the log ended when it was examined. */
  readonly end: WalEnd;
  /** The store's history, when a mark of an earlier writer is there and counts. */
  readonly marked: string | undefined;
}

export function durableLog({ path, fsync, end, marked }: DurableLogSettings): DurableLog {
  const wal = `${path}-wal`;
  let mark: Mark | undefined;
  let follower: WalFollower | undefined;

  const isReplaced = (): boolean => mark !== undefined && !mark.isOwn();

  /** What is durable is durable, though nobody can see how far: then the mark goes on to say less, which is never wrong. */
  const markEnd = (): void => {
    let end: WalEnd | undefined;
    try {
      end = follower?.end();
    } catch {
      return;
    }
    if (end !== undefined) {
      mark?.write(end);
    }
  };

  return {
    get isReplaced() {
      return isReplaced();
    },

    markFor(writer: string, history: string): void {
      mark = openMark(`${path}-mark`, { writer, history, fsync }, end);
      follower = followWal(wal, end);
    },

    beginning(): void {
      if (isReplaced()) {
        throw new JournalError("stale_epoch", `another process has taken over the store of ${path}`);
      }
    },

    committed: markEnd,

    emptying(): void {
      if (mark !== undefined) {
        mark.write(emptyWal);
      } else if (marked !== undefined) {
        openMark(`${path}-mark`, { writer: newId(), history: marked, fsync }, emptyWal).close();
      }
    },

    closed(inOrder: boolean): void {
      const replaced = isReplaced();
      const isThere = (statSync(wal, { throwIfNoEntry: false })?.size ?? 0) > 0;
      if (isThere && !replaced) {
        // There was no room to move it into the database.
        markEnd();
      }
      follower?.close();
      mark?.close();
      if (inOrder && !isThere && !replaced) {
        rmSync(`${path}-mark`, { force: true });
      }
    },
  };
}
