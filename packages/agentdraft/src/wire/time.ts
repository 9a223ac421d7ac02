// Times on the wire: Python's isoformat in UTC out, any RFC 3339 spelling with an offset in.

import { InvalidArgumentError } from "@x/core";
import { isoformat } from "./isoformat.ts";

const shape =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d\d):?(\d\d))$/;

/** Milliseconds since the epoch of a time with an offset, or `undefined` if it is none. Digits behind milliseconds are cut. */
export function parseInstant(text: string): number | undefined {
  const match = shape.exec(text);
  if (match === null) {
    return undefined;
  }
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = "0",
    fraction = "",
    zulu,
    sign,
    offsetHour,
    offsetMinute,
  ] = match;
  // Not by Date.UTC, which takes the years 0 to 99 for those of the last century.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const local = date.setUTCHours(
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, "0").slice(0, 3)),
  );
  const isReal =
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 59;
  if (!isReal) {
    return undefined;
  }
  if (zulu !== undefined) {
    return local;
  }
  const offsetMinutes = Number(offsetHour) * 60 + Number(offsetMinute);
  return Number(offsetMinute) > 59 || Number(offsetHour) > 23
    ? undefined
    : local - (sign === "-" ? -1 : 1) * offsetMinutes * 60_000;
}

/**
 * A caller's time as the wire wants it.
 *
 * @throws InvalidArgumentError `invalid_time` for an invalid Date, or a text that is no ISO time with an offset
 */
export function toWireTime(value: Date | string, name: string, operation: string): string {
  const ms =
    typeof value === "string" ? parseInstant(value) : value instanceof Date ? value.getTime() : undefined;
  if (ms !== undefined && !Number.isNaN(ms)) {
    return isoformat(ms);
  }
  throw new InvalidArgumentError(
    `${operation}: ${name} must be a Date, or an ISO time with an offset such as 2030-01-07T10:00:00+01:00.`,
    { service: "agentdraft", operation, code: "invalid_time" },
  );
}
