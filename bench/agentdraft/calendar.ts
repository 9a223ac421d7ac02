// The AgentDraft server as a process, with calendars and agents in it.

import { join } from "node:path";
import { startServer, type Usage } from "../shared/daemon.ts";

/** A server under measurement. */
export interface DraftServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly usage: Usage;
}

/** An agent that may book. */
export interface DraftAgent {
  readonly agentId: string;
  readonly apiKey: string;
  readonly priority: number;
}

/** Starts a server without rate limit; in memory unless flags say otherwise. */
export async function startDraft(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<DraftServer> {
  const executable = join("agentdraft", "dist", "bin", "x-agentdraft.js");
  const started = await startServer(executable, ["--dev", ...flags], nodeFlags);
  return {
    url: `http://${/http=(\S+)/.exec(started.readyLine)?.[1]}`,
    pid: started.pid,
    usage: started.usage,
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}

/** Signs a new owner in and gives the owner's calendar one agent for each rank from 1 on. */
export async function createAgents(url: string, count: number): Promise<DraftAgent[]> {
  const email = `bench-${crypto.randomUUID()}@example.com`;
  const sent = await post(`${url}/v1/auth/magic-link`, { email });
  const verified = await post(`${url}/v1/auth/verify`, { token: sent.body.dev_token });
  const agents: DraftAgent[] = [];
  for (let priority = 1; priority <= count; priority += 1) {
    const { body } = await post(
      `${url}/v1/dashboard/agents`,
      { name: `rank ${priority}`, scopes: ["availability:read", "bookings:write", "audit:read"], priority },
      verified.cookie,
    );
    agents.push({ agentId: String(body.agent_id), apiKey: String(body.plaintext_key), priority });
  }
  return agents;
}

interface Answer {
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookie: string;
}

async function post(url: string, body: unknown, cookie = ""): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) },
    body: JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(`${url}: HTTP ${response.status}: ${await response.text()}`);
  }
  return {
    body: (await response.json()) as Readonly<Record<string, unknown>>,
    cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? "",
  };
}
