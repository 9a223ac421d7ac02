import { describe, expect, it } from "vitest";
import { importsOf } from "../src/testing/index.ts";

/** Everything outside the package that a module loads. */
async function loads(entry: string): Promise<readonly string[]> {
  return (await importsOf(new URL(`../src/${entry}`, import.meta.url))).outside;
}

describe("an entry loads only what it needs", () => {
  it("the main entry: engines by import condition and no library, so it runs anywhere", async () => {
    expect(await loads("index.ts")).toEqual(["#ed25519", "#http-engine", "#sha256"]);
    expect(await loads("identity/ed25519.ts")).toEqual(["@noble/curves/ed25519.js", "@noble/hashes/sha2.js"]);
    expect(await loads("identity/sha256.ts")).toEqual([
      "@noble/hashes/hmac.js",
      "@noble/hashes/legacy.js",
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
      "node:fs",
      "node:fs/promises",
      "node:path",
    ]);
  });

  it("errors of gRPC: Connect's core and messages, no transport", async () => {
    expect(await loads("errors/grpc-error.ts")).toEqual([
      "@bufbuild/protobuf/codegenv2",
      "@connectrpc/connect",
    ]);
  });

  it("the MCP entry: the official packages only when tools are served", async () => {
    const loaded = await loads("mcp/index.ts");
    expect(loaded).toContain("zod");
    expect(loaded.filter((name) => name.startsWith("@modelcontextprotocol"))).toEqual([]);
  });

  it("the testing entry: no test runner", async () => {
    expect(await loads("testing/index.ts")).toEqual([
      "#ed25519",
      "node:assert/strict",
      "node:async_hooks",
      "node:child_process",
      "node:events",
      "node:fs",
      "node:fs/promises",
      "node:net",
      "node:util",
    ]);
  });
});
