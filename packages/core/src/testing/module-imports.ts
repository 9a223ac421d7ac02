// What a module loads, read from its source: to hold a client to what it may load.
import { readFile } from "node:fs/promises";

/** A module and all that it imports, by itself and through the modules beside it. Sorted. */
export interface ModuleImports {
  /** The module itself and those that are imported by a relative path, as `file:` URLs. */
  readonly own: readonly string[];
  /** Everything else, as the sources name it. */
  readonly outside: readonly string[];
}

/** Follows the static imports and re-exports of TypeScript sources. Dynamic imports load nothing by themselves. */
export async function importsOf(entry: URL): Promise<ModuleImports> {
  const own = new Set<string>();
  const outside = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (own.has(url.href)) {
      return;
    }
    own.add(url.href);
    const source = await readFile(url, "utf8");
    // `import type` and `export type` vanish; verbatimModuleSyntax keeps all others.
    for (const [, specifier = ""] of source.matchAll(
      /^(?:import|export)\s(?!type\b)[^;]*?from\s+"([^"]+)"/gm,
    )) {
      if (specifier.startsWith(".")) {
        await visit(new URL(specifier, url));
      } else {
        outside.add(specifier);
      }
    }
  };
  await visit(entry);
  return { own: [...own].sort(), outside: [...outside].sort() };
}
