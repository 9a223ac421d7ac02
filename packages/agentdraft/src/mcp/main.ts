// `x-agentdraft mcp`: the tools over this process's stdin and stdout, until stdin ends.
import { type Command, SettingError } from "@x/core/service";
import { AuthError } from "../errors.ts";
import { serveMcp } from "./index.ts";

export const mcpCommand: Command<object> = {
  summary: "the booking arbiter as MCP tools over stdin and stdout",
  settings: {},
  notes: `Environment:
  AGENTDRAFT_API_KEY    the agent's key, avs_live_...
  AGENTDRAFT_BASE_URL   where the service is (default https://api.agentdraft.io)`,
  async run() {
    const server = start();
    const stop = (): void => {
      void server.close().finally(() => process.exit(0));
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    process.stdin.on("end", stop);
  },
};

function start(): ReturnType<typeof serveMcp> {
  try {
    return serveMcp();
  } catch (error) {
    throw error instanceof AuthError ? new SettingError(error.message, { cause: error }) : error;
  }
}
