import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, parseJson, pythonCompactJson, pythonJson } from "../../src/index.ts";
import pythonFloats from "../vectors/python-floats.json" with { type: "json" };

describe("json.dumps of Python", () => {
  it("has spaces and keeps the order by default", () => {
    expect(pythonJson({ b: [1, 2], a: { c: null, d: true } })).toBe(
      '{"b": [1, 2], "a": {"c": null, "d": true}}',
    );
    expect(pythonJson({})).toBe("{}");
    expect(pythonJson([])).toBe("[]");
  });

  it("keeps the order of a Map, also of names like integers", () => {
    expect(
      pythonJson(
        new Map([
          ["b", 1],
          ["1", 2],
        ]),
      ),
    ).toBe('{"b": 1, "1": 2}');
  });

  it("keeps characters with ensure_ascii=False", () => {
    expect(pythonJson({ é: "😀\u007f\n" }, { ensureAscii: false })).toBe('{"é": "😀\u007f\\n"}');
    expect(pythonJson({ é: "😀\u007f\n" })).toBe('{"\\u00e9": "\\ud83d\\ude00\\u007f\\n"}');
  });

  it("sorts names by code point, where JavaScript sorts by unit", () => {
    const value = { "\uffff": 1, "😀": 2, "\ue000": 3, a: 4, ab: 5, "": 6 };
    expect(pythonJson(value, { sortKeys: true, ensureAscii: false, compact: true })).toBe(
      '{"":6,"a":4,"ab":5,"\ue000":3,"\uffff":1,"😀":2}',
    );
  });

  it("writes doubles as repr does", () => {
    const repr: readonly (readonly [number, string])[] = [
      [0.5, "0.5"],
      [-0.5, "-0.5"],
      [1.5e15, "1500000000000000"],
      [1e-4, "0.0001"],
      [1.5e-5, "1.5e-05"],
      [5e-324, "5e-324"],
      [123.456, "123.456"],
      [0.1 + 0.2, "0.30000000000000004"],
      [2 ** 53 + 2, "9007199254740994"],
      [2 ** 60, "1152921504606847000"],
      [999999999999999900000, "999999999999999900000"],
      [1e21, "1e+21"],
      [-1e21, "-1e+21"],
      [1.5e300, "1.5e+300"],
      [-0, "0"],
    ];
    expect(repr.map(([number]) => pythonJson(number))).toEqual(repr.map(([, text]) => text));
  });

  it("writes doubles as Python did, which were read as such", () => {
    expect(pythonFloats.dumps.map((text) => pythonJson(parseJson(text)))).toEqual(pythonFloats.dumps);
  });

  it("writes numbers of JavaScript as Python did, save whole ones below 1e21, which are integers", () => {
    const asInteger = (number: number): boolean => Number.isInteger(number) && Math.abs(number) < 1e21;
    const [whole, other] = [true, false].map((is) =>
      pythonFloats.dumps.filter((text) => asInteger(Number(text)) === is),
    );
    expect(other?.length).toBeGreaterThan(100);
    expect(other?.map((text) => pythonJson(Number(text)))).toEqual(other);
    expect(whole?.length).toBeGreaterThan(30);
    expect(whole?.map((text) => pythonJson(Number(text)))).toEqual(
      whole?.map((text) => JSON.stringify(Number(text))),
    );
  });

  it("writes any double so that it reads back, and as an integer exactly where it is whole and below 1e21", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.double({ min: -1e23, max: 1e23, noNaN: true }).map(Math.round),
        ),
        (number) => {
          const text = pythonJson(number);
          expect(Number(text)).toBe(number + 0);
          expect(/^-?\d+$/.test(text)).toBe(Number.isInteger(number) && Math.abs(number) < 1e21);
          expect(JSON.parse(pythonCompactJson([number]))).toEqual([number + 0]);
        },
      ),
    );
  });

  it("writes numbers that were read as they were meant", () => {
    const text = '{"a":1.0,"b":1e5,"c":-0,"d":-0.0,"e":1e16,"f":9007199254740993,"g":123456789012345678.0}';
    expect(pythonCompactJson(parseJson(text))).toBe(
      '{"a":1.0,"b":100000.0,"c":0,"d":-0.0,"e":1e+16,"f":9007199254740993,"g":1.2345678901234568e+17}',
    );
  });

  it("writes infinity only where it is told to", () => {
    expect(pythonCompactJson(parseJson("[1e400,-1e400]"), { allowInfinity: true })).toBe(
      "[Infinity,-Infinity]",
    );
    expect(() => pythonCompactJson(parseJson("[1e400]"))).toThrow(
      expect.objectContaining({ code: "non_finite_number" }),
    );
    expect(() => pythonCompactJson(Number.NaN)).toThrow(
      expect.objectContaining({ code: "non_finite_number" }),
    );
  });

  it("leaves out undefined members and refuses what is no JSON", () => {
    expect(pythonJson({ a: undefined, b: 1n })).toBe('{"b": 1}');
    for (const value of [
      undefined,
      () => 1,
      Symbol("x"),
      [undefined],
      new Set(),
      new Uint8Array(),
      new URL("http://x"),
    ]) {
      expect(() => pythonJson(value)).toThrow(expect.objectContaining({ code: "unsupported_json_value" }));
    }
    expect(() => pythonJson(new Date(Number.NaN))).toThrow(/invalid Date/);
  });

  it("refuses a value that holds itself, and does not overflow", () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(() => pythonJson(ring)).toThrow(expect.objectContaining({ code: "json_too_deep" }));
  });
});

describe("RFC 8785", () => {
  it("sorts by UTF-16 unit and keeps characters raw", () => {
    // A hole is no value; a member may be called as it likes.
    expect(() => canonicalJson(new Array(2))).toThrow(/type undefined/);
    expect(canonicalJson({ toJSON: 1, constructor: null })).toBe('{"constructor":null,"toJSON":1}');
    expect(canonicalJson({ "\uffff": 1, "😀": 2, b: "\u2028\u007fé", a: [true, null] })).toBe(
      '{"a":[true,null],"b":"\u2028\u007fé","😀":2,"\uffff":1}',
    );
  });

  it("writes numbers as JavaScript does", () => {
    // The examples of RFC 8785, section 3.2.2.
    const text = "[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0.0,1.0]";
    expect(canonicalJson(parseJson(text))).toBe("[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1]");
  });

  it("refuses what it cannot carry", () => {
    for (const value of ["\ud800", { "\udc00": 1 }, 2n ** 53n, parseJson("9007199254740993"), new Date()]) {
      expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: "unsupported_json_value" }));
    }
    expect(() => canonicalJson(Infinity)).toThrow(expect.objectContaining({ code: "non_finite_number" }));
  });

  it("gives one text for all orders of names, and JSON that says the same", () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: "small" }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(text.isWellFormed() && !/\\ud[89a-f]/i.test(text));
        const reversed = (v: unknown): unknown =>
          typeof v === "object" && v !== null && !Array.isArray(v)
            ? new Map(
                Object.entries(v)
                  .reverse()
                  .map(([name, member]) => [name, reversed(member)]),
              )
            : v;
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
