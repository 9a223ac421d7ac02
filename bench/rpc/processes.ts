// Servers and clients of one measurement, each in a process of its own.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startServerProcess } from "@x/core/testing";

/** What one client measured against one server. */
export interface Measured {
  /** Time of one call when the next begins after it, in microseconds. */
  readonly serialMicroseconds: number;
  /** Calls per second of all callers together. */
  readonly perSecond: number;
}

const here = import.meta.dirname;

/** Time of each measurement, in milliseconds. */
const spanMs = Number(process.env.BENCH_SPAN_MS ?? 1_500);

/** Runs with a server of a kind, and ends it. */
export async function withServer<T>(kind: string, run: (port: string) => T): Promise<T> {
  await using server = await startServerProcess(join(here, "servers.ts"), [kind], { stderr: "inherit" });
  return run(server.readyLine);
}

/** Measures a Node client against the server on a port. */
export function measureNode(kind: string, port: string): Measured {
  return JSON.parse(
    execFileSync(process.execPath, [join(here, "clients.ts"), kind, port, String(spanMs)], {
      encoding: "utf8",
    }),
  );
}

/** Measures the official Python client against the server on a port. */
export function measurePython(python: string, port: string): Measured {
  const descriptors = join(here, "descriptors.binpb");
  return JSON.parse(
    execFileSync(python, [join(here, "client.py"), port, String(spanMs), descriptors], { encoding: "utf8" }),
  );
}
