// The MCP server over stdio: the booking arbiter as tools of a language model.
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { AgentDraft } from "../client/client.ts";
import { packageVersion } from "../version.ts";
import { registerBookingTools } from "./booking-tools.ts";
import { registerApprovalTools, registerAuditTools, registerMailTools } from "./further-tools.ts";

/** A server with all tools, which act for the agent of one key. */
function createMcpServer(client: AgentDraft): McpServer {
  const server = new McpServer(
    { name: "agentdraft", version: packageVersion },
    {
      capabilities: { tools: {} },
      instructions:
        "AgentDraft decides which agent gets a slot of one person's calendar. Ask get_availability before you propose a time, create_hold while you talk about it, commit_booking to make it final. When a slot is lost the answer says who won it: propose another time instead of trying again.",
    },
  );
  registerBookingTools(server, client);
  registerAuditTools(server, client);
  registerApprovalTools(server, client);
  registerMailTools(server, client);
  return server;
}

/** What keeps the server running. */
export interface RunningMcpServer {
  close(): Promise<void>;
}

/**
 * Serves the tools over stdin and stdout. The key and the server's address come from `AGENTDRAFT_API_KEY` and
 * `AGENTDRAFT_BASE_URL`.
 *
 * @throws AuthError without a usable key
 */
export function serveMcp(): RunningMcpServer {
  const client = new AgentDraft({ userAgent: `x-agentdraft-mcp/${packageVersion}` });
  const stdio = serveStdio(() => createMcpServer(client), {
    onerror: (error) => process.stderr.write(`x-agentdraft mcp: ${error.message}\n`),
  });
  return {
    async close(): Promise<void> {
      await stdio.close();
      await client.close();
    },
  };
}
