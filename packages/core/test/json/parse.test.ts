import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  InvalidArgumentError,
  isJsonNumber,
  type JsonObject,
  jsonMembers,
  jsonNumber,
  parseJson,
  toPlainJson,
} from "../../src/index.ts";
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

  it("tells members in the order in which they were written, whatever their names are", () => {
    const namesOf = (text: string): string[] =>
      jsonMembers(parseJson(text) as JsonObject).map(([name]) => name);
    expect(namesOf('{"2":1,"1":2,"b":3,"0":4,"a":5,"2":6}')).toEqual(["2", "1", "b", "0", "a"]);
    expect(namesOf('{"b":1,"a":2}')).toEqual(["b", "a"]);
    expect(namesOf('{"10":1,"__proto__":2,"9":3}')).toEqual(["10", "__proto__", "9"]);
    const [[, value] = []] = jsonMembers(parseJson('{"2":1,"1":2,"2":6}') as JsonObject);
    expect(Number(value)).toBe(6);
    expect(toPlainJson(parseJson('{"2":1,"1":2}'))).toEqual({ 1: 2, 2: 1 });
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

  it.each([
    ["a name that stands twice", '{"x":1,"x":1}', "duplicate_member"],
    ["the same by an escape", '{"x":1,"\\u0078":2}', "duplicate_member"],
    ["the same further in", '[{"d":{"a":{},"b":0,"a":{}}}]', "duplicate_member"],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}', "duplicate_member"],
    ["half of a surrogate pair", '{"x":"\\ud800"}', "bad_string"],
    ["the same in a name", '{"\\udc00":1}', "bad_string"],
    ["swapped surrogates", '["\\ude80\\ud83d"]', "bad_string"],
    ["a number beyond every double", "[1e400]", "bad_number"],
    ["a number of 401 characters", "9".repeat(401), "bad_number"],
  ])("when strict, refuses %s", (_what, text, code) => {
    expect(() => parseJson(text, { strict: true })).toThrow(expect.objectContaining({ code }));
    expect(parseJson(text)).toBeDefined();
  });

  it("when strict, takes integers of any size, names of the prototype, and what only looks like a repeat", () => {
    const text = `{"a":{"a":${"9".repeat(400)}},"toString":1e308,"constructor":"\\ud83d\\ude80","b":[{"a":1},{"a":1}]}`;
    expect(String((parseJson(text, { strict: true }) as { toString: unknown }).toString)).toBe("1e308");
  });

  it("is as strict about texts as JSON.parse, wherever a text is cut or spoilt", () => {
    const good = '{"a\\n":[1.50e-3,-0,"\\u00e9\\"",true,false,null,{}],"b":{"c":[]} , "":\t"é😀"}';
    expect(toPlainJson(parseJson(good))).toEqual(JSON.parse(good));
    const accepts = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.nat(3),
        fc.constantFrom(
          "",
          "{",
          "}",
          "[",
          "]",
          '"',
          ",",
          ":",
          "\\",
          "0",
          "-",
          ".",
          "e",
          "t",
          "\n",
          "\f",
          "\ufeff",
        ),
        (at, cut, put) => {
          const text = good.slice(0, at) + put + good.slice(at + cut);
          expect(accepts(() => parseJson(text))).toBe(accepts(() => JSON.parse(text)));
        },
      ),
      { numRuns: 2_000 },
    );
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
