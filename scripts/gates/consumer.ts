// A project of somebody else's that installs one packed package, imports it, type-checks against it and runs it.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pnpm, run } from "./command.ts";
import { type Package, readManifest } from "./packages.ts";
import { tarballOf } from "./tarball.ts";

/** Strict as a careful user has it: library types are checked too, and there is no DOM. */
const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Connect's own types name `HeadersInit`, which only the DOM's types declare; so users of these entries need them. */
const entriesThatNeedDom: ReadonlySet<string> = new Set(["@x/core/rpc", "@x/core/rpc/client"]);

function folderOf(each: Package): string {
  return resolve(".work/gates/consumers", basename(each.folder));
}

/** Installs the package and nothing else; packages of ours that it needs come from their tarballs too. */
export async function install(each: Package, all: readonly Package[]): Promise<void> {
  const folder = folderOf(each);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const write = (file: string, value: unknown): void =>
    writeFileSync(join(folder, file), JSON.stringify(value, null, 2));
  write("package.json", {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: { [each.name]: `file:${tarballOf(each)}` },
    devDependencies: { "@types/node": readManifest("node_modules/@types/node").version },
  });
  // JSON is YAML. Its own workspace file makes the folder a project of its own.
  write("pnpm-workspace.yaml", {
    overrides: Object.fromEntries(all.map((other) => [other.name, `file:${tarballOf(other)}`])),
  });
  const withDom = { ...compilerOptions, lib: [...compilerOptions.lib, "dom"] };
  write("tsconfig.json", { compilerOptions, include: ["entries.ts", "program.ts"] });
  write("tsconfig.dom.json", { compilerOptions: withDom, include: ["entries-dom.ts"] });
  const plain = each.entries.filter((entry) => !entriesThatNeedDom.has(entry));
  writeFileSync(join(folder, "entries.ts"), importing(plain));
  writeFileSync(join(folder, "entries-dom.ts"), importing(each.entries));
  const program = programOf(each);
  if (existsSync(program)) copyFileSync(program, join(folder, "program.ts"));
  await pnpm(["install", "--prefer-offline", "--no-frozen-lockfile"], { cwd: folder });
}

/** A small real use of the package, if there is one for it. */
function programOf(each: Package): string {
  return `scripts/gates/programs/${basename(each.folder)}.ts`;
}

/** A program that imports all of some entries. */
function importing(entries: readonly string[]): string {
  const imports = entries.map((entry, i) => `import * as entry${i} from "${entry}";`);
  const names = entries.map((_, i) => `entry${i}`).join(", ");
  return `${imports.join("\n")}\nfor (const entry of [${names}]) console.log(Object.keys(entry).length);\n`;
}

/** Imports every entry alone with plain Node, which then ends by itself, and asks each executable for its version. */
export async function importEntries(each: Package): Promise<void> {
  for (const entry of each.entries) {
    const { names } = await loadedBy(each, entry);
    if (names.length === 0) throw new Error(`${entry} exports nothing`);
  }
  for (const executable of each.executables) {
    const answer = await run(join(folderOf(each), "node_modules/.bin", executable), ["--version"]);
    if (!answer.includes(each.version))
      throw new Error(`${executable} --version says ${JSON.stringify(answer)}`);
  }
}

export async function typeCheck(each: Package): Promise<void> {
  await run("tsc", ["-p", "tsconfig.json"], { cwd: folderOf(each) });
  await run("tsc", ["-p", "tsconfig.dom.json"], { cwd: folderOf(each) });
}

export async function runPrograms(each: Package): Promise<void> {
  const folder = folderOf(each);
  await run(process.execPath, ["entries-dom.ts"], { cwd: folder });
  if (existsSync(join(folder, "program.ts"))) await run(process.execPath, ["program.ts"], { cwd: folder });
}

export interface Loaded {
  /** What the entry exports. */
  readonly names: readonly string[];
  /** Every module that importing it loads: `node:` and `file:` addresses. */
  readonly modules: readonly string[];
}

export async function loadedBy(each: Package, entry: string): Promise<Loaded> {
  const folder = folderOf(each);
  const recorder = join(folder, "recorder.mjs");
  writeFileSync(recorder, readFileSync("scripts/gates/recorder.mjs"));
  return JSON.parse(await run(process.execPath, [recorder, entry], { cwd: folder })) as Loaded;
}
