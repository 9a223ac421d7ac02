// Starts agent processes and talks to them.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./protocol.ts";

type ReportOf<Kind extends Report["report"]> = Extract<Report, { report: Kind }>;

/** An agent that runs in a process of its own. */
export interface AgentProcess {
  readonly name: string;
  readonly agentId: string;
  order(order: Order): void;
  /** The next report of this kind that nobody has taken yet. */
  next<Kind extends Report["report"]>(kind: Kind): Promise<ReportOf<Kind>>;
  /** SIGKILL: no goodbye, no last heartbeat. */
  kill(): Promise<void>;
}

const agentFile = fileURLToPath(new URL("./agent.ts", import.meta.url));
const running = new Set<ChildProcess>();

export async function startAgent(
  port: number,
  name: string,
  description: string,
  tools: readonly string[] = [],
): Promise<AgentProcess> {
  const child = fork(agentFile, [String(port), name, description, tools.join(",")]);
  running.add(child);
  const reports: Report[] = [];
  const listeners = new Set<() => void>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  ended.then(() => {
    running.delete(child);
    for (const listener of listeners) {
      listener();
    }
  });
  child.on("message", (report: Report) => {
    reports.push(report);
    for (const listener of listeners) {
      listener();
    }
  });

  const next = <Kind extends Report["report"]>(kind: Kind): Promise<ReportOf<Kind>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const index = reports.findIndex((report) => report.report === kind);
        if (index !== -1) {
          listeners.delete(look);
          resolve(reports.splice(index, 1)[0] as ReportOf<Kind>);
        } else if (child.exitCode !== null || child.signalCode !== null) {
          listeners.delete(look);
          reject(new Error(`${name} ended before it was ${kind}`));
        }
      };
      listeners.add(look);
      look();
    });

  const { agentId } = await next("registered");
  return {
    name,
    agentId,
    next,
    order: (order) => child.send(order),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Ends every agent process that still runs. */
export async function endAllAgents(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    }),
  );
}
