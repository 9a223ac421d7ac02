// Time zones: which names there are, what a clock there shows, and the instant at which it shows a time.
import { zoneNames } from "@x/core/service";
import { nextFiring } from "./cron.ts";

/** A reading of a clock, to the minute. */
export interface LocalTime {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 1_000;

/** Whether IANA has a zone of this very name, and this machine knows it. */
export function isZone(name: string): boolean {
  if (!zoneNames.has(name)) {
    return false;
  }
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

let spelledNames: ReadonlyMap<string, string> | undefined;

/** The zone of this name however its letters are written, as IANA spells it; undefined for none. */
export function zoneLike(name: string): string | undefined {
  spelledNames ??= new Map([...zoneNames].map((zone) => [zone.toLowerCase(), zone]));
  const spelled = spelledNames.get(name.toLowerCase());
  return spelled !== undefined && isZone(spelled) ? spelled : undefined;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    if (formats.size >= mostFormats) {
      formats.clear();
    }
    formats.set(timeZone, format);
  }
  return format;
}

/** What a clock in a zone shows. */
export function localTime(atMs: number, timezone: string): LocalTime {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
  };
}

/**
 * When a clock in a zone shows a time, by the rule of cron: the first pass of a time that comes twice, and the first minute
 * after a gap that swallows it. `undefined` for a day that there is not.
 */
export function instantOf(
  { year, month, day, hour, minute }: LocalTime,
  timezone: string,
): number | undefined {
  const midnight = Date.UTC(year, month - 1, day);
  // No zone is further than this from UTC.
  return nextFiring([`${minute} ${hour} ${day} ${month} *`], timezone, midnight - 2 * 86_400_000);
}

/** The date so many days after another. */
export function dateAfter(
  { year, month, day }: Pick<LocalTime, "year" | "month" | "day">,
  days: number,
): Pick<LocalTime, "year" | "month" | "day"> & { readonly weekday: number } {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
}
