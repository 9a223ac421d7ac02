// The Grid server as a process.

import { join } from "node:path";
import { type MeasuredServer, startServer } from "../shared/daemon.ts";

/** A server under measurement. */
export interface GridServer extends MeasuredServer {
  readonly url: string;
}

/** Starts a server; in memory unless flags say otherwise. */
export function startGrid(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<GridServer> {
  return start(join("grid", "dist", "bin", "x-grid.js"), flags, nodeFlags);
}

/** Starts a handler that verifies signatures of the agents of some seeds, answers, and does nothing else. */
export function startBare(seeds: readonly string[]): Promise<GridServer> {
  return start(join(import.meta.dirname, "bare-server.ts"), seeds, []);
}

async function start(
  file: string,
  flags: readonly string[],
  nodeFlags: readonly string[],
): Promise<GridServer> {
  const started = await startServer(file, flags, nodeFlags);
  return { ...started, url: `http://${/http=(\S+)/.exec(started.readyLine)?.[1]}` };
}
