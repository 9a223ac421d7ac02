// One process per store, whatever reads its files meanwhile. SQLite's own lock belongs to the process: any handle of that
// process on the same file, say that of a backup routine, gives it up when it is closed. A name in the kernel cannot be lost so.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { codeOf } from "../../../errors/foreign.ts";
import { JournalError } from "../journal.ts";

/** What is held until it is let go, or until the process ends in whatever way. */
export interface Held {
  release(): void;
}

/** Where there are no names in the kernel, SQLite's lock is the only one, and the mark tells who was replaced. */
const notHeld: Held = { release: () => undefined };

/**
 * Holds a file or directory by what it is, not by its name, so that links and second names lead to the same. Names are
 * seen in one network namespace; processes in others are kept out by SQLite's lock.
 *
 * @throws {JournalError} `locked` when another process, or this one, holds it
 */
export async function hold(path: string, directory: string): Promise<Held> {
  if (process.platform !== "linux") {
    return notHeld;
  }
  // A directory that is removed while it is held leaves its number to the next one, unless it is kept open; a database is open anyway.
  const kept = statSync(path).isDirectory() ? openSync(path, constants.O_RDONLY) : undefined;
  const letGo = (): void => {
    if (kept !== undefined) {
      closeSync(kept);
    }
  };
  const { dev, ino } =
    kept === undefined ? statSync(path, { bigint: true }) : fstatSync(kept, { bigint: true });
  const name = createHash("sha256").update(`${dev} ${ino}`).digest("hex");
  const address = `\0x-store-${name}`;
  // Who is kept out asks by whom.
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(String(process.pid));
  });
  server.unref();
  try {
    // Exclusive: the workers of a cluster would share it otherwise.
    server.listen({ path: address, exclusive: true });
    await once(server, "listening");
  } catch (error) {
    letGo();
    if (codeOf(error) === "EADDRINUSE") {
      const holder = await holderAt(address);
      const who = holder === undefined ? "another process" : `another process (pid ${holder})`;
      throw new JournalError("locked", `the data directory is in use by ${who}: ${directory}`, {
        cause: error,
      });
    }
    throw error;
  }
  return {
    release() {
      server.close();
      letGo();
    },
  };
}

/** A process that is stopped does not answer, and may be long so. */
const answerWithinMs = 500;

/** The id of the process that holds a name; `undefined` where it does not say. */
async function holderAt(address: string): Promise<string | undefined> {
  const socket = connect(address);
  socket.setTimeout(answerWithinMs, () => socket.destroy());
  socket.setEncoding("utf8");
  let told = "";
  try {
    for await (const text of socket) {
      told += text;
    }
  } catch {
    // It has gone meanwhile, or says nothing.
  }
  return /^\d+$/.test(told) ? told : undefined;
}
