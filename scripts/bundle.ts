// Puts the modules of a package together, run in its folder after the compiler: one file for each entry and few for what several share,
// for loading a module costs more than most modules. What is no dependency is put in too, its licence beside it; types stay as they are.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/utils";

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly engines: { readonly node: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** Every built file that the package.json names. */
function filesIn(value: unknown): string[] {
  if (typeof value === "string") return /^\.\/dist\/.*\.js$/.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(filesIn) : [];
}

// What else is loaded by its path, such as a worker, is named at the command line, for no package.json has a place for it.
const built = new Set([
  ...filesIn([manifest.bin, manifest.exports, manifest.imports]),
  ...process.argv.slice(2).map((file) => `./${file}`),
]);
const entries = Object.fromEntries(
  [...built].map((file) => {
    const name = file.replace(/^\.\/dist\//, "").replace(/\.js$/, "");
    return [name, `src/${name}.ts`];
  }),
);

const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const bundle = await rolldown({
  input: entries,
  platform: "node",
  tsconfig: false,
  // Syntax that the oldest Node of ours lacks, such as `using`, is written out.
  transform: { target: `node${manifest.engines.node.replace(/^>=/, "")}` },
  external: (id) =>
    /^(node:|#)/.test(id) || dependencies.some((name) => id === name || id.startsWith(`${name}/`)),
  onLog(level, log) {
    if (level !== "debug") throw new Error(log.message);
  },
});
const { output } = await bundle.write({
  dir: "dist",
  format: "esm",
  sourcemap: true,
  // They lie in the package.
  sourcemapExcludeSources: true,
  entryFileNames: "[name].js",
  chunkFileNames: "shared/[name].js",
  codeSplitting: { groups: [{ name: "foreign", test: /\/node_modules\// }] },
});
await bundle.close();

/** The folders of the packages whose modules went in. */
const roots = new Set<string>();
for (const chunk of output) {
  if (chunk.type !== "chunk") continue;
  const foreign = chunk.moduleIds.flatMap(
    (module) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1] ?? [],
  );
  if (foreign.length > 0) {
    // Nobody looks for a fault of ours in there.
    writeFileSync(`dist/${chunk.fileName}`, minifySync(chunk.fileName, chunk.code, { module: true }).code);
    rmSync(`dist/${chunk.fileName}.map`, { force: true });
  }
  for (const root of foreign) roots.add(root);
}
if (roots.size > 0) {
  const notices = [...roots].map((root) => {
    const { name, version, license }: Record<string, unknown> = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    const file = ["LICENSE", "LICENSE.md", "license", "LICENCE"].find((each) => existsSync(join(root, each)));
    return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(root, file), "utf8")}`;
  });
  writeFileSync("dist/LICENSES.txt", notices.sort().join("\n\n---\n\n"));
}
