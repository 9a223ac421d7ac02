import { expect, test } from "vitest";
import { didYouMean, nearestOf } from "../src/nearest.ts";

const options = ["ttlSeconds", "autoRenew", "signal", "timeoutMs", "maxRetries"];

test.each([
  ["ttl", "ttlSeconds"],
  ["ttl-seconds", "ttlSeconds"],
  ["timeOutMs", "timeoutMs"],
  ["timeout", "timeoutMs"],
  ["singal", "signal"],
  ["maxRetry", "maxRetries"],
  ["zebra", undefined],
  ["", undefined],
  ["x".repeat(10_000), undefined],
])("nearest to %s is %s", (word, nearest) => {
  expect(nearestOf(word, options)).toBe(nearest);
});

test("says what was meant, or nothing", () => {
  expect(didYouMean("mpc", ["mcp", "backup"])).toBe("; did you mean mcp?");
  expect(didYouMean("data-dri", ["data-dir"], (name) => `--${name}`)).toBe("; did you mean --data-dir?");
  expect(didYouMean("nothing", ["mcp"])).toBe("");
});
