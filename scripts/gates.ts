// Checks the packages as their users will get them. One line per gate; all run, whatever fails, two packages at a time.
// With TEST_REPORT_DIR the numbers of passed and failed gates are left there for .ci/run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientIsSmall, clientLoadsNoServer } from "./gates/client-load.ts";
import { pnpm, run } from "./gates/command.ts";
import { importEntries, install, runPrograms, typeCheck } from "./gates/consumer.ts";
import { publishedPackages } from "./gates/packages.ts";
import { changesetVersion, publishDryRun } from "./gates/release.ts";
import { areTheTypesWrong, pack, publint } from "./gates/tarball.ts";

const packages = publishedPackages();
let passed = 0;
let failed = 0;

async function gate(name: string, check: () => unknown): Promise<void> {
  try {
    await check();
    passed++;
    console.log(`gate ${name}: ok`);
  } catch (error) {
    failed++;
    console.log(`gate ${name}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs all jobs, so many at once, in their order. */
async function sideBySide(jobs: readonly (() => Promise<void>)[], atOnce = 2): Promise<void> {
  const waiting = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of waiting) await job();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

await gate("build", () => pnpm(["run", "build", "--output-logs=errors-only"]));
await sideBySide(
  packages.map((each) => async () => {
    await gate(`pack ${each.name}`, () => pack(each));
    await gate(`publint ${each.name}`, () => publint(each));
    await gate(`types ${each.name}`, () => areTheTypesWrong(each));
  }),
);
await sideBySide([
  ...packages.map((each) => async () => {
    await gate(`install ${each.name}`, () => install(each, packages));
    await gate(`import ${each.name}`, () => importEntries(each));
    await gate(`type-check ${each.name}`, () => typeCheck(each));
    await gate(`run ${each.name}`, () => runPrograms(each));
    await gate(`load ${each.name}`, () => clientLoadsNoServer(each));
    await gate(`size ${each.name}`, () => clientIsSmall(each));
  }),
  () => gate("knip", () => run("knip", ["--no-progress"])),
  () => gate("changeset version", () => changesetVersion(packages)),
  () => gate("publish --dry-run", () => publishDryRun(packages)),
]);

const reports = process.env.TEST_REPORT_DIR;
if (reports !== undefined)
  writeFileSync(join(reports, "gates.counts.json"), JSON.stringify({ passed, failed }));
console.log(`gates: ${passed} passed, ${failed} failed`);
if (failed > 0) process.exit(1);
