// Adds up the reports of one step: prints "<passed> <failed>", and on lines below what failed in tests, by name. Runs on any Node
// that can run npx. A vitest report counts its tests; a test that was skipped, and a file that could not run, count as failed.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const [folder, kind] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const names = [];

for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
  const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
  if (kind === "counts" && name.endsWith(".counts.json")) {
    passed += report.passed;
    failed += report.failed;
  }
  if (kind === "vitest" && Array.isArray(report.testResults)) {
    for (const file of report.testResults) {
      const bad = file.assertionResults.filter((test) => test.status !== "passed");
      passed += file.assertionResults.length - bad.length;
      failed += file.status === "failed" ? Math.max(1, bad.length) : bad.length;
      const path = relative(process.cwd(), file.name);
      if (file.status === "failed" && bad.length === 0) {
        names.push(`${path}: ${firstLine(file.message)}`);
      }
      names.push(
        ...bad.map(
          (test) => `${path}: ${test.fullName}: ${firstLine(test.failureMessages?.[0] ?? test.status)}`,
        ),
      );
    }
  }
}

function firstLine(text) {
  return String(text).split("\n", 1)[0].slice(0, 300);
}

process.stdout.write(`${[`${passed} ${failed}`, ...names].join("\n")}\n`);
