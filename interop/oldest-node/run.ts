// The packages' own tests on the oldest Node that they promise to run on.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Counts } from "../shared/pytest.ts";
import { checkOlderNode } from "./older.ts";

export const name = "oldest-node";

const root = join(import.meta.dirname, "..", "..");
const work = join(root, ".work", "interop-oldest-node");

/** One that is not promised, but still found on many machines. */
const olderNode = "20.19.0";

/** About the sources, whatever runs them, and asked by means that this Node lacks. */
const aboutSources = "test/rpc/imports.test.ts";

export async function run(): Promise<Counts> {
  const packages = ["core", "agentkeeper", "agentdraft"];
  const node = install(oldestOf(packages));
  console.log(`tests on Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
  const total = { passed: 0, failed: 0 };
  for (const each of packages) {
    const { passed, failed } = test(each, node);
    console.log(`  @x/${each}: ${passed} passed, ${failed} failed`);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`executables on Node ${olderNode}`);
  const { passed, failed } = await checkOlderNode(install(olderNode));
  return { passed: total.passed + passed, failed: total.failed + failed };
}

/** The version that all packages name as their oldest. */
function oldestOf(packages: readonly string[]): string {
  const versions = packages.map((each) => {
    const { engines } = JSON.parse(readFileSync(join(root, "packages", each, "package.json"), "utf8"));
    return /^>=(\d+\.\d+)$/.exec(engines.node)?.[1];
  });
  const [version] = versions;
  if (version === undefined || versions.some((other) => other !== version)) {
    throw new Error(`the packages do not name one oldest Node: ${versions.join(", ")}`);
  }
  return `${version}.0`;
}

/** The executable of a version, from the npm package of this platform, which has no install script. */
function install(version: string): string {
  const platform = `node-${process.platform}-${process.arch}`;
  const folder = join(work, version);
  mkdirSync(folder, { recursive: true });
  execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, `${platform}@${version}`], {
    stdio: "inherit",
  });
  return join(folder, "node_modules", platform, "bin", "node");
}

function test(each: string, node: string): Counts {
  const report = join(work, `${each}.json`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { status, stdout, stderr } = spawnSync(
    node,
    [vitest, "run", `--exclude=${aboutSources}`, "--reporter=json", `--outputFile=${report}`],
    {
      cwd: join(root, "packages", each),
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
        // Programs of the tests are TypeScript.
        NODE_OPTIONS: "--experimental-strip-types --disable-warning=ExperimentalWarning",
        TEST_REPORT_DIR: undefined,
      },
    },
  );
  const { numPassedTests: passed, numTotalTests } = JSON.parse(readFileSync(report, "utf8"));
  const failed = numTotalTests - passed;
  if (status === 0 && failed === 0) {
    return { passed, failed };
  }
  console.log(stdout, stderr);
  return { passed, failed: Math.max(1, failed) };
}
