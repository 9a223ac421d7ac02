// Reads a JSON text whose depth is known to be bounded. What JSON.parse cannot tell is seen here: the text of a number,
// and a name that stands twice.

import { jsonNumberOf } from "./number.ts";
import type { JsonObject, JsonValue } from "./parse.ts";

/** Why a text was refused. */
export class Unreadable extends Error {
  readonly code: "invalid_json" | "duplicate_member" | "bad_number" | "bad_string";
  constructor(code: Unreadable["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const longestStrictNumber = 400;

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** Up to what ends a string or escapes. An expression and not a loop over units: here long texts spend their time. */
const unescapedPart = /[^"\\]*/y;
/** JSON forbids some of them bare; JSON.parse knows which. */
const control = /\p{Cc}/u;

export class JsonReader {
  readonly #text: string;
  readonly #strict: boolean;
  #at = 0;

  constructor(text: string, strict: boolean) {
    this.#text = text;
    this.#strict = strict;
  }

  /** The value of the whole text. @throws {Unreadable} */
  read(): JsonValue {
    const value = this.#value();
    if (this.#at < this.#text.length) {
      throw this.#unexpected();
    }
    return value;
  }

  /** A value with the white space around it. */
  #value(): JsonValue {
    const value = this.#bareValue(this.#next());
    this.#next();
    return value;
  }

  #bareValue(first: string): JsonValue {
    switch (first) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(): JsonValue {
    const members: Record<string, JsonValue> = {};
    /** Names in their order, from the first one on that JavaScript would move. */
    let names: string[] | undefined;
    this.#at += 1;
    if (this.#next() === "}") {
      this.#at += 1;
      return members;
    }
    for (;;) {
      if (this.#next() !== '"') {
        throw this.#unexpected();
      }
      const name = this.#string();
      const isRepeated = Object.hasOwn(members, name);
      if (this.#strict && isRepeated) {
        throw new Unreadable("duplicate_member", `the name ${shown(name)} stands twice in one object`);
      }
      if (!isRepeated) {
        if (names === undefined && isIndex(name)) {
          names = Object.keys(members);
        }
        names?.push(name);
      }
      if (this.#next() !== ":") {
        throw this.#unexpected();
      }
      this.#at += 1;
      setMember(members, name, this.#value());
      if (this.#endsWith("}")) {
        return keepOrder(members, names);
      }
    }
  }

  #array(): JsonValue {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#next() === "]") {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value());
      if (this.#endsWith("]")) {
        return items;
      }
    }
  }

  /** Behind an item: whether the list ends here, or a comma leads to the next one. */
  #endsWith(end: string): boolean {
    const found = this.#text[this.#at];
    if (found !== "," && found !== end) {
      throw this.#unexpected();
    }
    this.#at += 1;
    return found === end;
  }

  #string(): string {
    const begin = this.#at;
    this.#at += 1;
    this.#skip(unescapedPart);
    let isPlain = true;
    while (this.#text[this.#at] === "\\") {
      isPlain = false;
      this.#at += 2;
      this.#skip(unescapedPart);
    }
    if (this.#text[this.#at] !== '"') {
      throw this.#unexpected();
    }
    this.#at += 1;
    const bare = this.#text.slice(begin + 1, this.#at - 1);
    const value = isPlain && !control.test(bare) ? bare : parsed(this.#text.slice(begin, this.#at));
    if (this.#strict && !value.isWellFormed()) {
      throw new Unreadable("bad_string", `a string has half of a surrogate pair`);
    }
    return value;
  }

  #number(): JsonValue {
    const begin = this.#at;
    this.#skip(number);
    const text = this.#text.slice(begin, this.#at);
    if (text === "") {
      throw this.#unexpected();
    }
    if (this.#strict && !isStrictNumber(text)) {
      throw new Unreadable("bad_number", `the number ${shown(text)} is too long or beyond every double`);
    }
    return jsonNumberOf(text);
  }

  #word(word: string, value: boolean | null): JsonValue {
    if (!this.#text.startsWith(word, this.#at)) {
      throw this.#unexpected();
    }
    this.#at += word.length;
    return value;
  }

  /** Passes over white space and answers what comes then; nothing at the end. */
  #next(): string {
    const code = this.#text.charCodeAt(this.#at);
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.#skip(space);
    }
    return this.#text[this.#at] ?? "";
  }

  #skip(what: RegExp): void {
    what.lastIndex = this.#at;
    what.test(this.#text);
    this.#at = what.lastIndex;
  }

  #unexpected(): Unreadable {
    const found = this.#text[this.#at];
    const what = found === undefined ? "the text ends" : `${JSON.stringify(found)} stands`;
    return new Unreadable("invalid_json", `${what} where it must not, at position ${this.#at}`);
  }
}

const writtenNames: unique symbol = Symbol("names as they were written");

/** Whether JavaScript would put a name before those that are none: a whole number, and all that begin like one are taken for it. */
function isIndex(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 0x30 && first <= 0x39 && name.length <= 10;
}

/** Notes the order of the names beside an object that would lose it. */
function keepOrder(members: Record<string, JsonValue>, names: readonly string[] | undefined): JsonValue {
  return names === undefined || names.length < 2
    ? members
    : Object.defineProperty(members, writtenNames, { value: names });
}

/** The members of an object in the order in which they were written, of names such as `2` and `1` too. */
export function jsonMembers(object: JsonObject): readonly (readonly [string, JsonValue])[] {
  const { [writtenNames]: names } = object as { readonly [writtenNames]?: readonly string[] };
  return names === undefined
    ? Object.entries(object)
    : names.map((name): readonly [string, JsonValue] => [name, object[name] ?? null]);
}

/** Assigning `__proto__` would change the prototype. */
function setMember(members: Record<string, JsonValue>, name: string, value: JsonValue): void {
  if (name === "__proto__") {
    Object.defineProperty(members, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    members[name] = value;
  }
}

function parsed(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new Unreadable(
      "invalid_json",
      `${shown(quoted)} has an escape that is none, or a bare control character`,
    );
  }
}

/** An integer may have any size, within the length; Python has it so. */
function isStrictNumber(text: string): boolean {
  return text.length <= longestStrictNumber && (/^-?\d+$/.test(text) || Number.isFinite(Number(text)));
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
