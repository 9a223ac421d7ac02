// The shapes that requests share: instants, texts, ids, pages.
import { z } from "zod";
import type { PageOf } from "./pages.ts";

const instantPattern =
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,](\d{1,9}))?(?:([Zz])|([+\- ])(\d\d):?(\d\d))?$/;

/** Why a text is no instant; `undefined` when it is one. */
type InstantProblem = "no_time" | "no_offset";

const minuteMs = 60_000;
/** After 400 years the calendar begins anew; the first hundred are not what `Date.UTC` takes them for. */
const cycleYears = 400;
const cycleMs = 146_097 * 24 * 60 * minuteMs;

/** The number that two digits of a text are. */
const twoAt = (text: string, at: number): number =>
  10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48;

/** Milliseconds since the epoch; fractions of a millisecond are cut off. */
function readInstant(text: string): number | InstantProblem {
  const match = instantPattern.exec(text);
  if (match === null) {
    return "no_time";
  }
  const [, fraction, utc, sign, offsetHour = "0", offsetMinute = "0"] = match;
  if (utc === undefined && sign === undefined) {
    return "no_offset";
  }
  const year = 100 * twoAt(text, 0) + twoAt(text, 2) + cycleYears;
  const month = twoAt(text, 5);
  const day = twoAt(text, 8);
  const hour = twoAt(text, 11);
  const minute = twoAt(text, 14);
  const second = twoAt(text, 17);
  const midnight = Date.UTC(year, month - 1, day);
  const exists =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    midnight < Date.UTC(year, month, 1) &&
    hour <= 23 &&
    minute <= 59;
  if (!exists || second > 59 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) {
    return "no_time";
  }
  const offset = Number(offsetHour) * 60 + Number(offsetMinute);
  const ms = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0"));
  // In a query a raw `+` has become a space.
  const minutes = hour * 60 + minute - (sign === "-" ? -offset : offset);
  return midnight - cycleMs + minutes * minuteMs + second * 1_000 + ms;
}

/** A time with an offset, as milliseconds since the epoch. */
export const instant: z.ZodType<number, string> = z
  .string()
  .meta({ format: "date-time" })
  .transform((text, context) => {
    const read = readInstant(text);
    if (typeof read === "number") {
      return read;
    }
    context.issues.push({
      code: "custom",
      input: text,
      message:
        read === "no_offset"
          ? "the time has no offset; write Z or +00:00"
          : "expected a time such as 2030-01-07T10:00:00+00:00",
    });
    return z.NEVER;
  });

/** A text of at least `min` and at most `max` characters, each code point counted once. */
export function textOf(min: number, max: number): z.ZodType<string, string> {
  return z
    .string()
    .refine((text) => text.length >= min && (text.length <= max || Array.from(text).length <= max), {
      message: min === 0 ? `at most ${max} characters` : `from ${min} to ${max} characters`,
    })
    .meta({ minLength: min, maxLength: max });
}

/** A whole number in a query. */
export function countOf(min: number, max: number, fallback: number): z.ZodType<number, string | undefined> {
  return z
    .string()
    .regex(/^\d{1,15}$/, "expected a whole number")
    .optional()
    .transform((text) => (text === undefined ? fallback : Number(text)))
    .refine((count) => count >= min && count <= max, { message: `expected a number from ${min} to ${max}` });
}

/** `true` or `false` in a query, in lower case. */
export function switchOf(fallback: boolean): z.ZodType<boolean, "true" | "false" | undefined> {
  return z
    .enum(["true", "false"], "expected true or false")
    .optional()
    .transform((text) => (text === undefined ? fallback : text === "true"));
}

/** An opaque id or cursor. */
export const token: z.ZodType<string, string> = textOf(1, 200);

/** An object of the caller's own, passed through as it is. */
export const freeObject: z.ZodType<Record<string, unknown>, Record<string, unknown>> = z.record(
  z.string(),
  z.unknown(),
);

/** The members of a query that say which page of a list. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export const pageQuery: {
  readonly cursor: z.ZodOptional<typeof token>;
  readonly limit: z.ZodType<number, string | undefined>;
} = { cursor: token.optional(), limit: countOf(1, 100, 100) };

export const pageOf = ({ cursor, limit }: PageQuery): PageOf => ({ cursor: cursor ?? null, limit });
