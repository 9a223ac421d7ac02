// How long our client takes to import beside ky alone, and whether it loads anything of a server.

import { compareImports } from "../shared/imports.ts";

export function measureImports(): void {
  compareImports({
    ours: "@x/grid",
    peer: "ky",
    serverParts: [
      /prom-client/,
      /\/pino\//,
      /\/zod\//,
      /\/croner\//,
      /^node:(sqlite|http2)$/,
      /grid\/dist\/(local|bin|mcp)\//,
      /core\/dist\/(service|rpc)\//,
    ],
  });
}
