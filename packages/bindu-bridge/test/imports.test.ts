import { importsOf } from "@x/core/testing";
import { expect, test } from "vitest";

test("who imports the package loads no HTTP server, no store and no local core", async () => {
  const { own, outside } = await importsOf(new URL("../src/index.ts", import.meta.url));
  expect(own.filter((url) => /\/src\/(?:local|mcp|testing|bin)\//.test(url))).toEqual([]);
  expect(outside).toEqual([
    "@bufbuild/protobuf",
    "@bufbuild/protobuf/codegenv2",
    "@connectrpc/connect",
    "@x/core",
    "@x/core/base",
    "@x/core/rpc",
    "@x/core/rpc/client",
    "node:fs/promises",
    "node:path",
  ]);
});
