// `x-test mcp`: the test tools as an executable serves them.
import { mcpCommand } from "../../src/mcp/index.ts";
import { subcommand } from "../../src/service/start/executable.ts";
import { nothingSeen, testTools } from "../mcp/tools.ts";

const command = mcpCommand<object>({
  command: "x-test mcp",
  name: "test",
  version: "1.2.3",
  summary: "tools for tests",
  settings: {},
  open: async () => ({
    tools: testTools(nothingSeen()),
    instructions: "Call echo.",
    close: async () => void process.stderr.write("closed the client\n"),
  }),
});
await subcommand("tools for tests", async () => command).run("x-test mcp", process.argv.slice(2));
