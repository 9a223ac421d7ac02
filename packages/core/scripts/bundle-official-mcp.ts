// Puts what the kit takes from the official MCP packages into dist/mcp/official.js, with the licences of all that is in it beside it.
// zod stays outside: it is a dependency anyway, and shapes must come from the same one.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const core = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(core, "dist/mcp/official.js");

// It is of the file that the compiler wrote.
rmSync(`${target}.map`);
const { output } = await build({
  input: join(core, "src/mcp/official.ts"),
  platform: "node",
  external: [/^node:/, /^zod(\/|$)/],
  output: { file: target, minify: true, sourcemap: false, codeSplitting: false },
});

/** The folders of the packages whose modules are in the bundle. */
const roots = new Set<string>();
for (const chunk of output) {
  for (const module of chunk.type === "chunk" ? chunk.moduleIds : []) {
    const root = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module)?.[1];
    if (root !== undefined) {
      roots.add(root);
    }
  }
}
const notices = [...roots].map((root) => {
  const { name, version, license }: Record<string, unknown> = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const file = ["LICENSE", "LICENSE.md", "license", "LICENCE"].find((each) => existsSync(join(root, each)));
  return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(root, file), "utf8")}`;
});
writeFileSync(join(core, "dist/mcp/official.LICENSES.txt"), notices.sort().join("\n\n---\n\n"));
