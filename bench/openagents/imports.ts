// How long our client takes to import beside ky alone, and whether it loads anything of a server or of gRPC.

import { compareImports } from "../shared/imports.ts";

export function measureImports(): void {
  compareImports({
    ours: "@x/openagents",
    peer: "ky",
    serverParts: [
      /prom-client/,
      /\/pino\//,
      /\/zod\//,
      /@connectrpc|@bufbuild/,
      /^node:(sqlite|http2)$/,
      /openagents\/dist\/(local|bin|mcp|gen)\//,
      /core\/dist\/(service|rpc)\//,
    ],
  });
}
