// The options as they are documented are those of the table, and the environment counts where no flag is given.
import { settingsDocProblems } from "@x/core/testing";
import { afterEach, expect, test, vi } from "vitest";
import { settings } from "../src/local/settings.ts";

afterEach(() => vi.unstubAllEnvs());

test("the comments on the options say the bounds and defaults of the table", () => {
  expect(settingsDocProblems(new URL("../src/local/settings.ts", import.meta.url), settings)).toEqual([]);
});

test("S26 S28 the environment of the official core counts, and a flag before it", () => {
  const { handlerTimeoutSeconds, maxMessageBytes, structuredResponses } = settings;
  expect(handlerTimeoutSeconds.parse([undefined])).toBeUndefined();
  vi.stubEnv("GRPC__HANDLER_TIMEOUT", "1.5");
  vi.stubEnv("GRPC__MAX_MESSAGE_LENGTH", "4096");
  vi.stubEnv("AGENT__ENABLE_STRUCTURED_RESPONSES", "False");
  expect([
    handlerTimeoutSeconds.parse([undefined]),
    handlerTimeoutSeconds.parse(["2"]),
    maxMessageBytes.parse([undefined]),
    structuredResponses.parse([undefined]),
  ]).toEqual([1.5, 2, 4_096, false]);
});

test.each([
  ["handlerTimeoutSeconds", 0],
  ["handlerTimeoutSeconds", 86_401],
  ["maxMessageBytes", 10],
  ["maxMessageBytes", 2_000.5],
  ["structuredResponses", "maybe"],
  ["callbackTls", { cert: "x" }],
  ["callbackTls", { ca: "x", other: 1 }],
] as const)("%s is not %j", (name, value) => {
  expect(settings[name].accept(value)).toBeUndefined();
});

test("TLS towards agents may trust what Node trusts", () => {
  expect(settings.callbackTls.parse(["system", undefined, undefined])).toEqual({});
  expect(settings.callbackTls.accept({})).toEqual({});
  expect(() => settings.callbackTls.parse([undefined, "c.pem", undefined])).toThrow(/go together/);
});
