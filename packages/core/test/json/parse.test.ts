import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, isJsonNumber, jsonNumber, parseJson, toPlainJson } from "../../src/index.ts";
import { nestsDeeperThan } from "../../src/json/depth.ts";

describe("reading JSON", () => {
  it("keeps the text of numbers", () => {
    const value = parseJson("[1,1.0,1e0,9007199254740993,-0]");
    expect(Array.isArray(value) && value.map(String)).toEqual(["1", "1.0", "1e0", "9007199254740993", "-0"]);
  });

  it("reads a number as one where a program wants one", () => {
    const number = jsonNumber("1.50");
    expect(Number(number)).toBe(1.5);
    expect(JSON.stringify({ number })).toBe('{"number":1.5}');
    expect([
      isJsonNumber(number),
      isJsonNumber(1.5),
      isJsonNumber(JSON.parse('{"isJsonNumber":true,"text":"5"}')),
    ]).toEqual([true, false, false]);
  });

  it("takes the last of equal names, and __proto__ as a name", () => {
    expect(toPlainJson(parseJson('{"a":1,"a":[2]}'))).toEqual({ a: [2] });
    const value = toPlainJson(parseJson('{"__proto__":{"admin":true}}'));
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it("reads as JSON.parse does", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(toPlainJson(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses what is no JSON, with one error", () => {
    for (const text of [
      "",
      "{",
      "[1,]",
      '{"a":1,}',
      "01",
      "1.",
      ".5",
      "'a'",
      "nul",
      '"\\x"',
      "NaN",
      "1 2",
      '"\n"',
    ]) {
      expect(() => parseJson(text)).toThrow(InvalidArgumentError);
    }
  });

  it("refuses great depth without overflowing the stack", () => {
    const deep = "[".repeat(1_000_000);
    expect(() => parseJson(deep)).toThrow(expect.objectContaining({ code: "json_too_deep" }));
    expect(() => parseJson('{"a":'.repeat(300))).toThrow(expect.objectContaining({ code: "json_too_deep" }));
    expect(parseJson("[".repeat(256) + "]".repeat(256))).toBeDefined();
    expect(() => parseJson("[[1]]", { maxDepth: 1 })).toThrow(
      expect.objectContaining({ code: "json_too_deep" }),
    );
  });

  it("counts no brackets inside texts", () => {
    expect(nestsDeeperThan('["[[[\\"[[[", "\\\\"]', 1)).toBe(false);
    expect(nestsDeeperThan('["\\\\", [["', 2)).toBe(true);
    expect(nestsDeeperThan('[[1],[2],{"a":3}]', 2)).toBe(false);
  });
});
