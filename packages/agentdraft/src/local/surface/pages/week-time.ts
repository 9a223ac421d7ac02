// Local days and hours of the owner, as the page names them.
import { dayMs, weekdayOf, zoneOf } from "../../rules/time/zone.ts";

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** The week of a local date, or of this moment: its Monday, and the instants at which it begins and ends. */
export function weekOf(
  timezone: string,
  date: string | undefined,
  nowMs: number,
): { readonly monday: number; readonly fromMs: number; readonly toMs: number } {
  const zone = zoneOf(timezone);
  const day = readDate(date) ?? zone.local(nowMs).day;
  const monday = day - weekdayOf(day) + 1;
  return {
    monday,
    fromMs: zone.startOf(monday),
    toMs: zone.startOf(monday + 7),
  };
}

/** A date within what calendars are used for, as days since 1970-01-01. */
function readDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:19|20)\d\d-\d\d-\d\d$/.test(text)) {
    return undefined;
  }
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms / dayMs;
}

/** `YYYY-MM-DD` of a local day. */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** `Mon 7` of a local day. */
export function dayName(day: number): string {
  return `${weekdays[weekdayOf(day) - 1]} ${new Date(day * dayMs).getUTCDate()}`;
}

/** Writes instants as the owner's clocks show them. */
export interface LocalWords {
  /** `10:30` */
  time(ms: number): string;
  /** `Mon 2030-01-07 10:30` */
  full(ms: number): string;
  /** `Mon 7, 10:00 to 10:30` */
  span(startMs: number, endMs: number): string;
}

export function localWords(timezone: string): LocalWords {
  const zone = zoneOf(timezone);
  const time = (ms: number): string => {
    const minutes = Math.floor(zone.local(ms).msOfDay / 60_000);
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  };
  return {
    time,
    full(ms) {
      const { day } = zone.local(ms);
      return `${weekdays[weekdayOf(day) - 1]} ${dateOf(day)} ${time(ms)}`;
    },
    span: (startMs, endMs) => `${dayName(zone.local(startMs).day)}, ${time(startMs)} to ${time(endMs)}`,
  };
}

/** In how long, or how long ago, in the largest unit that says something. */
export function distance(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const words =
    seconds < 90
      ? `${seconds} s`
      : seconds < 5_400
        ? `${Math.round(seconds / 60)} min`
        : seconds < 172_800
          ? `${Math.round(seconds / 3_600)} h`
          : `${Math.round(seconds / 86_400)} days`;
  return ms >= 0 ? `in ${words}` : `${words} ago`;
}
