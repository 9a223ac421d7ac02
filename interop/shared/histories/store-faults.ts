// What is done to the files of a daemon that is down, and to their directory while it serves.
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daemon } from "./daemon.ts";
import type { SceneOutcome } from "./run.ts";

/** Where SQLite keeps what has not reached the database yet. */
const logOf = (daemon: Daemon): string => join(daemon.dataDir, "store.db-wal");

/**
 * Cuts the log of a daemon that was killed: a start must not take it for a whole one. Then all of it is there again.
 *
 * @param toBytes Less than one page, so that something is lost for certain: further back a log may hold what is no longer needed
 */
export async function cutLog(daemon: Daemon, toBytes: number): Promise<SceneOutcome> {
  const log = logOf(daemon);
  const whole = readFileSync(log);
  truncateSync(log, toBytes);
  daemon.note({ kind: "cut" });
  try {
    return {
      name: `a log that was cut to ${toBytes} bytes is refused`,
      expected: ["refused"],
      answers: [await daemon.tryAnother()],
    };
  } finally {
    writeFileSync(log, whole);
  }
}

/** A second daemon on the directory of one that serves. */
export async function secondOpener(daemon: Daemon): Promise<SceneOutcome> {
  daemon.note({ kind: "second" });
  const answer = await daemon.tryAnother();
  return { name: "a second daemon on the directory is refused", expected: ["refused"], answers: [answer] };
}

const copyOf = ({ dataDir }: Daemon): string => `${dataDir}-copy`;

/** Copies the store of a daemon that is down. */
export function copyStore(daemon: Daemon): void {
  cpSync(daemon.dataDir, copyOf(daemon), { recursive: true });
}

/** Puts the copy back in the place of the store: what happened since it was made is forgotten. */
export function putBack(daemon: Daemon): void {
  rmSync(daemon.dataDir, { recursive: true });
  cpSync(copyOf(daemon), daemon.dataDir, { recursive: true });
}
