// Runs the interop suites: `node interop/run.ts` for all, `node interop/run.ts conformance` for one.
//
// A suite is a folder with a run.ts that exports `name` and `run()`. It prepares what it needs (Go, Python) by itself,
// in ignored folders.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Suite {
  readonly name: string;
  run(): Promise<{ passed: number; failed: number }>;
}

const here = import.meta.dirname;

function suiteFolders(): string[] {
  return readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, "run.ts")))
    .map((entry) => entry.name)
    .sort();
}

const wanted = process.argv[2];
const folders = suiteFolders();
if (wanted !== undefined && !folders.includes(wanted)) {
  console.error(`no suite is called ${JSON.stringify(wanted)}; there are: ${folders.join(", ")}`);
  process.exit(2);
}

const lines: string[] = [];
for (const folder of wanted === undefined ? folders : [wanted]) {
  const suite: Suite = await import(`./${folder}/run.ts`);
  let counts: { passed: number; failed: number };
  try {
    counts = await suite.run();
  } catch (error) {
    console.error(error);
    counts = { passed: 0, failed: 1 };
  }
  if (counts.failed > 0) {
    process.exitCode = 1;
  }
  lines.push(`${suite.name}: ${counts.passed} passed, ${counts.failed} failed`);
  const reports = process.env.TEST_REPORT_DIR;
  if (reports !== undefined) {
    mkdirSync(reports, { recursive: true });
    writeFileSync(join(reports, `interop-${suite.name}.counts.json`), `${JSON.stringify(counts)}\n`);
  }
}
console.log(lines.join("\n"));
