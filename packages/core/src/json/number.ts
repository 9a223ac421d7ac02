// A number as it stands in a JSON text, where `1`, `1.0` and `1e0` are three things.

const brand: unique symbol = Symbol.for("@x/core/JsonNumber");

const grammar = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number that kept its text: every digit of a big integer, and whether it was written with a point or an exponent. */
export interface JsonNumber {
  /** No text of JSON can have it, so no object in one is taken for a number. */
  readonly [brand]: true;
  /** The number exactly as it was written, such as `1.0` or `9007199254740993`. */
  readonly text: string;
  /** The nearest double, so that arithmetic and `JSON.stringify` see a number. */
  valueOf(): number;
  toJSON(): number;
  toString(): string;
}

const behaviour = {
  [brand]: true,
  valueOf(this: { readonly text: string }): number {
    return Number(this.text);
  },
  toJSON(this: { readonly text: string }): number {
    return Number(this.text);
  },
  toString(this: { readonly text: string }): string {
    return this.text;
  },
} as const;

/** Wraps the text of one JSON number. @throws {TypeError} for any other text */
export function jsonNumber(text: string): JsonNumber {
  if (!grammar.test(text)) {
    throw new TypeError(`${JSON.stringify(text.slice(0, 40))} is no number of JSON`);
  }
  return jsonNumberOf(text);
}

/** The same for a text that is known to be a number. */
export function jsonNumberOf(text: string): JsonNumber {
  const made: { text: string } & typeof behaviour = Object.create(behaviour);
  made.text = text;
  return made;
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === "object" && value !== null && brand in value;
}

/** Whether the text says an integer: no point, no exponent. */
export function isIntegerText(text: string): boolean {
  return /^-?\d+$/.test(text);
}
