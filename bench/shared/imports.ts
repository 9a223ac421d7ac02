// How long one of our clients takes to import beside a library alone, and whether it loads anything of a server.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { median } from "./quantiles.ts";
import { count, row } from "./report.ts";

const runs = 15;

/** Two entries that can be imported from here. */
export interface ComparedImports {
  readonly ours: string;
  readonly peer: string;
  /** What a client must not load: the server's own code and what only that needs. */
  readonly serverParts: readonly RegExp[];
}

export function compareImports({ ours, peer, serverParts }: ComparedImports): void {
  const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let run = -2; run < runs; run += 1) {
    for (const [side, entry] of [["ours", ours] as const, ["peer", peer] as const]) {
      const timeMs = Number(evaluate(timing(entry)));
      // The first runs fill the system's caches.
      if (run >= 0) {
        times[side].push(timeMs);
      }
    }
  }
  const middle = { ours: median(times.ours), peer: median(times.peer) };
  const fastest = { ours: Math.min(...times.ours), peer: Math.min(...times.peer) };
  row(`import of ${ours}`, `${count(middle.ours)} ms, fastest ${count(fastest.ours)} ms`);
  row(`import of ${peer} alone`, `${count(middle.peer)} ms, fastest ${count(fastest.peer)} ms`);
  row("import, ours / the other, fastest runs", count(fastest.ours / fastest.peer));
  row("import, ours / the other", count(middle.ours / middle.peer), {
    value: middle.ours / middle.peer,
    target: { atMost: 1 },
  });
  const modules: string[] = JSON.parse(evaluate(listing(ours)));
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

/** Runs a program among the bench's dependencies. */
function evaluate(program: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: join(import.meta.dirname, ".."),
    encoding: "utf8",
  });
}
