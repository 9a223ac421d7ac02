// How long our client takes to import beside Connect's Node transport alone, and whether it loads anything of a server.

import { execFileSync } from "node:child_process";
import { median } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

const runs = 15;
const entries = { ours: "@x/agentkeeper", connect: "@connectrpc/connect-node" };

/** What a client must not load: the server's own code and what only that needs. */
const serverParts: readonly RegExp[] = [
  /connect-node/,
  /prom-client/,
  /\/pino\//,
  /^node:sqlite$/,
  /agentkeeper\/dist\/(local|bin)\//,
  /core\/dist\/service\//,
];

export function measureImports(): void {
  const times: Record<keyof typeof entries, number[]> = { ours: [], connect: [] };
  for (let run = -2; run < runs; run += 1) {
    for (const entry of ["ours", "connect"] as const) {
      const timeMs = Number(evaluate(timing(entries[entry])));
      // The first runs fill the system's caches.
      if (run >= 0) {
        times[entry].push(timeMs);
      }
    }
  }
  const ours = median(times.ours);
  const connect = median(times.connect);
  const fastest = { ours: Math.min(...times.ours), connect: Math.min(...times.connect) };
  row(`import of ${entries.ours}`, `${count(ours)} ms, fastest ${count(fastest.ours)} ms`);
  row(`import of ${entries.connect} alone`, `${count(connect)} ms, fastest ${count(fastest.connect)} ms`);
  row("import, ours / Connect's Node transport, fastest runs", count(fastest.ours / fastest.connect));
  row("import, ours / Connect's Node transport", count(ours / connect), {
    value: ours / connect,
    target: { atMost: 1 },
  });
  const modules: string[] = JSON.parse(evaluate(listing(entries.ours)));
  const ofServer = modules.filter((url) => serverParts.some((part) => part.test(url)));
  row(
    "modules of a server that the import loads",
    ofServer.length === 0 ? `none of ${modules.length}` : ofServer.join(", "),
    { value: ofServer.length, target: { atMost: 0 } },
  );
}

function timing(entry: string): string {
  return `const begin = performance.now(); await import(${JSON.stringify(entry)}); console.log(performance.now() - begin);`;
}

function listing(entry: string): string {
  return `
    import { registerHooks } from "node:module";
    const modules = [];
    registerHooks({ load(url, context, next) { modules.push(url); return next(url, context); } });
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify(modules));`;
}

function evaluate(program: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
}
