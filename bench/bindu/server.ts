// The core and its agents as processes.

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { startServerProcess } from "@x/core/testing";
import { type MeasuredServer, startServer } from "../shared/daemon.ts";

/** A core under measurement. */
export interface BinduCore extends MeasuredServer {
  /** Where agents register. */
  readonly address: string;
}

/** Starts a core; in memory unless flags say otherwise. */
export async function startCoreProcess(flags: readonly string[] = []): Promise<BinduCore> {
  const started = await startServer(join("bindu-bridge", "dist", "bin", "x-bindu.js"), flags);
  return { ...started, address: /grpc=(\S+)/.exec(started.readyLine)?.[1] ?? "" };
}

/** A process with the handlers of agents. */
export interface HandlerProcess extends AsyncDisposable {
  /** The URLs of its agents, in their order. */
  readonly urls: readonly string[];
  /** Where the last of its agents is called. */
  readonly callback: string;
}

/** What a process of handlers is to be; see `handler.ts`. */
export interface HandlerPlan {
  readonly core: string;
  /** Starts the core, which then works in a folder. @default none: it is there */
  readonly command?: { readonly command: readonly string[]; readonly cwd: string };
  readonly kind: "echo" | "hold" | "stream";
  /** One agent for each. A port of 0 is any. */
  readonly urls: readonly string[];
}

export async function startHandler(plan: HandlerPlan): Promise<HandlerProcess> {
  const started = await startServerProcess(join(import.meta.dirname, "handler.ts"), [JSON.stringify(plan)], {
    stderr: "inherit",
    readyLine: /^ready /m,
    readyWithinMs: 120_000,
    stopSignal: "SIGTERM",
  });
  return { ...started, ...JSON.parse(started.readyLine.slice("ready ".length)) };
}

/** The URL of an agent that takes any port. */
export const anyUrl = "http://127.0.0.1:0";

/** A message that begins a task, in the dialect that every core speaks. */
export function sendBody(taskId: string, blocking: boolean): string {
  const ids = { messageId: randomUUID(), contextId: randomUUID(), taskId };
  const parts = [{ kind: "text", text: "What is the capital of France?" }];
  return JSON.stringify({
    jsonrpc: "2.0",
    id: randomUUID(),
    method: "message/send",
    params: {
      message: { role: "user", kind: "message", ...ids, parts },
      configuration: { acceptedOutputModes: ["text/plain"], blocking },
    },
  });
}
