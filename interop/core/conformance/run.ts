// The official Connect conformance suite: our client and our server over gRPC, and our server over the other protocols.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Counts } from "../../shared/suite.ts";
import { prepare, runner } from "./prepare.ts";

export { prepare };

const here = import.meta.dirname;

const modes = [
  { mode: "client", config: "grpc.yaml", program: "client.ts" },
  { mode: "server", config: "grpc.yaml", program: "server.ts" },
  { mode: "server", config: "connect.yaml", program: "server.ts" },
] as const;

export async function run(): Promise<Counts> {
  prepare();
  let passed = 0;
  let failed = 0;
  for (const { mode, config, program } of modes) {
    const result = spawnSync(
      runner,
      ["--conf", join(here, config), "--mode", mode, "--", process.execPath, join(here, program)],
      { encoding: "utf8", maxBuffer: 256 * 1_024 * 1_024 },
    );
    const [all = 0, good = 0] = totals(result.stdout);
    console.log(`conformance ${mode} ${config}: ${good} of ${all} cases passed`);
    passed += good;
    // A run that broke before any case ran is a failure too.
    failed += result.status === 0 && all > 0 ? 0 : Math.max(1, all - good);
    if (result.status !== 0) {
      console.error(result.stdout + result.stderr);
    }
  }
  return { passed, failed };
}

/** The runner's last lines: `Total cases: 123` and `123 passed, 0 failed`. */
function totals(output: string): readonly number[] {
  const all = /Total cases: (\d+)/.exec(output)?.[1];
  const good = /(\d+) passed/.exec(output)?.[1];
  return [Number(all ?? 0), Number(good ?? 0)];
}
