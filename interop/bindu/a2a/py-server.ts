// The agent of the official Python SDK, as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ForeignServer } from "./js-server.ts";

/** Starts it with the Python of the suite. */
export async function startPyServer(programs: string): Promise<ForeignServer> {
  const child = spawn(join(programs, "python"), [join(import.meta.dirname, "server.py")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const ended = once(child, "close");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(() => [""]),
  ]);
  if (!line.startsWith("ready ")) {
    throw new Error(`the Python agent is not ready: ${line}`);
  }
  return {
    url: line.slice("ready ".length),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
