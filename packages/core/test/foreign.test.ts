// Errors of Node and values of users are known by their shape: in a test runner that gives each test a realm of its own, they are
// no instances of the test's own classes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isBytes } from "../src/bytes.ts";
import { codeOf, isArrayBuffer, isDate, isError, isMap, isSet, messageOf } from "../src/errors/foreign.ts";
import { redact } from "../src/errors/redact.ts";
import { provenNotSent } from "../src/http/http-error.ts";
import { canonicalJson } from "../src/json/index.ts";

const elsewhere = (code: string): unknown => runInNewContext(code);

describe("a value of another realm", () => {
  it.each<[string, (value: unknown) => boolean]>([
    ["new Error('x')", isError],
    ["new TypeError('')", isError],
    ["new Date(0)", isDate],
    ["new Map()", isMap],
    ["new Set()", isSet],
    ["new ArrayBuffer(1)", isArrayBuffer],
    ["new Uint8Array(1)", isBytes],
  ])("%s is known, and a plain object is not taken for it", (code, isOne) => {
    expect(isOne(elsewhere(code))).toBe(true);
    const plain = { name: "a", message: "b", size: 0, byteLength: 1 };
    for (const value of [plain, {}, [], null, undefined, "Error: x", 7, Object.create(null)]) {
      expect(isOne(value)).toBe(false);
    }
  });

  it("an error says its code and its text", () => {
    const error = elsewhere("Object.assign(new Error('no such file'), { code: 'ENOENT' })");
    expect([codeOf(error), messageOf(error), messageOf("text"), messageOf(undefined)]).toEqual([
      "ENOENT",
      "no such file",
      "text",
      "undefined",
    ]);
    expect([codeOf(undefined), codeOf("ENOENT"), messageOf(Object.create(null))]).toEqual([
      undefined,
      undefined,
      "what was thrown has no text",
    ]);
  });

  it("is redacted, written and judged as one of our own", () => {
    expect(
      redact(elsewhere("({ error: new Error('password=hunter2'), at: new Map([['token', 'x']]) })")),
    ).toEqual({
      error: { name: "Error", message: expect.not.stringContaining("hunter2") },
      at: { token: expect.not.stringContaining("x") },
    });
    expect(canonicalJson(elsewhere("new Map([['b', 1], ['a', 2]])") as never)).toBe('{"a":2,"b":1}');
    expect(
      provenNotSent(elsewhere("new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })")),
    ).toBe(true);
  });
});

it("no source asks whether something of Node's or of a user's is an instance of a built-in class", () => {
  const packages = fileURLToPath(new URL("../../", import.meta.url));
  const asking = readdirSync(packages, { recursive: true, encoding: "utf8" })
    .filter((file) => /^\w+\/src\/.*\.ts$/.test(file) && !/\/(gen|browser)\//.test(file))
    // What the store encodes is made by our own rules, in one realm, and in great number.
    .filter((file) => file !== join("core", "src", "service", "store", "plain-codec.ts"))
    .filter((file) =>
      /instanceof (Error|TypeError|RangeError|Date|Map|Set|ArrayBuffer|Uint8Array|Buffer|Object|Promise|AbortSignal)\b/.test(
        readFileSync(join(packages, file), "utf8"),
      ),
    );
  expect(asking).toEqual([]);
});
