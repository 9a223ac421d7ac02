// A release, tried where it changes nothing: versions in a clone, publishing as a dry run.
import { existsSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pnpm, run } from "./command.ts";
import { type Package, readManifest } from "./packages.ts";

/** One changeset for one package raises all, because they are released together, and writes their changelogs. */
export async function changesetVersion(packages: readonly Package[]): Promise<void> {
  const clone = resolve(".work/gates/release");
  rmSync(clone, { recursive: true, force: true });
  await run("git", ["clone", "--quiet", ".", clone]);
  symlinkSync(resolve("node_modules"), `${clone}/node_modules`);
  const [first] = packages;
  writeFileSync(`${clone}/.changeset/gate.md`, `---\n"${first?.name}": minor\n---\n\nA change.\n`);
  await run("changeset", ["version"], { cwd: clone });
  const versions = packages.map(({ folder }) => readManifest(`${clone}/${folder}`).version);
  if (new Set(versions).size !== 1 || versions[0] === first?.version) {
    throw new Error(`changeset version makes ${versions.join(", ")}`);
  }
  const silent = packages.filter(({ folder }) => !existsSync(`${clone}/${folder}/CHANGELOG.md`));
  if (silent.length > 0) throw new Error(`no changelog for ${silent.map(({ name }) => name).join(", ")}`);
}

export async function publishDryRun(packages: readonly Package[]): Promise<void> {
  const output = await pnpm(["-r", "publish", "--dry-run", "--no-git-checks"]);
  const left = packages.filter(({ name, version }) => !output.includes(`${name}@${version}`));
  if (left.length > 0)
    throw new Error(`not published: ${left.map(({ name }) => name).join(", ")}\n${output}`);
}
