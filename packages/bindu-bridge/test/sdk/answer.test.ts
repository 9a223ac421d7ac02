import { create, toBinary } from "@bufbuild/protobuf";
import { toHex } from "@x/core";
import { describe, expect, test } from "vitest";
import { a2aResult } from "../../src/a2a/index.ts";
import { authRequired, inputRequired } from "../../src/index.ts";
import { HandleResponseSchema } from "../../src/proto.ts";
import { answerOf, checkLength } from "../../src/sdk/answer.ts";
import { statusOf } from "../../src/sdk/handler-failure.ts";
import { answersOf, isGenerator, isPieces } from "../../src/sdk/pieces.ts";

const warnings: string[] = [];
const rules = { maxBytes: 1_000, warn: (text: string) => void warnings.push(text) };
const hexOf = (result: unknown): string =>
  toHex(toBinary(HandleResponseSchema, create(HandleResponseSchema, answerOf(result, rules))));

describe("what a handler gives", () => {
  test("S13 S17 a text has the official bytes", () => {
    expect(hexOf("Hello")).toBe("0a0548656c6c6f2001");
    expect(hexOf({ content: "Hello", prompt: "p", metadata: { k: "v" } })).toBe("0a0548656c6c6f2001");
    expect(hexOf({ state: "completed", content: "Hello" })).toBe("0a0548656c6c6f2001");
    expect(hexOf(inputRequired("Which?", { metadata: { k: "v" } }))).toBe(
      "120e696e7075742d72657175697265641a0657686963683f20012a060a016b120176",
    );
  });

  test.each([
    ["", { content: "" }],
    ["a\ud800", { content: "a\ufffd" }],
    [5, { content: "5" }],
    [true, { content: "true" }],
    [5n, { content: "5" }],
    [{ a: 1 }, { content: '{"a":1}' }],
    [["a", { b: 1 }], { content: '["a",{"b":1}]' }],
    [{ prompt: "p" }, { content: '{"prompt":"p"}' }],
    [{ content: 5 }, { content: "5" }],
    [{ content: { a: 1 } }, { content: '{"a":1}' }],
    [{ content: "c", state: undefined }, { content: "c" }],
    [{ content: "c", state: "" }, { content: "c" }],
    [{ state: "completed", prompt: "p" }, { content: "p" }],
    [
      { content: "c", metadata: { "x.a2a": "{}", k: "v" } },
      { content: "c", metadata: { "x.a2a": "{}" } },
    ],
    [{ metadata: { "x.a2a": { message: 1 } } }, { content: "", metadata: { "x.a2a": '{"message":1}' } }],
    [authRequired("Log in"), { state: "auth-required", prompt: "Log in" }],
    [{ state: "input-required" }, { state: "input-required", prompt: "More input is needed." }],
    [{ state: "auth-required" }, { state: "auth-required", prompt: "Sign-in is needed." }],
    [
      { state: "input-required", content: "say more" },
      { state: "input-required", prompt: "say more" },
    ],
    [
      { state: "input-required", prompt: "p", content: "c" },
      { state: "input-required", prompt: "p", content: "c" },
    ],
    [
      {
        state: "input-required",
        prompt: "p",
        metadata: { n: 1, b: false, o: { a: 1 }, z: null, u: undefined, s: "\ud800" },
      },
      {
        state: "input-required",
        prompt: "p",
        metadata: { n: "1", b: "false", o: '{"a":1}', z: "null", s: "\ufffd" },
      },
    ],
  ])("S17 row %# of what is sent", (result, sent) => {
    const answer = create(HandleResponseSchema, answerOf(result, rules));
    expect(answer).toEqual(create(HandleResponseSchema, { ...sent, isFinal: true }));
  });

  test("S17 metadata keys that would replace what is said are dropped with a warning", () => {
    warnings.length = 0;
    const metadata = { state: "completed", prompt: "x", content: "x", k: "v", ["__proto__"]: "p" };
    const answer = answerOf({ state: "input-required", prompt: "p", metadata }, rules);
    expect(Object.entries(answer.metadata ?? {})).toEqual([
      ["k", "v"],
      ["__proto__", "p"],
    ]);
    expect(warnings).toHaveLength(3);
  });

  test.each([
    [undefined, "handler returned nothing", 13],
    [null, "handler returned nothing", 13],
    [() => {}, "handler returned a function, which is no answer", 13],
    [{ state: "zzz{}", content: "c" }, 'handler returned unknown state "zzz()"', 13],
    [{ state: "working" }, 'handler returned unknown state "working"', 13],
    [{ state: 5 }, "handler returned unknown state 5", 13],
    [{ state: "failed", prompt: "no {x}", content: "c" }, "no (x)", 13],
    [{ state: "canceled", content: "c" }, "c", 13],
    [{ state: "rejected" }, "the handler answered rejected", 13],
    [new RangeError("returned"), "returned", 13],
  ])("S17 row %# of what fails the call: %o", (result, details, code) => {
    let status: unknown;
    try {
      answerOf(result, rules);
    } catch (error) {
      status = statusOf(error);
    }
    expect(status).toMatchObject({ rawMessage: details, code });
  });

  test("S17 a rejection tells so behind its status, for cores that look", () => {
    const failure = (): unknown => answerOf({ state: "rejected", prompt: "no" }, rules);
    expect(failure).toThrow("no");
    try {
      failure();
    } catch (error) {
      expect(statusOf(error).metadata.get("x-a2a-state")).toBe("rejected");
    }
  });

  test("S17 an object that is no JSON fails the call", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => answerOf(cycle, rules)).toThrow("circular");
    expect(() => answerOf({ toJSON: () => undefined }, rules)).toThrow("no JSON");
  });

  test("S17 an answer is measured in bytes of the whole message", () => {
    const fits = answerOf("x".repeat(1_000 - 5), rules);
    expect(checkLength(fits, rules)).toBe(fits);
    for (const long of ["x".repeat(996), "é".repeat(500)]) {
      expect(() => checkLength(answerOf(long, rules), rules)).toThrow(
        /response of \d+ bytes exceeds the limit of 1000/,
      );
    }
    const inMetadata = inputRequired("p", { metadata: { k: "x".repeat(1_000) } });
    expect(() => checkLength(answerOf(inMetadata, rules), rules)).toThrow("exceeds the limit");
    expect(statusOf(tooLongOf("x".repeat(2_000))).code).toBe(8);
  });

  const tooLongOf = (text: string): unknown => {
    try {
      return checkLength(answerOf(text, rules), rules);
    } catch (error) {
      return error;
    }
  };
});

describe("what a handler yields", () => {
  const signal = new AbortController().signal;
  const all = async (
    pieces: AsyncIterable<unknown> | Iterable<unknown>,
    from = signal,
  ): Promise<unknown[]> => {
    const answers: unknown[] = [];
    for await (const { content, state, prompt, isFinal, metadata } of answersOf(pieces, rules, from)) {
      answers.push([state || content, prompt ?? "", isFinal, { ...metadata }]);
    }
    return answers;
  };
  const delta = { "x.chunk": "delta" };

  test("S17 generators are iterated, values are not", () => {
    expect(isPieces((function* () {})())).toBe(true);
    expect(isPieces((async function* () {})())).toBe(true);
    for (const value of ["text", ["a"], new Uint8Array(1), { a: 1 }, null, 5]) {
      expect(isPieces(value)).toBe(false);
    }
    expect([
      isGenerator(function* () {}),
      isGenerator(async function* () {}),
      isGenerator(async () => ""),
    ]).toEqual([true, true, false]);
  });

  test("S17 each text is a chunk, and the last one is whole and final", async () => {
    const pieces = async function* (): AsyncGenerator<unknown> {
      yield "a";
      yield "";
      yield { content: "b", metadata: { "x.a2a": "{}" } };
      yield null;
      return "c";
    };
    expect(await all(pieces())).toEqual([
      ["a", "", false, delta],
      ["c", "", false, delta],
      ["abc", "", true, { "x.a2a": "{}" }],
    ]);
    expect(await all([][Symbol.iterator]())).toEqual(
      [[undefined, "", true, {}].map((v) => v ?? "")].map((row) => row),
    );
  });

  test("A36 the text that stands for what is more than a text is no piece of an answer", async () => {
    const result = a2aResult({ message: { parts: [{ text: "no task" }] } });
    const pieces = async function* (): AsyncGenerator<unknown> {
      yield "looking, ";
      return result;
    };
    expect(await all(pieces())).toEqual([
      ["looking, ", "", false, delta],
      ["looking, no task", "", true, { ...result.metadata }],
    ]);
  });

  test("S17 a character whose halves come in two pieces stays whole", async () => {
    expect(
      (await all(["a\ud83c", "\udf3b", "\ud83c"].values())).map((answer) => (answer as unknown[])[0]),
    ).toEqual(["a", "\u{1f33b}", "\ufffd", "a\u{1f33b}\ufffd"]);
  });

  test("S17 a response with a state ends it, and the generator hears of it", async () => {
    let ended = false;
    const pieces = function* (): Generator<unknown> {
      try {
        yield "a";
        yield inputRequired("q");
        yield "never";
      } finally {
        ended = true;
      }
    };
    expect(await all(pieces())).toEqual([
      ["a", "", false, delta],
      ["input-required", "q", true, {}],
    ]);
    expect(ended).toBe(true);
    const returned = function* (): Generator<unknown> {
      yield "a";
      return inputRequired("r");
    };
    expect(await all(returned())).toEqual([
      ["a", "", false, delta],
      ["input-required", "r", true, {}],
    ]);
  });

  test("S17 pieces that grow too long end at once", async () => {
    let made = 0;
    const endless = function* (): Generator<string> {
      for (;;) {
        made += 1;
        yield "x".repeat(300);
      }
    };
    await expect(all(endless())).rejects.toThrow("response of 1200 bytes exceeds the limit of 1000");
    expect(made).toBe(4);
  });

  test("S16 an abort ends it while a piece is waited for", async () => {
    const controller = new AbortController();
    let left = false;
    const silent: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return() {
          left = true;
          throw new Error("ignored");
        },
      }),
    };
    const reading = all(silent, controller.signal);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect(left).toBe(true);
  });
});
