// Generates the protobuf types of each package from proto/, with the one template buf.gen.yaml.
// `--check` fails when what is committed differs from what would be generated.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Which folder of proto/ is generated into which package. */
const owners: ReadonlyArray<readonly [protoFolder: string, packageFolder: string]> = [
  ["proto/google", "packages/core"],
  ["proto/agentkeeper", "packages/agentkeeper"],
];

for (const packageFolder of new Set(owners.map(([, folder]) => folder))) {
  rmSync(`${packageFolder}/src/gen`, { recursive: true, force: true });
}
for (const [protoFolder, packageFolder] of owners) {
  execFileSync("buf", ["generate", "--path", protoFolder, "--output", packageFolder], { stdio: "inherit" });
}

if (process.argv.includes("--check")) {
  const folders = owners.map(([, folder]) => `${folder}/src/gen`);
  const status = execFileSync("git", ["status", "--porcelain", "--", ...folders], { encoding: "utf8" });
  if (status !== "") {
    console.error(`generated code differs from what is committed; run "pnpm generate":\n${status}`);
    process.exit(1);
  }
}
