// Times on the wire: Python's isoformat in UTC out, any RFC 3339 spelling with an offset in.

import { InvalidArgumentError, isDate } from "@x/core";
import { isoformat } from "./isoformat.ts";

const shape =
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+\- ])(\d\d):?(\d\d))?$/;

/** Why a text is no instant. */
export type InstantProblem = "no_time" | "no_offset";

const minuteMs = 60_000;
/** After 400 years the calendar begins anew; the first hundred are not what `Date.UTC` takes them for. */
const cycleYears = 400;
const cycleMs = 146_097 * 24 * 60 * minuteMs;

/** The number that two digits of a text are. */
const twoAt = (text: string, at: number): number =>
  10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48;

/** Milliseconds since the epoch of a time with an offset, or what it lacks. Digits behind milliseconds are cut. */
export function readInstant(text: string): number | InstantProblem {
  const match = shape.exec(text);
  if (match === null) {
    return "no_time";
  }
  const [, second = "0", fraction, zulu, sign, offsetHour = "0", offsetMinute = "0"] = match;
  if (zulu === undefined && sign === undefined) {
    return "no_offset";
  }
  const year = 100 * twoAt(text, 0) + twoAt(text, 2) + cycleYears;
  const month = twoAt(text, 5);
  const day = twoAt(text, 8);
  const hour = twoAt(text, 11);
  const minute = twoAt(text, 14);
  const midnight = Date.UTC(year, month - 1, day);
  const isDay = month >= 1 && month <= 12 && day >= 1 && midnight < Date.UTC(year, month, 1);
  const isTime = hour <= 23 && minute <= 59 && Number(second) <= 59;
  if (!isDay || !isTime || Number(offsetHour) > 23 || Number(offsetMinute) > 59) {
    return "no_time";
  }
  const offset = Number(offsetHour) * 60 + Number(offsetMinute);
  const ms = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0"));
  // In a query a raw `+` has become a space.
  const minutes = hour * 60 + minute - (sign === "-" ? -offset : offset);
  return midnight - cycleMs + minutes * minuteMs + Number(second) * 1_000 + ms;
}

/** {@link readInstant}, or `undefined` for what is no instant. */
export function parseInstant(text: string): number | undefined {
  const read = readInstant(text);
  return typeof read === "number" ? read : undefined;
}

/**
 * A caller's time as the wire wants it.
 *
 * @throws InvalidArgumentError `invalid_time` for an invalid Date, or a text that is no ISO time with an offset
 */
export function toWireTime(value: Date | string, name: string, operation: string): string {
  const ms = typeof value === "string" ? parseInstant(value) : isDate(value) ? value.getTime() : undefined;
  if (ms !== undefined && !Number.isNaN(ms)) {
    return isoformat(ms);
  }
  throw new InvalidArgumentError(
    `${operation}: ${name} must be a Date, or an ISO time with an offset such as 2030-01-07T10:00:00+01:00.`,
    { service: "agentdraft", operation, code: "invalid_time" },
  );
}
