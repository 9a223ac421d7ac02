// Options are checked by name, kind and bound before anything is done with them; an error says what would have been right.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { callRules, clientRules } from "../src/calls/call-rules.ts";
import { checkArgument, checkOptions, must, type OptionRule } from "../src/calls/check-options.ts";
import { createSubscription } from "../src/subscription/run.ts";

const call = { service: "test", operation: "acquire" };
const rules = {
  ...callRules,
  ttlSeconds: { ...must.beWhole(1, 900), code: "ttl_out_of_range" },
  token: { ...must.beFullText, secret: true },
};

describe("the check of options", () => {
  it.each<[string, unknown, string]>([
    ["a short name", { ttl: 120 }, "acquire: there is no option ttl; did you mean ttlSeconds?"],
    ["a typo", { timoutMs: 1 }, "acquire: there is no option timoutMs; did you mean timeoutMs?"],
    ["a stranger", { colour: 1 }, "acquire: there is no option colour."],
    ["an inherited name of objects", { toString: 1 }, "acquire: there is no option toString."],
    ["no object", "ttl", 'acquire: the options must be an object, not "ttl".'],
    ["null", null, "acquire: the options must be an object, not null."],
    ["a list", [], "acquire: the options must be an object, not a list."],
    [
      "null for a value",
      { timeoutMs: null },
      "acquire: timeoutMs must be a number of milliseconds above 0, or Infinity, not null.",
    ],
    ["a secret", { token: 7 }, "acquire: token must be a string that is not empty."],
    [
      "a negative number of repeats",
      { maxRetries: -1 },
      "acquire: maxRetries must be a whole number from 0, or Infinity, not -1.",
    ],
  ])("refuses %s", (_what, options, message) => {
    expect(() => checkOptions(options, rules, call)).toThrow(
      expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_option", message, ...call }),
    );
  });

  it("takes what is absent, undefined or right", () => {
    for (const options of [
      {},
      { timeoutMs: undefined },
      { timeoutMs: Number.POSITIVE_INFINITY, ttlSeconds: 900 },
    ]) {
      expect(() => checkOptions(options, rules, call)).not.toThrow();
    }
  });

  it("names an option of an option by its way", () => {
    expect(() => checkOptions({ hooks: { onRetri: 1 } }, clientRules, call)).toThrow(
      "there is no option hooks.onRetri; did you mean onRetry?",
    );
    expect(() => checkOptions({ hooks: { onRetry: 1 } }, clientRules, call)).toThrow(
      "hooks.onRetry must be a function",
    );
  });

  it("asks for what is required, and gives the code of the rule", () => {
    const required = { name: { ...must.beText, required: true } };
    expect(() => checkOptions({}, required, call)).toThrow("name must be a string, not undefined");
    expect(() => checkOptions({ ttlSeconds: 0 }, rules, call)).toThrow(
      expect.objectContaining({ code: "ttl_out_of_range" }),
    );
    expect(() => checkArgument("agentId", {}, must.beText, call)).toThrow(
      "acquire: agentId must be a string, not an object.",
    );
  });

  const infinity = Number.POSITIVE_INFINITY;
  it.each<[string, OptionRule, readonly unknown[], readonly unknown[]]>([
    ["a whole number", must.beWhole(1, 9), [1, 9], [0, 10, 1.5, Number.NaN, infinity, "1", 1n, null]],
    ["a count", must.beCount(1), [1, infinity], [0, 1.5, Number.NaN, -infinity, "1"]],
    ["a number", must.beNumber(0, 1), [0, 0.5, 1], [-0.1, 1.1, Number.NaN, "0"]],
    ["a wait", must.beWaitMs, [0, 0.5, infinity], [-1, Number.NaN, "0"]],
    ["a timeout", must.beTimeoutMs, [0.5, infinity], [0, -1, Number.NaN, "1"]],
    ["texts", must.beTexts, [[], ["a"]], ["a", [1], { 0: "a" }]],
    ["a map of texts", must.beTextMap, [{}, { a: "b" }], [{ a: 1 }, ["a"], "a", null]],
    [
      "a text or bytes",
      must.beTextOrBytes,
      ["", new Uint8Array(1), Buffer.from("a")],
      [{}, [1], new DataView(new ArrayBuffer(1)), new Uint16Array(1)],
    ],
    ["a signal", must.beSignal, [AbortSignal.abort()], [{}, new AbortController(), { aborted: false }]],
    ["a bigint", must.beBigint, [0n, 7n], [-1n, 0, "0"]],
    ["one of some words", must.beOneOf("a", "b"), ["a"], ["c", "", 1, ["a"]]],
    ["some words", must.beSomeOf("a", "b"), [[], ["a", "b"]], ["a", ["c"]]],
    [
      "an object with methods",
      must.haveMethods("a clock", "now"),
      [{ now: Date.now }],
      [{}, { now: 1 }, null],
    ],
  ])("knows %s", (_what, { isOne }, right, wrong) => {
    expect(right.filter((value) => !isOne(value))).toEqual([]);
    expect(wrong.filter((value) => isOne(value))).toEqual([]);
  });

  it("knows values of another realm by their shape", () => {
    expect(must.beTextOrBytes.isOne(runInNewContext("new Uint8Array(1)"))).toBe(true);
    expect(must.beTexts.isOne(runInNewContext("['a']"))).toBe(true);
    expect(must.beTextMap.isOne(runInNewContext("({ a: 'b' })"))).toBe(true);
  });

  it("holds for streams too", () => {
    const source = { ...call, resumable: false, open: () => [], receive: () => undefined } as never;
    expect(() => createSubscription(source, { bufferSize: 0 })).toThrow(
      "bufferSize must be a whole number from 1",
    );
    expect(() => createSubscription(source, { maxReconects: 1 } as never)).toThrow(
      "there is no option maxReconects; did you mean maxReconnects?",
    );
  });
});
