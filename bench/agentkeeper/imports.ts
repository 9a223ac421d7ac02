// How long our client takes to import beside Connect's Node transport alone, and whether it loads anything of a server.

import { compareImports } from "../shared/imports.ts";

export function measureImports(): void {
  compareImports({
    ours: "@x/agentkeeper",
    peer: "@connectrpc/connect-node",
    serverParts: [
      /connect-node/,
      /prom-client/,
      /\/pino\//,
      /^node:sqlite$/,
      /agentkeeper\/dist\/(local|bin)\//,
      /core\/dist\/service\//,
    ],
  });
}
