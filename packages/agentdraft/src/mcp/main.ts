// `x-agentdraft mcp`: the tools over this process's stdin and stdout, until stdin ends.
import { AuthError } from "../errors.ts";
import { serveMcp } from "./index.ts";

const help = `x-agentdraft mcp: the booking arbiter as MCP tools over stdin and stdout

Environment:
  AGENTDRAFT_API_KEY    the agent's key, avs_live_...
  AGENTDRAFT_BASE_URL   where the service is (default https://api.agentdraft.io)
`;

/** Runs the MCP server. Exit code 0 when stdin ends or on SIGTERM, 2 without a usable key. */
export async function mcpMain(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(help);
    return;
  }
  if (args.length > 0) {
    process.stderr.write(
      `x-agentdraft mcp: takes no arguments, got "${args[0]}"\nTry "x-agentdraft mcp --help".\n`,
    );
    process.exit(2);
  }
  let server: ReturnType<typeof serveMcp>;
  try {
    server = serveMcp();
  } catch (error) {
    if (error instanceof AuthError) {
      process.stderr.write(`x-agentdraft mcp: ${error.message}\n`);
      process.exit(2);
    }
    throw error;
  }
  const stop = (): void => {
    void server.close().finally(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.stdin.on("end", stop);
}
