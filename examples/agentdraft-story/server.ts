// The AgentDraft server as a process of its own, and the owner of a calendar in it.
import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServerProcess } from "../server-process.ts";

const executable = fileURLToPath(
  new URL("dist/bin/x-agentdraft.js", import.meta.resolve("@x/agentdraft/package.json")),
);

export function startServer(...flags: readonly string[]): Promise<ServerProcess> {
  return startServerProcess(executable, flags);
}

export interface MadeAgent {
  readonly name: string;
  readonly agentId: string;
  readonly apiKey: string;
}

/** What a person does in the browser, by API calls. */
export interface Owner {
  readonly userId: string;
  createAgent(name: string, priority: number): Promise<MadeAgent>;
  decide(approvalId: string, decision: "approved" | "denied", note: string): Promise<void>;
}

export async function signIn(url: string, email: string): Promise<Owner> {
  let cookie = "";
  const post = async (path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
    assert(response.ok, `${path}: HTTP ${response.status}`);
    cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  const { dev_token: token } = await post("/v1/auth/magic-link", { email });
  const { user_id: userId } = await post("/v1/auth/verify", { token });
  return {
    userId: String(userId),
    async createAgent(name: string, priority: number): Promise<MadeAgent> {
      const scopes = ["availability:read", "bookings:write", "approvals:request"];
      const made = await post("/v1/dashboard/agents", { name, scopes, priority });
      return { name, agentId: String(made.agent_id), apiKey: String(made.plaintext_key) };
    },
    async decide(approvalId, decision, note): Promise<void> {
      await post(`/v1/dashboard/approvals/${approvalId}/resolve`, { decision, note });
    },
  };
}
