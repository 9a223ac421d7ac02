// The time of a signed request: how it is written, and when a form that others write is one.

import type { WireSwitches } from "./profile.ts";

/** How far a request may be off the server's time, in milliseconds, both ways. */
export const freshnessMs = 300_000;

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/;

export function writeTimestamp(wallMs: number, format: WireSwitches["timestampFormat"]): string {
  const iso = new Date(wallMs).toISOString();
  return format === "python" ? iso.replace("Z", "000+00:00") : iso;
}

/** Milliseconds since the epoch with the fraction that was written; `undefined` for what is no such time. */
export function parseTimestamp(text: string): number | undefined {
  const match = form.exec(text);
  if (match === null) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match.slice(7);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isOnCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isOnClock = hour < 24 && minute < 60 && second < 60;
  if (!isOnCalendar || !isOnClock || Number(offsetHour) > 23 || Number(offsetMinute) > 59) {
    return undefined;
  }
  const offsetMinutes = Number(offsetHour) * 60 + Number(offsetMinute);
  const local =
    date.getTime() + ((hour * 60 + minute) * 60 + second) * 1_000 + Number(`0${fraction}`) * 1_000;
  return local - (sign === "-" ? -1 : 1) * offsetMinutes * 60_000;
}
