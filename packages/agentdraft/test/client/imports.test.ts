import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

/** Every module of this package that a module loads, and everything outside of it. */
async function loads(entry: string): Promise<{ readonly own: string[]; readonly outside: string[] }> {
  const root = new URL("../../src/", import.meta.url);
  const outside = new Set<string>();
  const own = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (own.has(url.href)) {
      return;
    }
    own.add(url.href);
    const source = await readFile(url, "utf8");
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
  await visit(new URL(entry, root));
  return { own: [...own].map((href) => href.slice(root.href.length)), outside: [...outside].sort() };
}

describe("importing the client", () => {
  it("loads core and nothing else: no server, no MCP, nothing of Node, so it runs in browsers and workers", async () => {
    const { own, outside } = await loads("index.ts");
    expect(outside).toEqual(["@x/core"]);
    expect(own).toContain("client.ts");
    expect(own.filter((path) => /^(?:local|mcp|bin)\//.test(path))).toEqual([]);
  });

  it("names Node only where it may be absent", async () => {
    const { own } = await loads("index.ts");
    const named = await Promise.all(
      own.map(async (path) => {
        const source = await readFile(new URL(path, new URL("../../src/", import.meta.url)), "utf8");
        return /(?<!globalThis\.)\b(?:process\.|Buffer\b|require\()/.test(source) ? [path] : [];
      }),
    );
    expect(named.flat()).toEqual([]);
  });
});
