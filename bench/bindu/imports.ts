// How long the import for `bindufy` takes beside that of Connect's Node transport alone, and whether it loads anything of a core.

import { compareImports } from "../shared/imports.ts";

export function measureImports(): void {
  compareImports({
    ours: "@x/bindu-bridge",
    peer: "@connectrpc/connect-node",
    serverParts: [
      /connect-node/,
      /prom-client/,
      /\/pino\//,
      /\/zod\//,
      /^node:(sqlite|http)$/,
      /bindu-bridge\/dist\/(local|bin|mcp)\//,
      /core\/dist\/service\//,
    ],
  });
}
