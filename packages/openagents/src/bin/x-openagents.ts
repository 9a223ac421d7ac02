#!/usr/bin/env node
// The server as a command. Checks the Node that runs it before it loads anything that a very old one could not read.
if (Number.parseInt(process.versions.node, 10) < 20) {
  process.stderr.write(`x-openagents needs Node 22.13 or newer; this is Node ${process.versions.node}\n`);
  process.exit(2);
}
const [{ runLocal, subcommand }, { openagents }] = await Promise.all([
  import("@x/core/service"),
  import("../local/index.ts"),
]);
await runLocal(openagents, {
  mcp: subcommand("a network of agents as MCP tools for a language model", async () => {
    const { mcp } = await import("../mcp/main.ts");
    return mcp;
  }),
});

export {};
