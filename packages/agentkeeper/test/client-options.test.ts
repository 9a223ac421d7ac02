// Options of a client that cannot be meant are refused at once, by name.
import { InvalidArgumentError } from "@x/core";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient, type AgentKeeperClientOptions } from "../src/index.ts";

describe("options of a client", () => {
  it.each<[string, AgentKeeperClientOptions]>([
    ["host", { host: "" }],
    ["host", { host: "http://localhost" }],
    ["host", { host: "localhost:7070" }],
    ["host", { host: "a b" }],
    ["port", { port: 0 }],
    ["port", { port: 65_536 }],
    ["port", { port: 70.5 }],
    ["timeoutMs", { timeoutMs: 0 }],
    ["timeoutMs", { timeoutMs: Number.NaN }],
    ["maxRetries", { maxRetries: -1 }],
    ["maxRetries", { maxRetries: 1.5 }],
  ])("%s is refused in %o", (name, options) => {
    const making = (): AgentKeeperClient => new AgentKeeperClient(options);
    expect(making).toThrow(InvalidArgumentError);
    expect(making).toThrow(expect.objectContaining({ code: "invalid_option" }));
    expect(making).toThrow(name);
  });

  it.each([{ host: "::1" }, { host: "[::1]" }, { port: 65_535 }, { timeoutMs: Number.POSITIVE_INFINITY }])(
    "%o is taken",
    async (options) => {
      await new AgentKeeperClient(options).close();
    },
  );
});
