import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

/** Everything outside the package that a module loads, by itself and through the modules that it imports. */
async function loads(entry: string): Promise<string[]> {
  const outside = new Set<string>();
  const seen = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) {
      return;
    }
    seen.add(url.href);
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
  await visit(new URL(`../src/${entry}`, import.meta.url));
  return [...outside].sort();
}

describe("an entry loads only what it needs", () => {
  it("the main entry: engines by import condition, and a JSON parser, so it runs anywhere", async () => {
    expect(await loads("index.ts")).toEqual(["#ed25519", "#http-engine", "#sha256", "lossless-json"]);
    expect(await loads("ed25519.ts")).toEqual(["@noble/curves/ed25519.js", "@noble/hashes/sha2.js"]);
    expect(await loads("sha256.ts")).toEqual([
      "@noble/hashes/hmac.js",
      "@noble/hashes/sha2.js",
      "@noble/hashes/utils.js",
    ]);
    expect(await loads("http/fetch-engine.ts")).toEqual([]);
    for (const engine of ["ed25519", "sha256", "http-engine"]) {
      expect(await loads(`node/${engine}.ts`)).toEqual([]);
    }
  });

  it("the Node entry: no transport", async () => {
    expect(await loads("node/index.ts")).toEqual([
      "#ed25519",
      "node:crypto",
      "node:fs/promises",
      "node:path",
    ]);
  });

  it("errors of gRPC: Connect's core and messages, no transport", async () => {
    expect(await loads("grpc-error.ts")).toEqual(["@bufbuild/protobuf/codegenv2", "@connectrpc/connect"]);
  });

  it("the testing entry: no test runner", async () => {
    expect(await loads("testing/index.ts")).toEqual([
      "#ed25519",
      "node:async_hooks",
      "node:child_process",
      "node:events",
      "node:fs",
      "node:net",
    ]);
  });
});
