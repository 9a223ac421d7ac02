// An executable as a child process of a test: started, watched for its ready line, and stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { waitUntil } from "./wait-until.ts";

/** A server that has said that it is ready. */
export interface ServerProcess extends AsyncDisposable {
  /** Its first line on stdout. */
  readonly readyLine: string;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Process ids of its children. */
  childProcesses(): number[];
  /** Sends the signal and answers the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

interface Output {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  stdout: string;
  stderr: string;
}

/** What the process is allowed. */
export interface ProcessLimits {
  /** How long it may take to become ready. @default 15_000 */
  readonly readyWithinMs?: number;
  /** The largest size of a file that it writes, until it is raised. Linux only. */
  readonly fileBytes?: number;
}

function spawnServer(file: string, args: readonly string[], { fileBytes }: ProcessLimits = {}): Output {
  // prlimit becomes the process that it starts, so signals reach the server.
  const [command, ...first] =
    fileBytes === undefined
      ? [process.execPath]
      : (["prlimit", `--fsize=${fileBytes}:unlimited`, process.execPath] as const);
  const child = spawn(command, [...first, file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output: Output = { child, closed: once(child, "close"), stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return output;
}

/** Runs an executable to its end. */
export async function runServerProcess(
  file: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const output = spawnServer(file, args);
  await output.closed;
  return { code: output.child.exitCode, stdout: output.stdout, stderr: output.stderr };
}

/** Starts the executable and waits for its ready line; disposing of it kills it. */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  limits: ProcessLimits = {},
): Promise<ServerProcess> {
  const output = spawnServer(file, args, limits);
  const { child } = output;
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
    }
    await output.closed;
    return child.exitCode;
  };
  try {
    await waitUntil(() => output.stdout.includes("\n") || child.exitCode !== null, {
      withinMs: limits.readyWithinMs ?? 15_000,
      what: () => `a ready line; stderr: ${output.stderr}`,
    });
  } catch (error) {
    await stop("SIGKILL");
    throw error;
  }
  const readyLine = output.stdout.split("\n")[0] ?? "";
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null) {
    throw new Error(`the server exited with ${child.exitCode}: ${output.stderr}`);
  }
  return {
    readyLine,
    pid,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    childProcesses(): number[] {
      const file = `/proc/${pid}/task/${pid}/children`;
      return existsSync(file) ? readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number) : [];
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}
