// Reads the bodies of answers: tolerant of what is missing or new, strict where a field decides.

import type { Body } from "../types.ts";
import { parseInstant } from "./time.ts";

export type { Body } from "../types.ts";

/** The object of an answer; `undefined` if the text is no JSON object. An empty text is an empty object. */
export function parseBody(text: string): Body | undefined {
  if (text.trim() === "") {
    return {};
  }
  try {
    // Deep nesting does no harm here: the engine parses without recursion, and nothing of ours walks down a body.
    return asBody(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object. */
export function isBody(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asBody(value: unknown): Body | undefined {
  return isBody(value) ? value : undefined;
}

export function textOf(body: Body, name: string): string | null {
  const value = body[name];
  return typeof value === "string" ? value : null;
}

export function numberOf(body: Body, name: string): number | null {
  const value = body[name];
  return typeof value === "number" ? value : null;
}

export function dateOf(body: Body, name: string): Date | null {
  const text = textOf(body, name);
  const ms = text === null ? undefined : parseInstant(text);
  return ms === undefined ? null : new Date(ms);
}

export function bodyOf(body: Body, name: string): Body | null {
  return asBody(body[name]) ?? null;
}

export function listOf(body: Body, name: string): readonly Body[] {
  const value: unknown = body[name];
  return Array.isArray(value) ? value.filter(isBody) : [];
}

export function textsOf(body: Body, name: string): readonly string[] {
  const value = body[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
