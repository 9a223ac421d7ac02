#!/usr/bin/env node
// The server as a command. Checks the Node that runs it before it loads anything that a very old one could not read.
if (Number.parseInt(process.versions.node, 10) < 20) {
  process.stderr.write(`x-agentdraft needs Node 22.13 or newer; this is Node ${process.versions.node}\n`);
  process.exit(2);
}
const [command, ...rest] = process.argv.slice(2);
if (command === "mcp") {
  const { mcpMain } = await import("../mcp/main.ts");
  await mcpMain(rest);
} else {
  const { main } = await import("../local/main.ts");
  await main();
}

export {};
