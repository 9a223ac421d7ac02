// The servers under attack, as processes of their own: what is judged besides their answers is whether they live, and their memory.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentKeeperClient, type AgentKeeperClientOptions } from "@x/agentkeeper";
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from "@x/core/testing";

const binOf = (name: string, file: string): string =>
  fileURLToPath(new URL(`dist/bin/${file}`, import.meta.resolve(`${name}/package.json`)));

export const executables = {
  agentkeeper: binOf("@x/agentkeeper", "agentkeeper.js"),
  agentdraft: binOf("@x/agentdraft", "x-agentdraft.js"),
} as const;

export type Executable = keyof typeof executables;

export interface Server extends AsyncDisposable {
  readonly process: ServerProcess;
  readonly port: number;
  /** Of the operator's port; `off` without one. */
  readonly operator: number | "off";
  /** Whether it still runs. */
  isAlive(): boolean;
}

/** On a free port, without an operator's port unless a flag says so. Disposing kills it. */
export async function startServer(
  name: Executable,
  flags: readonly string[] = [],
  options: ServerProcessOptions = {},
): Promise<Server> {
  const operator = flags.some((flag) => flag.startsWith("--metrics-addr")) ? [] : ["--metrics-addr=off"];
  const args = ["--addr=127.0.0.1:0", "--log-level=error", ...operator, ...flags];
  const process = await startServerProcess(executables[name], args, {
    readyLine: / ready /,
    readyWithinMs: 60_000,
    stdin: "pipe",
    ...options,
    env: { [`X_${name.toUpperCase()}_STOP_ON_STDIN_EOF`]: "1", ...options.env },
  });
  const [first, second] = [...process.readyLine.matchAll(/=[^\s=]+:(\d+)/g)].map(([, port]) => Number(port));
  let isAlive = true;
  process.ended.then(() => {
    isAlive = false;
  });
  return {
    process,
    port: first ?? 0,
    operator: second ?? "off",
    isAlive: () => isAlive,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** A patient client: a busy machine is no fault. */
export function clientOf(
  { port }: { readonly port: number },
  options: AgentKeeperClientOptions = {},
): AgentKeeperClient {
  return new AgentKeeperClient({ host: "127.0.0.1", port, timeoutMs: 30_000, maxRetries: 0, ...options });
}

/** Resident memory of a process in MiB; 0 if it has ended. */
export function residentMiB({ process: { pid } }: Server): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

export interface Scratch extends Disposable {
  readonly path: string;
  /** A path of a new name in it. */
  fresh(): string;
}

/** A directory that is removed with all that is in it. */
export function createScratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), "faults-"));
  let names = 0;
  return {
    path,
    fresh(): string {
      names += 1;
      return join(path, String(names));
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
