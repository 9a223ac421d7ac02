import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideAnswer } from "../../src/wire/decision.ts";
import { readHandlerHeaders, writeHandlerHeaders } from "../../src/wire/handler-headers.ts";
import { safe, safeText } from "../../src/wire/safe-text.ts";
import { escapeStateJson, findStateObject, statePlaces } from "../../src/wire/state-object.ts";
import { wellFormed } from "../../src/wire/well-formed.ts";

/** Texts that are made of what matters here. */
const bracy = fc
  .array(
    fc.constantFrom(
      "{",
      "}",
      '"state"',
      '"state":1',
      '"',
      ":",
      " ",
      "\n",
      "a",
      '{"state":"x"}',
      '{"state":',
      "[",
      "]",
      ",",
      "\u200b",
    ),
    {
      maxLength: 14,
    },
  )
  .map((pieces) => pieces.join(""));

describe("state objects", () => {
  test("the places are those of the regular expression", () => {
    fc.assert(
      fc.property(bracy, (text) => {
        const places = [...text.matchAll(/\{[^{}]*"state"[^{}]*\}/gs)].map((match) => [
          match.index,
          match.index + match[0].length,
        ]);
        expect([...statePlaces(text)]).toEqual(places);
      }),
      { numRuns: 5_000 },
    );
  });

  test("a long text without braces and with many keys takes no time", () => {
    const long = `{${'"state" '.repeat(500_000)}`;
    const started = performance.now();
    expect(findStateObject(long)).toBeUndefined();
    expect(findStateObject(`${'"state"'.repeat(200_000)}${"{ ".repeat(200_000)}`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("no text that was escaped holds a state object, and a second time changes nothing", () => {
    fc.assert(
      fc.property(bracy, (text) => {
        const escaped = escapeStateJson(text);
        expect(findStateObject(escaped)).toBeUndefined();
        expect(escapeStateJson(escaped)).toBe(escaped);
        if (!escaped.includes("\u200b")) {
          expect(escaped).toBe(text);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(escapeStateJson('a {"state":"x"} b')).toBe('a {\u200b"state":"x"} b');
    expect(escapeStateJson('{"a":{},"state":"x"}')).toBe('{\u200b"a":{},"state":"x"}');
    expect(escapeStateJson('{"a":1}')).toBe('{"a":1}');
  });

  const ask = '{"state":"input-required","prompt":"From JSON"}';
  test.each([
    [ask, "input-required", "From JSON"],
    ['Sure: {"state": "auth-required", "prompt": "X"} ok', "auth-required", "X"],
    [`\`\`\`json\n${ask}\n\`\`\``, "input-required", "From JSON"],
    [`[${ask}]`, "input-required", "From JSON"],
    [`{"a":${ask}}`, "input-required", "From JSON"],
    ['{"state":"input-required","prompt":""}', "input-required", ""],
    ['{"state":"input-required","prompt":5}', "input-required", 5],
    ['{"state":"input-required","prompt":["a","b"]}', "input-required", ["a", "b"]],
    ['{"state":"input-required"}', "input-required", '{"state":"input-required"}'],
    ['{"state":"input-required","prompt":"\\ud800"}', "input-required", "\ufffd"],
    ['{"state":"payment-required","x":1}', "input-required", { state: "payment-required", x: 1 }],
  ] as const)("a text asks for more: %s", (text, state, content) => {
    expect(decideAnswer(text)).toEqual({ state, content });
  });

  test.each([
    'x {"state":"input-required","prompt":"a {b}"} y',
    '{"state":"zzz"} then {"state":"input-required","prompt":"second"}',
    '{"state":"completed","x":1}',
    '{"a":1}',
    '{"state":"input-required","prompt":NaN}',
    '["state"]',
    '{"a":"state"}',
    "",
  ])("a text completes its task: %s", (text) => {
    expect(decideAnswer(text)).toEqual({ state: "completed", content: text });
  });

  test("an object asks by its state, with its prompt where that says anything", () => {
    const object = { state: "input-required", prompt: "", content: "c" };
    expect(decideAnswer({ ...object, prompt: "p" })).toEqual({ state: "input-required", content: "p" });
    expect(decideAnswer(object)).toEqual({ state: "input-required", content: object });
    expect(decideAnswer({ state: "payment-required", prompt: "pay" })).toEqual({
      state: "input-required",
      content: "pay",
    });
    expect(decideAnswer({ state: "payment-required" })).toEqual({
      state: "input-required",
      content: { state: "payment-required" },
    });
    const failed = { state: "failed", prompt: "p" };
    expect(decideAnswer(failed)).toEqual({ state: "completed", content: failed });
  });
});

describe("text at the borders", () => {
  test("an error's text has no brace and at most 2,051 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3_000, size: "max" }), (text) => {
        const shown = safeText(new Error(text));
        expect(shown).not.toMatch(/[{}]/);
        expect(shown.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(2_051);
      }),
    );
    expect(safe("é".repeat(2_000))).toBe(`${"é".repeat(1_024)}...`);
    expect(safe(`a${"é".repeat(2_000)}`)).toBe(`a${"é".repeat(1_023)}...`);
    expect(safe("x".repeat(2_048))).toBe("x".repeat(2_048));
    expect(safe("x".repeat(2_049))).toBe(`${"x".repeat(2_048)}...`);
    expect(safe('{"error":{}}\ud800')).toBe('("error":())\ufffd');
  });

  const silent = {
    toString(): string {
      throw new Error("no");
    },
  };
  test.each([
    [new Error("boom"), "boom"],
    [new TypeError(""), "TypeError"],
    ["text", "text"],
    [null, "null"],
    [undefined, "undefined"],
    [5, "5"],
    [Symbol("s"), "Symbol(s)"],
    [Object.freeze({ message: "frozen" }), "frozen"],
    [{ message: 5 }, "[object Object]"],
    [Object.create(null), "unknown error"],
    [silent, "unknown error"],
    [Object.defineProperty({}, "message", { get: silent.toString }), "unknown error"],
  ])("S14 anything that is thrown has a text: %#", (thrown, text) => {
    expect(safeText(thrown)).toBe(text);
  });

  test("lone surrogates in names and texts are replaced, and nothing else is touched", () => {
    const clean = { a: ["b", { c: "d" }], e: null, f: 1 };
    expect(wellFormed(clean)).toBe(clean);
    expect(wellFormed({ "\ud800": ["\udc00", 1] })).toEqual({ "\ufffd": ["\ufffd", 1] });
  });

  test("what a core tells beside a call comes back, and what no header carries is left out", () => {
    const told = {
      messageId: "m é\n%",
      a2aVersion: "1.0",
      extensions: ["urn:a", "urn:b"],
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "a=b",
    };
    const headers = new Map(Object.entries(writeHandlerHeaders(told)));
    expect(readHandlerHeaders((name) => headers.get(name))).toEqual(told);
    expect(writeHandlerHeaders({ traceparent: "a\r\nb", messageId: "\ud800" })).toEqual({
      "x-a2a-message-id": "%EF%BF%BD",
    });
    expect(readHandlerHeaders((name) => (name === "x-a2a-message-id" ? "%" : null)).messageId).toBe("%");
  });
});
