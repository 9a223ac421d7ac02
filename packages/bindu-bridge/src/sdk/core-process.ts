// A core as a process of its own: started, watched, started again when it dies, and ended with the agent.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { linkSignals, messageOf, sleep } from "@x/core/base";
import { CoreUnavailableError } from "../errors.ts";
import type { CoreEvents, CoreLink } from "./core-link.ts";
import type { CoreCommand } from "./options.ts";

/** Variables by which an official core would move every agent to another URL. */
const leftOut = ["PORT", "BINDU_HOST", "BINDU_PORT", "BINDU_DEPLOYMENT_URL"] as const;

const stopMs = 5_000;
const pollMs = 50;
const keptOutput = 4_096;
/** Starts after a death in one minute. */
const mostRestarts = 5;
const restartWindowMs = 60_000;

interface CoreProcessOptions extends CoreCommand, CoreEvents {
  readonly link: CoreLink;
  /** How long it may take to answer. */
  readonly withinMs: number;
  /** Ends the wait of a start; from then on a core that ends is not started again. */
  readonly signal: AbortSignal;
}

export interface CoreProcess {
  /** SIGTERM, and SIGKILL after 5 seconds. */
  stop(): Promise<void>;
}

/** Starts a core, and resolves when it answers. @throws CoreUnavailableError with its last lines */
export async function startCoreProcess(options: CoreProcessOptions): Promise<CoreProcess> {
  const stopping = linkSignals(options.signal);
  const restarts: number[] = [];
  let current = await startOne(options, options.signal);
  const restart = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const now = performance.now();
      while (restarts[0] !== undefined && restarts[0] < now - restartWindowMs) {
        restarts.shift();
      }
      if (restarts.length >= mostRestarts) {
        await sleep(restarts[0] === undefined ? 0 : restarts[0] + restartWindowMs - now, {
          signal: stopping.signal,
          ref: false,
        });
        continue;
      }
      restarts.push(now);
      try {
        current = await startOne(options, stopping.signal);
        options.onRestart();
        return;
      } catch (error) {
        if (!stopping.signal.aborted) {
          options.onTrouble(error);
        }
      }
    }
  };
  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await current.ended;
      if (!stopping.signal.aborted) {
        options.onTrouble(new CoreUnavailableError(`The core has ended. ${current.lastLines()}`));
        await restart();
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) {
      options.onTrouble(error);
    }
  });
  return {
    async stop() {
      stopping.abort(new Error("the core is stopped"));
      await current.stop();
      await watching;
      stopping[Symbol.dispose]();
    },
  };
}

interface OneProcess {
  readonly ended: Promise<void>;
  lastLines(): string;
  stop(): Promise<void>;
}

async function startOne(options: CoreProcessOptions, signal: AbortSignal): Promise<OneProcess> {
  const { link, withinMs } = options;
  const one = spawnCore(options);
  using waiting = linkSignals(signal);
  const end = one.ended.then(() =>
    waiting.abort(
      new CoreUnavailableError(`The core ended at once. ${one.lastLines()}`, { address: link.address }),
    ),
  );
  const until = performance.now() + withinMs;
  try {
    while (!(await link.probe(waiting.signal))) {
      waiting.signal.throwIfAborted();
      if (performance.now() >= until) {
        throw new CoreUnavailableError(
          `The core was started, but does not answer at ${link.address} within ${withinMs} ms. ${one.lastLines()}`,
          { address: link.address },
        );
      }
      await sleep(pollMs, { signal: waiting.signal });
    }
    return one;
  } catch (error) {
    await one.stop();
    await end;
    throw error;
  }
}

function spawnCore({ command, cwd, env }: CoreCommand): OneProcess {
  const [file = "", ...args] = command;
  const environment: Record<string, string | undefined> = { ...process.env };
  for (const name of leftOut) {
    delete environment[name];
  }
  const child = spawn(file, args, {
    cwd,
    env: { ...environment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
  }
  let how = "";
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      how = `It could not be started: ${messageOf(error)}.`;
      resolve();
    });
    child.once("close", (code, killedBy) => {
      how = `It ended ${killedBy === null ? `with code ${code}` : `by ${killedBy}`}.`;
      resolve();
    });
  });
  return {
    ended,
    lastLines: () =>
      [how, output.trim() === "" ? "It printed nothing." : `Its last lines:\n${output.trim()}`]
        .filter(Boolean)
        .join(" "),
    stop: () => stopProcess(child, ended),
  };
}

async function stopProcess(
  child: ChildProcessByStdio<null, Readable, Readable>,
  ended: Promise<void>,
): Promise<void> {
  child.kill("SIGTERM");
  const kill = setTimeout(() => {
    child.kill("SIGKILL");
    // What it has started itself may outlive it and hold its output open: nobody waits for that.
    child.stdout.destroy();
    child.stderr.destroy();
  }, stopMs);
  try {
    await ended;
  } finally {
    clearTimeout(kill);
  }
}
