// JSON whose numbers stay as they were written: `JSON.parse` alone would turn 9007199254740993 into another number.

import { type Body, isBody } from "../../../wire/body.ts";

declare global {
  interface JSON {
    /** A text that `JSON.stringify` writes as it is. */
    rawJSON(text: string): object;
    parse(
      text: string,
      reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
  }
}

/** A number that JSON.parse and JSON.stringify together may write otherwise: long, with a point or an exponent, or minus zero. */
const delicate = /[:,[]\s*-?(?:\d{16}|\d+[.eE]|0\s*[,}\]])/;

/** The value of a JSON text, which `JSON.stringify` writes with the numbers that it was written with. @throws {SyntaxError} */
export function parseExact(text: string): unknown {
  return delicate.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text);
}

/** The same for a text that was parsed already: mostly that value itself. */
export function exactOf(parsed: unknown, text: string): unknown {
  return delicate.test(text) ? JSON.parse(text, keepNumber) : parsed;
}

function keepNumber(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source)
    : value;
}

/** The object that a JSON text of ours is. */
export function objectOf(text: string): Body {
  const value = parseExact(text);
  return isBody(value) ? value : {};
}

/** The members of a JSON object's text and some more behind them; these are JSON without braces. */
export function withMembers(object: string, more: string): string {
  if (more === "") {
    return object;
  }
  return object === "{}" ? `{${more}}` : `${object.slice(0, -1)},${more}}`;
}

/** Members as JSON without braces; those that are `undefined` are left out. */
export const membersOf = (members: Body): string => JSON.stringify(members).slice(1, -1);
