// A number as it stands in a JSON text, where `1`, `1.0` and `1e0` are three things.

/** A number that kept its text: every digit of a big integer, and whether it was written with a point or an exponent. */
export interface JsonNumber {
  readonly isJsonNumber: true;
  /** The number exactly as it was written, such as `1.0` or `9007199254740993`. */
  readonly text: string;
  /** The nearest double, so that arithmetic and `JSON.stringify` see a number. */
  valueOf(): number;
  toJSON(): number;
  toString(): string;
}

const behaviour = {
  isJsonNumber: true,
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

/** Wraps the text of one JSON number; the caller has checked that it is one. */
export function jsonNumber(text: string): JsonNumber {
  return Object.assign(Object.create(behaviour), { text });
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return (
    typeof value === "object" && value !== null && "isJsonNumber" in value && value.isJsonNumber === true
  );
}

/** Whether the text says an integer: no point, no exponent. */
export function isIntegerText(text: string): boolean {
  return /^-?\d+$/.test(text);
}
