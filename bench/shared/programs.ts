// Load in processes of its own: programs that print one JSON value, and programs that answer messages.

import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program to its end and reads the JSON that it printed. */
export async function runForJson<Result>(
  command: string,
  args: readonly (string | number)[],
): Promise<Result> {
  const { stdout } = await execute(command, args.map(String), { maxBuffer: 64 * 1_024 * 1_024 });
  return JSON.parse(stdout) as Result;
}

/** A program that answers each message with one. */
export interface Companion extends AsyncDisposable {
  readonly pid: number;
  /** Sends a question and waits for its answer. */
  ask<Answer>(question: unknown): Promise<Answer>;
  /** Resolves with what the program says next by itself. */
  said<Saying>(): Promise<Saying>;
}

/** Starts a TypeScript program and waits until it says that it is ready. */
export async function startCompanion(
  file: string,
  args: readonly (string | number)[],
  nodeFlags: readonly string[] = [],
): Promise<Companion> {
  const child = fork(file, args.map(String), { execArgv: [...nodeFlags] });
  const said = <Saying>(): Promise<Saying> => nextMessage<Saying>(child);
  await said();
  return {
    pid: child.pid ?? 0,
    ask(question) {
      child.send(question as object);
      return said();
    },
    said,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, "exit");
        // A profile is written only by a process that ends by itself.
        child.send({ end: true });
        await exited;
      }
    },
  };
}

async function nextMessage<Saying>(child: ChildProcess): Promise<Saying> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", { signal: ended.signal }).then(([message]) => message as Saying),
      once(child, "exit", { signal: ended.signal }).then((): never => {
        throw new Error("a load program ended by itself");
      }),
    ]);
  } finally {
    ended.abort();
  }
}

/** The other side of {@link startCompanion}: answers each message with what `answer` gives for it. */
export function serveParent<Question>(answer: (question: Question) => unknown): void {
  process.on("message", async (question: Question & { end?: true }) => {
    if (question.end === true) {
      process.exit(0);
    }
    process.send?.((await answer(question)) ?? {});
  });
  process.send?.({ ready: true });
}
