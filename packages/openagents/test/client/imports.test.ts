import { readFile } from "node:fs/promises";
import { importsOf } from "@x/core/testing";
import { describe, expect, it } from "vitest";

const source = new URL("../../src/", import.meta.url);
const loaded = await importsOf(new URL("index.ts", source));

describe("OA-46 importing the client", () => {
  it("OA-46 loads core and nothing else: no gRPC, no protobuf, no server, nothing of Node", async () => {
    expect(loaded.outside).toEqual(["@x/core"]);
    const own = loaded.own.map((href) => href.slice(source.href.length));
    expect(own).toContain("client/client.ts");
    expect(own.filter((path) => /^(?:local|mcp|bin|node|testing|gen)\/|grpc|any\.ts/.test(path))).toEqual([]);
  });

  it("OA-46 names Node only where it may be absent", async () => {
    const named = await Promise.all(
      loaded.own.map(async (href) => {
        const text = await readFile(new URL(href), "utf8");
        return /(?<!globalThis\.)\b(?:process\.|Buffer\b|require\()/.test(text) ? [href] : [];
      }),
    );
    expect(named.flat()).toEqual([]);
  });
});
