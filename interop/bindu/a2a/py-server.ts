// The agent of the official Python SDK, as a process.
import { join } from "node:path";
import { startServerProcess } from "@x/core/testing";
import type { ForeignServer } from "./js-server.ts";

/** Starts it with the Python of the suite. */
export async function startPyServer(programs: string): Promise<ForeignServer> {
  const server = await startServerProcess(join(import.meta.dirname, "server.py"), [], {
    runtime: [join(programs, "python")],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    readyLine: /^ready /,
    readyWithinMs: 30_000,
  });
  return { url: server.readyLine.slice("ready ".length), [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}
