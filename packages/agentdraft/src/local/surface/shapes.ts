// The shapes that requests share: instants, texts, ids, pages.
import { z } from "zod";
import { readInstant } from "../../wire/time.ts";
import type { PageOf } from "../rules/model/paging.ts";
import { isVisible, lengthOf } from "../rules/model/texts.ts";

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
    .refine((text) => text.length >= min && (text.length <= max || lengthOf(text) <= max), {
      message: min === 0 ? `at most ${max} characters` : `from ${min} to ${max} characters`,
    })
    .meta({ minLength: min, maxLength: max });
}

/** A text for people: as {@link textOf}, with something in it that is seen. */
export function visibleText(max: number): z.ZodType<string, string> {
  return textOf(1, max)
    .refine(isVisible, { message: "expected something that can be seen" })
    .meta({ minLength: 1, maxLength: max });
}

/** A whole number in a query. */
export function countOf(min: number, max: number, fallback: number): z.ZodType<number, string | undefined> {
  const most = Math.min(max, largestCount);
  return z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text), { message: "expected a whole number" })
    .optional()
    .transform((text) => (text === undefined ? fallback : Number(text)))
    .refine((count) => count >= min && count <= most, { message: `expected a number from ${min} to ${most}` })
    .meta({ type: "integer", minimum: min, maximum: most, default: fallback });
}

/** Of fifteen digits. */
const largestCount = 999_999_999_999_999;

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
