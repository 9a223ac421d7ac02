// The tools that the official MCP conformance suite calls, as our kit serves them.
import { setTimeout as pause } from "node:timers/promises";
import { FailedPreconditionError } from "@x/core";
import { defineTool, mcpCommand, type Tool } from "@x/core/mcp";
import { subcommand } from "@x/core/service";
import { z } from "zod";

const nothing = { input: {}, hints: { readOnlyHint: true } };

const address = z.object({ street: z.string(), city: z.string() }).partial().meta({ id: "address" });

const tools: readonly Tool[] = [
  defineTool({
    ...nothing,
    name: "test_simple_text",
    description: "Answers a text.",
    run: async () => ({ text: "This is a simple text response for testing." }),
  }),
  defineTool({
    ...nothing,
    name: "test_error_handling",
    description: "Is refused.",
    async run() {
      throw new FailedPreconditionError("This tool intentionally returns an error for testing", {
        service: "conformance",
        operation: "test_error_handling",
      });
    },
  }),
  defineTool({
    ...nothing,
    name: "test_tool_with_progress",
    description: "Reports progress three times.",
    async run(_, { progress }) {
      progress("begun");
      for (const said of ["half done", "done"]) {
        // As the suite asks for it.
        await pause(50);
        progress(said);
      }
      return { done: true };
    },
  }),
  defineTool({
    ...nothing,
    name: "test_reconnection",
    description: "Answers over a stream that can be taken up again.",
    run: async () => ({ text: "Reconnection test completed." }),
  }),
  defineTool({
    name: "json_schema_2020_12_tool",
    description: "Has a shape with definitions.",
    input: { name: z.string().optional(), address: address.optional() },
    hints: { readOnlyHint: true },
    run: async (given) => given,
  }),
];

const command = mcpCommand<object>({
  command: "conformance mcp",
  name: "conformance",
  version: "1.0.0",
  summary: "the tools of the MCP conformance suite",
  settings: {},
  open: async () => ({ tools, instructions: "For the conformance suite.", close: async () => {} }),
});
await subcommand("the tools of the suite", async () => command).run("conformance mcp", process.argv.slice(2));
