// The built executable as a child process of a test.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { waitUntil } from "@x/core/testing";

export const daemonFile: string = fileURLToPath(new URL("../dist/bin/agentkeeper.js", import.meta.url));

export interface DaemonProcess extends AsyncDisposable {
  readonly readyLine: string;
  readonly port: number;
  /** URL of the operator's port, without a slash at its end. */
  readonly http: string;
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
export interface DaemonLimits {
  /** How long it may take to become ready. @default 15_000 */
  readonly readyWithinMs?: number;
  /** The largest size of a file that it writes, until it is raised. Linux only. */
  readonly fileBytes?: number;
}

function spawnDaemon(args: readonly string[], { fileBytes }: DaemonLimits = {}): Output {
  // prlimit becomes the process that it starts, so signals reach the daemon.
  const [command, ...first] =
    fileBytes === undefined
      ? [process.execPath]
      : (["prlimit", `--fsize=${fileBytes}:unlimited`, process.execPath] as const);
  const child = spawn(command, [...first, daemonFile, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output: Output = { child, closed: once(child, "close"), stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return output;
}

/** Runs the executable to its end. */
export async function runDaemon(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const output = spawnDaemon(args);
  await output.closed;
  return { code: output.child.exitCode, stdout: output.stdout, stderr: output.stderr };
}

/** Starts the executable and waits for its ready line. */
export async function startDaemon(
  args: readonly string[],
  limits: DaemonLimits = {},
): Promise<DaemonProcess> {
  const output = spawnDaemon(args, limits);
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
    throw new Error(`the daemon exited with ${child.exitCode}: ${output.stderr}`);
  }
  const http = /http=(\S+)/.exec(readyLine)?.[1];
  return {
    readyLine,
    port: Number(/grpc=\S*:(\d+) /.exec(readyLine)?.[1]),
    http: `http://${http}`,
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
