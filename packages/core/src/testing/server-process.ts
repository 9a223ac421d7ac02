// An executable as a process of its own: started, watched for its ready line, and stopped. It never outlives its starter.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** A server that has said that it is ready. */
export interface ServerProcess extends AsyncDisposable {
  /** The line that said so. */
  readonly readyLine: string;
  readonly pid: number;
  /** Resolves with the exit code when it has ended and its output is complete; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** All of its output so far; empty where it is inherited. */
  stdout(): string;
  stderr(): string;
  /** Process ids of its children. Linux only, empty elsewhere. */
  childProcesses(): number[];
  /** Sends a signal and does not wait for what comes of it, as with SIGSTOP. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and answers the exit code; null if the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** How a server process is started and ended. */
export interface ServerProcessOptions {
  /** What runs the file, with its flags; empty if the file runs by itself. @default this Node */
  readonly runtime?: readonly string[];
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What a line has to hold to be the ready line. @default any line */
  readonly readyLine?: RegExp;
  /** Where that line comes. @default "stdout" */
  readonly readyOn?: "stdout" | "stderr";
  /** How long it may take to become ready. @default 15_000 */
  readonly readyWithinMs?: number;
  /** A pipe ends with this process, which tells a server that looks at it. @default "ignore" */
  readonly stdin?: "ignore" | "pipe";
  /** Where what goes to stderr and says nothing about readiness is shown. @default "pipe" */
  readonly stderr?: "pipe" | "inherit";
  /** The largest size of a file that it writes, in bytes, until it is raised. Linux only. */
  readonly fileBytes?: number;
  /** What disposing sends. @default "SIGKILL" */
  readonly stopSignal?: NodeJS.Signals;
}

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) {
    child.kill("SIGKILL");
  }
}

/** One listener for all, and none when there is nothing to kill. */
function tieToThisProcess(child: ChildProcess): void {
  if (running.size === 0) {
    process.on("exit", killAll);
  }
  running.add(child);
  child.once("close", () => {
    running.delete(child);
    if (running.size === 0) {
      process.off("exit", killAll);
    }
  });
}

function start(file: string, args: readonly string[], options: ServerProcessOptions): Started {
  const { runtime = [process.execPath], env, stdin = "ignore", stderr = "pipe", fileBytes } = options;
  // prlimit becomes the process that it starts, so signals reach the server.
  const limit = fileBytes === undefined ? [] : ["prlimit", `--fsize=${fileBytes}:unlimited`];
  const [command = file, ...rest] = [...limit, ...runtime, file, ...args];
  const child = spawn(command, rest, { stdio: [stdin, "pipe", stderr], env: { ...process.env, ...env } });
  tieToThisProcess(child);
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  // A command that is not there is an error and closes too.
  child.on("error", (error) => {
    output.stderr += error.message;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", () => resolve(child.exitCode)));
  return { child, output, ended };
}

/** Runs an executable to its end. */
export async function runServerProcess(
  file: string,
  args: readonly string[],
  options: Pick<ServerProcessOptions, "runtime" | "env"> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const { output, ended } = start(file, args, options);
  return { code: await ended, ...output };
}

/**
 * Starts the executable and waits for its ready line. Disposing of it kills it.
 *
 * @throws Error with what it said on stderr when it ends first, or is not ready in time; then nothing of it is left.
 */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  options: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const { child, output, ended } = start(file, args, options);
  const stop = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  const readyLine = await lineOf({ child, output, ended }, options).catch(async (error: unknown) => {
    await stop("SIGKILL");
    throw error;
  });
  const pid = child.pid ?? 0;
  return {
    readyLine,
    pid,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    childProcesses(): number[] {
      const list = `/proc/${pid}/task/${pid}/children`;
      return existsSync(list) ? readFileSync(list, "utf8").split(" ").filter(Boolean).map(Number) : [];
    },
    signal: (signal) => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop(options.stopSignal ?? "SIGKILL");
    },
  };
}

/** Waits for the ready line without taking the processor from the one that is to write it. */
function lineOf({ child, output, ended }: Started, options: ServerProcessOptions): Promise<string> {
  const { readyLine = /^/, readyOn = "stdout", readyWithinMs = 15_000 } = options;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`waited ${readyWithinMs} ms in vain for a ready line; stderr: ${output.stderr}`));
    }, readyWithinMs);
    const look = (): void => {
      const line = output[readyOn]
        .split("\n")
        .slice(0, -1)
        .find((each) => readyLine.test(each));
      if (line !== undefined) {
        clearTimeout(timer);
        child[readyOn]?.off("data", look);
        resolve(line);
      }
    };
    child[readyOn]?.on("data", look);
    ended.then((code) => {
      clearTimeout(timer);
      reject(new Error(`the server exited with ${code}: ${output.stderr}`));
    });
  });
}
