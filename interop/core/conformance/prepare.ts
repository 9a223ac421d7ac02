// What the suite needs, made once in an ignored folder: the official runner, built with Go, and the types of its protocol.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { workFolder } from "../../shared/suite.ts";

/** v1.0.7 does not build. */
const module = "connectrpc.com/conformance";
const version = "v1.0.6";

const root = join(import.meta.dirname, "..", "..", "..");
/** Ignored by git. */
const work = join(workFolder("conformance"), version);

/** The official runner. */
export const runner = join(work, "connectconformance");

/** Builds the runner and generates the types, unless that was done before; then checks the programs against them. */
export function prepare(): void {
  mkdirSync(work, { recursive: true });
  if (!existsSync(runner)) {
    execFileSync("go", ["install", `${module}/cmd/connectconformance@${version}`], {
      env: { ...process.env, GOBIN: work },
      stdio: "inherit",
    });
  }
  const generated = join(import.meta.dirname, "gen");
  if (!existsSync(generated)) {
    const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
    const template = {
      version: "v2",
      plugins: [
        {
          local: join(root, "node_modules", ".bin", "protoc-gen-es"),
          out: generated,
          opt: ["target=ts", "import_extension=ts", "erasable_syntax=true"],
        },
      ],
    };
    execFileSync(
      join(root, "node_modules", ".bin", "buf"),
      ["generate", join(cache, `${module}@${version}`, "proto"), "--template", JSON.stringify(template)],
      { stdio: "inherit" },
    );
  }
  // The programs can only be checked where the types are, so not together with the rest of the workspace.
  const tsc = join(root, "node_modules", ".bin", "tsc");
  execFileSync(tsc, ["-p", import.meta.dirname, "--noEmit"], { stdio: "inherit" });
}
