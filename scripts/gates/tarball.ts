// A package as npm would get it: packed, and looked at file by file.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";
import { pnpm, run } from "./command.ts";
import type { Package } from "./packages.ts";

const folder = resolve(".work/gates/tarballs");
const everyPackageHas = ["package.json", "README.md", "LICENSE"];

export function tarballOf({ name, version }: Package): string {
  return join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

/** Packs a package. @throws if a file is missing that every package has, or one is in that is for developers only. */
export async function pack(each: Package): Promise<void> {
  mkdirSync(folder, { recursive: true });
  rmSync(tarballOf(each), { force: true });
  await pnpm(["pack", "--pack-destination", folder], { cwd: each.folder });
  const listed = await run("tar", ["-tzf", tarballOf(each)]);
  const files = listed.split("\n").map((path) => path.replace(/^package\//, ""));
  const missing = everyPackageHas.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`the tarball lacks ${missing.join(", ")}`);
  const stray = files.filter((file) => /\.test\.|(^|\/)test\/|\.tsbuildinfo$/.test(file));
  if (stray.length > 0) throw new Error(`the tarball holds ${stray.join(", ")}`);
  const mapped = files.filter((file) => file.endsWith(".map")).flatMap((file) => sourcesOf(each, file));
  const lost = mapped.filter((source) => !files.includes(source));
  if (lost.length > 0) throw new Error(`source maps lead to ${lost.join(", ")}, which the tarball lacks`);
}

/** The files that a source map leads to. */
function sourcesOf({ folder }: Package, map: string): string[] {
  const { sources } = JSON.parse(readFileSync(join(folder, map), "utf8")) as { sources: string[] };
  return sources.map((source) => normalize(join(dirname(map), source)));
}

export async function publint(each: Package): Promise<void> {
  await run("publint", ["run", tarballOf(each), "--strict"]);
}

/** Whether the types of every entry are found by every kind of resolution that an ESM package serves. */
export async function areTheTypesWrong(each: Package): Promise<void> {
  const format = ["--format", "ascii", "--no-emoji", "--no-color"];
  await run("attw", [tarballOf(each), "--profile", "esm-only", "--no-definitely-typed", ...format]);
}
