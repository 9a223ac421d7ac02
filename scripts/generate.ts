// Generates the protobuf types of each package from proto/, with the one template buf.gen.yaml.
// `--check` generates into an ignored folder instead, and fails when what is committed differs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";

/** Which folders of proto/ are generated into which package. */
const sources: Readonly<Record<string, readonly string[]>> = {
  "packages/core": ["proto/google", "proto/grpc"],
  "packages/agentkeeper": ["proto/agentkeeper"],
  "packages/bindu-bridge": ["proto/bindu"],
  "packages/openagents": ["proto/openagents"],
};
const check = process.argv.includes("--check");
let stale = false;

for (const [packageFolder, protoFolders] of Object.entries(sources)) {
  const output = check ? `.work/generated/${packageFolder}` : packageFolder;
  rmSync(`${output}/src/gen`, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const paths = protoFolders.flatMap((folder) => ["--path", folder]);
  execFileSync("buf", ["generate", ...paths, "--output", output], { stdio: "inherit" });
  if (check) {
    const diff = ["diff", "--no-index", "--stat", "--", `${packageFolder}/src/gen`, `${output}/src/gen`];
    stale = spawnSync("git", diff, { stdio: "inherit" }).status !== 0 || stale;
  }
}

if (stale) {
  console.error('generated code differs from what proto/ says: run "pnpm generate"');
  process.exit(1);
}
