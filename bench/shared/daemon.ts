// The AgentKeeper daemon as a process of its own, and what the system says about that process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const executable = join(
  import.meta.dirname,
  "..",
  "..",
  "packages",
  "agentkeeper",
  "dist",
  "bin",
  "agentkeeper.js",
);

/** A daemon under measurement. */
export interface Daemon extends AsyncDisposable {
  readonly port: number;
  readonly usage: Usage;
}

/** What a process has used. */
export interface Usage {
  /** Processor time of all threads since the start, in seconds. */
  cpuSeconds(): number;
  /** Resident memory now, in MB (10^6 bytes). */
  residentMb(): number;
  /** The most resident memory so far, in MB. */
  peakMb(): number;
}

/** Starts the daemon on a free port, in memory unless flags say otherwise. `nodeFlags` are for profiles. */
export async function startDaemon(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = (process.env.BENCH_DAEMON_NODE_FLAGS ?? "")
    .split(" ")
    .filter((flag) => flag !== ""),
): Promise<Daemon> {
  const child = spawn(
    process.execPath,
    [...nodeFlags, executable, "--addr=127.0.0.1:0", "--metrics-addr=off", "--log-level=warn", ...flags],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const line = await readyLine(child);
  return {
    port: Number(/grpc=\S+:(\d+)/.exec(line)?.[1]),
    usage: usageOf(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        const exited = once(child, "exit");
        child.kill("SIGTERM");
        await exited;
      }
    },
  };
}

async function readyLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    if (line.includes(" ready ")) {
      return line;
    }
  }
  throw new Error("the daemon ended before it was ready");
}

/** Reads Linux's /proc, where times are counted in hundredths of a second. */
export function usageOf(pid: number): Usage {
  const statusMb = (field: string): number => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * 1_024) / 1e6;
  };
  return {
    cpuSeconds() {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    residentMb: () => statusMb("VmRSS"),
    peakMb: () => statusMb("VmHWM"),
  };
}
