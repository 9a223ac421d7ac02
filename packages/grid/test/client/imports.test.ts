import { readFile } from "node:fs/promises";
import { importsOf } from "@x/core/testing";
import { describe, expect, it } from "vitest";

const source = new URL("../../src/", import.meta.url);
const loaded = await importsOf(new URL("index.ts", source));
const helpers = await importsOf(new URL("a2a/index.ts", source));

describe("G112 importing the client", () => {
  it("G112 loads core and nothing else: no file system, no server, nothing of Node, so it runs in browsers and workers", () => {
    expect(loaded.outside).toEqual(["@x/core"]);
    const own = loaded.own.map((href) => href.slice(source.href.length));
    expect(own).toContain("client/client.ts");
    expect(own.filter((path) => /^(?:local|mcp|bin|node|testing)\//.test(path))).toEqual([]);
  });

  it("G112 names Node only where it may be absent", async () => {
    const named = await Promise.all(
      loaded.own.map(async (href) => {
        const text = await readFile(new URL(href), "utf8");
        return /(?<!globalThis\.)\b(?:process\.|Buffer\b|require\()/.test(text) ? [href] : [];
      }),
    );
    expect(named.flat()).toEqual([]);
  });

  it("G113 the words of A2A need core alone", () => {
    expect(helpers.outside).toEqual(["@x/core"]);
  });
});
