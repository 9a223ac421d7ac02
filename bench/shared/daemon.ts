// The servers as processes of their own, and what the system says about these.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ServerProcess, startServerProcess } from "@x/core/testing";

const packages = join(import.meta.dirname, "..", "..", "packages");

/** A server under measurement. */
export interface MeasuredServer extends ServerProcess {
  readonly usage: Usage;
}

/** A daemon under measurement. */
export interface Daemon extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
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

/** For profiles of the servers under measurement. */
const givenNodeFlags: readonly string[] = (process.env.BENCH_DAEMON_NODE_FLAGS ?? "")
  .split(" ")
  .filter((flag) => flag !== "");

/** Starts the daemon on a free port, in memory unless flags say otherwise. */
export async function startDaemon(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Daemon> {
  const started = await startServer(join("agentkeeper", "dist", "bin", "agentkeeper.js"), flags, nodeFlags);
  const port = Number(/grpc=\S+:(\d+)/.exec(started.readyLine)?.[1]);
  const { pid, usage } = started;
  return { port, pid, usage, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

/** Starts a server on a free port: an executable of the packages, or a file of its own. */
export async function startServer(
  file: string,
  flags: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<MeasuredServer> {
  const started = await startServerProcess(
    resolve(packages, file),
    ["--addr=127.0.0.1:0", "--metrics-addr=off", "--log-level=warn", ...flags],
    {
      runtime: [process.execPath, ...givenNodeFlags, ...nodeFlags],
      stderr: "inherit",
      readyLine: / ready /,
      // A profile is written only by a process that ends by itself.
      stopSignal: "SIGTERM",
    },
  );
  return { ...started, usage: usageOf(started.pid) };
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
