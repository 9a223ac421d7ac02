// Runs the interop suites: `node interop/run.ts` for all, `agentkeeper` for those of one service, `agentkeeper/histories` for one.
// `--prepare` in front makes what they need of others, and runs nothing; `--list` only names them.
//
// A suite is a folder <service>/<suite> with a run.ts that exports what `shared/suite.ts` says.

import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Counts, Suite } from "./shared/suite.ts";

const here = import.meta.dirname;

/** As in `agentkeeper/histories`. */
function allSuites(): string[] {
  return globSync("*/*/run.ts", { cwd: here, exclude: ["node_modules", "shared"] })
    .map(dirname)
    .sort();
}

/** The suites that some names mean; each of a service's if only that is named. */
function suitesOf(names: readonly string[]): string[] {
  const suites = allSuites();
  const meant = (name: string): string[] =>
    suites.filter((suite) => suite === name || suite.startsWith(`${name}/`));
  const unknown = names.filter((name) => meant(name).length === 0);
  if (unknown.length > 0) {
    const services = [...new Set(suites.map(dirname))];
    console.error(
      `no suite or service is called ${unknown.map((name) => JSON.stringify(name)).join(", ")}
services: ${services.join(", ")}
suites:   ${suites.join(", ")}`,
    );
    process.exit(2);
  }
  return names.length === 0 ? suites : [...new Set(names.flatMap(meant))];
}

async function run(name: string): Promise<Counts> {
  try {
    const suite: Suite = await import(`./${name}/run.ts`);
    return await suite.run();
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1 };
  }
}

/** What cannot be prepared is tried again, and told, by the suite that needs it. */
async function prepare(name: string): Promise<void> {
  const startedAt = performance.now();
  try {
    const suite: Suite = await import(`./${name}/run.ts`);
    await suite.prepare?.();
    console.log(`${name}: prepared in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  } catch (error) {
    console.error(`${name}: could not be prepared`, error);
    process.exitCode = 1;
  }
}

function report(name: string, counts: Counts): void {
  const reports = process.env.TEST_REPORT_DIR;
  if (reports !== undefined) {
    mkdirSync(reports, { recursive: true });
    const file = join(reports, `interop-${name.replace("/", "-")}.counts.json`);
    writeFileSync(file, `${JSON.stringify(counts)}\n`);
  }
}

const { values: flags, positionals } = parseArgs({
  options: { prepare: { type: "boolean" }, list: { type: "boolean" } },
  allowPositionals: true,
});
const lines: string[] = [];
for (const name of suitesOf(positionals)) {
  if (flags.list === true) {
    console.log(name);
  } else if (flags.prepare === true) {
    await prepare(name);
  } else {
    const counts = await run(name);
    report(name, counts);
    lines.push(`${name}: ${counts.passed} passed, ${counts.failed} failed`);
    if (counts.failed > 0) {
      process.exitCode = 1;
    }
  }
}
if (lines.length > 0) {
  console.log(lines.join("\n"));
}
