// What depends on the Node below it, on the oldest Node that the packages promise and on the newest of that line; and the
// executables on one that is older.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type Counts, sumOf, workFolder } from "../../shared/suite.ts";
import { checkOlderNode } from "./older.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const work = workFolder("interop-older-nodes");

/** One that is not promised, but still found on many machines. */
const olderNode = "20.19.0";

/** On the newest of the line that Node 24 has left behind: what it has changed in patches, which is the network. */
const changesInPatches: readonly string[] = [
  "/rpc/",
  "secured",
  "engines",
  "sse",
  "lifetime",
  "sqlite-journal",
];

/**
 * Test files by parts of their paths, in every package: threads, programs that start servers, HTTP/2 and the engine of HTTP, SQLite,
 * what a kill leaves, keys. What stands above these, and the rules and the wire formats, are the same on every Node.
 */
const dependsOnNode: readonly string[] = [
  ...changesInPatches,
  "embedded",
  "heartbeat-thread",
  "/grpc",
  "sqlite-lock",
  "sqlite-identity",
  "sqlite-backup",
  "durability/kill",
  "key-file",
  "client/identity",
  "ed25519",
  "sha256",
];

const packages: readonly string[] = readdirSync(join(root, "packages")).filter((each) =>
  existsSync(join(root, "packages", each, "vitest.config.ts")),
);

export function prepare(): void {
  for (const version of [...versions(), olderNode]) {
    install(version);
  }
}

export async function run(): Promise<Counts> {
  const counts: Counts[] = [];
  const [oldest, newest] = versions();
  for (const [version, parts] of [
    [oldest, dependsOnNode],
    [newest, changesInPatches],
  ] as const) {
    const node = install(version);
    console.log(`tests on Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
    for (const each of packages) {
      // A package may have nothing that depends on this.
      const ofPackage = test(each, { version, node, parts });
      console.log(`  @x/${each}: ${ofPackage.passed} passed, ${ofPackage.failed} failed`);
      counts.push(ofPackage);
    }
  }
  console.log(`executables on Node ${olderNode}`);
  counts.push(await checkOlderNode(install(olderNode)));
  if (counts.slice(0, packages.length).some(({ passed }) => passed === 0)) {
    throw new Error("a package was not tested on the oldest Node");
  }
  return sumOf(counts);
}

/** The oldest that all packages name, and the newest of its line. */
function versions(): readonly [oldest: string, newest: string] {
  const named = packages.map((each) => {
    const { engines } = JSON.parse(readFileSync(join(root, "packages", each, "package.json"), "utf8"));
    return /^>=(\d+\.\d+)$/.exec(engines.node)?.[1];
  });
  const [version] = named;
  if (version === undefined || named.some((other) => other !== version)) {
    throw new Error(`the packages do not name one oldest Node: ${named.join(", ")}`);
  }
  return [`${version}.0`, version.slice(0, version.indexOf("."))];
}

/** The executable of a version, from the npm package of this platform, which has no install script. */
function install(version: string): string {
  const platform = `node-${process.platform}-${process.arch}`;
  const folder = join(work, version);
  const node = join(folder, "node_modules", platform, "bin", "node");
  // Only a whole version stays what it is.
  if (!/^\d+\.\d+\.\d+$/.test(version) || !existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, `${platform}@${version}`], {
      stdio: "inherit",
    });
  }
  return node;
}

interface OnNode {
  readonly version: string;
  readonly node: string;
  readonly parts: readonly string[];
}

function test(each: string, { version, node, parts }: OnNode): Counts {
  const report = join(work, `${each}-${version}.json`);
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const { status, stdout, stderr } = spawnSync(
    node,
    [vitest, "run", ...parts, "--passWithNoTests", "--reporter=json", `--outputFile=${report}`],
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
