// The text of PDF and DOCX: each document in a thread of its own, for a while and within bounds, for it comes from a stranger.
import { Worker } from "node:worker_threads";
import { packageFile } from "@x/core/base";
import type { DocumentKind, ExtractText, FlatMessage, LooseMessage } from "../../wire/flatten.ts";
import { flattenMessages } from "../../wire/flatten.ts";
import type { DocumentOutcome, DocumentTask } from "./document-worker.ts";

/** How long one document may take, and how much memory, in megabytes. */
const limits = { ms: 10_000, megabytes: 256, threads: 2 };

/** Reads documents as far as their libraries are there. */
export interface Documents {
  /** Flat messages, with the text of the documents in them. */
  flatten(messages: readonly LooseMessage[]): Promise<FlatMessage[]>;
}

export function createDocuments(
  read: (task: DocumentTask) => Promise<DocumentOutcome> = readInThread,
): Documents {
  const missing = new Set<DocumentKind>();
  let running = 0;
  const waiting: (() => void)[] = [];

  const inTurn = async (task: DocumentTask): Promise<DocumentOutcome> => {
    while (running >= limits.threads) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
      return await read(task);
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };

  const reader =
    (kind: DocumentKind): ExtractText =>
    async (bytes) => {
      const outcome = await inTurn({ kind, bytes });
      if (outcome.kind === "missing") {
        missing.add(kind);
      }
      return outcome.kind === "text" ? outcome.text : undefined;
    };

  const readers = (): Partial<Record<DocumentKind, ExtractText>> =>
    Object.fromEntries(
      (["PDF", "DOCX"] as const).filter((kind) => !missing.has(kind)).map((kind) => [kind, reader(kind)]),
    );

  return {
    async flatten(messages): Promise<FlatMessage[]> {
      const before = missing.size;
      const flat = await flattenMessages(messages, { extract: readers() });
      // Only the first document of a kind finds out that nothing reads it.
      return missing.size === before ? flat : await flattenMessages(messages, { extract: readers() });
    },
  };
}

function readInThread(task: DocumentTask): Promise<DocumentOutcome> {
  const script = packageFile("@x/bindu-bridge", "dist/local/engine/document-worker.js", import.meta.url);
  if (script === undefined) {
    // In somebody else's bundle there is no file to run.
    return Promise.resolve({ kind: "missing" });
  }
  const worker = new Worker(script, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: limits.megabytes },
    stdout: true,
    stderr: true,
  });
  const late = setTimeout(() => void worker.terminate(), limits.ms);
  return new Promise<DocumentOutcome>((resolve) => {
    worker.once("message", resolve);
    worker.once("error", () => resolve({ kind: "unreadable" }));
    worker.once("exit", () => resolve({ kind: "unreadable" }));
  }).finally(() => {
    clearTimeout(late);
    void worker.terminate();
  });
}
