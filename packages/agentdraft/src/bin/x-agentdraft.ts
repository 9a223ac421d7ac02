#!/usr/bin/env node
// The server as a command. Checks the Node that runs it before it loads anything that an older one could not.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
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
