// Adds up the reports of one step: prints "<passed> <failed>". Runs on any Node that can run npx.
// A vitest report counts its tests; a test that was skipped, and a file that could not run, count as failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, kind] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const name of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
  const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
  if (kind === "counts" && name.endsWith(".counts.json")) {
    passed += report.passed;
    failed += report.failed;
  }
  if (kind === "vitest" && Array.isArray(report.testResults)) {
    for (const file of report.testResults) {
      const good = file.assertionResults.filter((test) => test.status === "passed").length;
      const bad = file.assertionResults.length - good;
      passed += good;
      failed += file.status === "failed" ? Math.max(1, bad) : bad;
    }
  }
}
process.stdout.write(`${passed} ${failed}`);
