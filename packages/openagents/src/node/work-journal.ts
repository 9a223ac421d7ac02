// What an agent has received and not finished, in a file: one line for each event that came, one for each that is done.

import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { must } from "@x/core";
import type { Inbound, JournalEntry, WorkJournal } from "../client/events/journal.ts";
import { check } from "../client/options.ts";
import { isBody, parseBody, wholeOf } from "../wire/body.ts";
import { readWireEvent } from "../wire/event.ts";

/** How a journal is kept. */
export interface WorkJournalOptions {
  /**
   * Whether an event is on the disk before the server is told that it came. Without that it survives the end of the process, and
   * not the loss of power.
   * @default true
   */
  readonly sync?: boolean | undefined;
}

/** Lines about finished events after which the file is written anew. */
const mostFinished = 10_000;

/**
 * A journal in a file, for one client of one process: after a crash what was received and not finished comes again, with
 * `event.isRedelivered`. The file is opened by the first connection.
 *
 * @throws InvalidArgumentError `invalid_option`
 */
export function openWorkJournal(path: string, options: WorkJournalOptions = {}): WorkJournal {
  check(
    "openWorkJournal",
    { path, ...options },
    {
      path: { ...must.beFullText, required: true },
      sync: must.beBoolean,
    },
  );
  const { sync = true } = options;
  const unfinished = new Map<number, Inbound>();
  let file: FileHandle | undefined;
  let nextKey = 1;
  let finishedLines = 0;
  let writing: Promise<void> = Promise.resolve();
  let done = "";

  /** The file with what is unfinished alone, in its place at once. */
  const rewrite = async (): Promise<void> => {
    await file?.close();
    const lines = [...unfinished].map(([key, inbound]) => line(key, inbound)).join("");
    await writeFile(`${path}.new`, lines, { mode: 0o600, flush: sync });
    await rename(`${path}.new`, path);
    file = await open(path, "a", 0o600);
    finishedLines = 0;
  };

  const append = async (text: string, isSynced: boolean): Promise<void> => {
    await file?.appendFile(text);
    if (isSynced) {
      await file?.datasync();
    }
  };

  /** Writes one after the other. */
  const inTurn = (write: () => Promise<void>): Promise<void> => {
    const next = writing.then(write);
    // Who waits for the next write is told of its own failure.
    writing = next.catch(() => undefined);
    return next;
  };

  const writeDone = (): Promise<void> =>
    inTurn(async () => {
      const text = done;
      done = "";
      await append(text, false);
      if (finishedLines >= mostFinished) {
        await rewrite();
      }
    });

  return {
    async open() {
      await inTurn(async () => {
        if (file === undefined) {
          await mkdir(dirname(path), { recursive: true });
          nextKey = restore(await textOf(path), unfinished);
        }
        await rewrite();
      });
      return [...unfinished].map(([key, inbound]) => ({ key, ...inbound }));
    },
    async received(events) {
      const entries = events.map((inbound): JournalEntry => {
        const key = nextKey;
        nextKey += 1;
        unfinished.set(key, inbound);
        return { key, ...inbound };
      });
      await inTurn(() => append(entries.map((entry) => line(entry.key, entry)).join(""), sync));
      return entries;
    },
    finished(key) {
      if (!unfinished.delete(key)) {
        return;
      }
      finishedLines += 1;
      const isFirst = done === "";
      done += `${JSON.stringify({ done: key })}\n`;
      if (isFirst) {
        // One write for all that finish in a turn. What is not written comes once more, and that is all.
        void writeDone().catch(() => undefined);
      }
    },
    async close() {
      await inTurn(async () => {
        await file?.close();
        file = undefined;
      });
    },
  };
}

function line(key: number, { wire, timestampMs }: Inbound): string {
  return `${JSON.stringify({ key, timestampMs, event: wire })}\n`;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isBody(error) && error.code === "ENOENT") {
      return "";
    }
    throw error;
  }
}

/** Reads the lines; a last one that was cut short, by a crash while it was written, was acknowledged to nobody. The next key. */
function restore(text: string, unfinished: Map<number, Inbound>): number {
  let last = 0;
  for (const each of text.split("\n")) {
    const entry = parseBody(each);
    const done = wholeOf(entry?.done);
    const key = wholeOf(entry?.key);
    const wire = readWireEvent(entry?.event, 0);
    if (done !== undefined) {
      unfinished.delete(done);
    } else if (key !== undefined && wire !== undefined) {
      last = Math.max(last, key);
      unfinished.set(key, { wire, timestampMs: wholeOf(entry?.timestampMs) });
    }
  }
  return last + 1;
}
