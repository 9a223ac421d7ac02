// Plain values survive the way to disk and back exactly, or are refused.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePlain, encodePlain } from "../../src/service/index.ts";
import { decodePieces, encodePieces } from "../../src/service/store/plain-codec.ts";

/** JSON has one zero. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const key = fc.oneof(fc.constantFrom("$bytes", "$entries", "$", "__proto__", "constructor", ""), fc.string());
const plain: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.array(fc.tuple(key, tie("value"))).map((entries) => Object.fromEntries(entries)),
  ),
})).value;

describe("plain values", () => {
  it("come back as they were, whatever their keys", () => {
    fc.assert(
      fc.property(plain, (value) => {
        // Not vitest's comparison: it takes a key named "constructor" for the constructor.
        expect(isDeepStrictEqual(decodePlain(encodePlain(value)), value)).toBe(true);
        expect(isDeepStrictEqual(decodePieces(encodePieces(value)), value)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("bytes come back as bytes of their own, also those that are a part of others", () => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 3);
    const decoded = decodePlain(encodePlain({ bytes }));
    expect(decoded).toStrictEqual({ bytes: new Uint8Array([2, 3]) });
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    () => 1,
    Symbol("s"),
    new Map(),
    new Set(),
    new Date(0),
    new Float64Array(1),
  ])("%s is refused, however deep", (value) => {
    expect(() => encodePlain({ a: [{ b: value }] })).toThrow(TypeError);
  });

  it("a property that is undefined is left out", () => {
    expect(decodePlain(encodePlain({ a: undefined, b: new Uint8Array() }))).toStrictEqual({
      b: new Uint8Array(),
    });
  });

  it("a large state is cut into pieces of bounded length", () => {
    const list = Array.from({ length: 2_500 }, (_, index) => ({ index }));
    const state = { list, other: list.slice(0, 10), nested: { list }, name: "x" };
    const pieces = [...encodePieces(state)];
    expect(pieces).toHaveLength(1 + 3 + 1);
    expect(decodePieces(pieces)).toStrictEqual(state);
  });

  it("items with the same members are written as a table, up to the first that differs", () => {
    const names = fc.uniqueArray(key, { maxLength: 5 });
    const list = fc.tuple(
      names,
      fc.array(fc.array(plain), { maxLength: 8 }),
      fc.array(plain, { maxLength: 3 }),
    );
    fc.assert(
      fc.property(list, fc.boolean(), ([members, rows, others], othersFirst) => {
        const table = rows.map((row) =>
          Object.fromEntries(members.map((name, index) => [name, row[index] ?? null])),
        );
        const state = { list: othersFirst ? [...others, ...table] : [...table, ...others, ...table] };
        expect(isDeepStrictEqual(decodePieces(encodePieces(state)), state)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    const uniform = Array.from({ length: 3 }, (_, index) => ({ name: `n${index}`, index }));
    expect([...encodePieces({ uniform })][1]).toBe(
      '["uniform",["name","index"],[["n0",0],["n1",1],["n2",2]]]',
    );
    const mixed = [...uniform, { index: 3 }, undefined, { name: "n", index: 4 }];
    expect([...encodePieces({ mixed })].slice(1)).toEqual([
      '["mixed",["name","index"],[["n0",0],["n1",1],["n2",2]]]',
      '["mixed",[{"index":3},null,{"name":"n","index":4}]]',
    ]);
    const gaps = [{ name: undefined, index: 1 }, ...uniform];
    expect(decodePieces(encodePieces({ gaps }))).toStrictEqual({ gaps: [{ index: 1 }, ...uniform] });
  });

  it("a list of a few long items is cut too, and no item is", () => {
    const list = Array.from({ length: 30 }, () => ({ input: new Uint8Array(60_000) }));
    const huge = [{ input: new Uint8Array(600_000) }, { input: new Uint8Array(1) }];
    const pieces = [...encodePieces({ list, huge })];
    expect(pieces.filter((piece) => piece.length > 300_000)).toHaveLength(1);
    expect(pieces.length).toBeGreaterThan(8);
    expect(decodePieces(pieces)).toStrictEqual({ list, huge });
  });
});
