// Schedules in words: a small grammar of English phrases, of which the whole text must be one.
import { dateAfter, instantOf, type LocalTime, localTime, zoneLike } from "./zone.ts";

/** When a schedule fires. */
export type FiringPlan =
  | { readonly kind: "cron"; readonly expressions: readonly string[]; readonly timezone: string }
  | { readonly kind: "interval"; readonly seconds: number; readonly timezone: string }
  | { readonly kind: "once"; readonly atMs: number; readonly timezone: string };

export type PhraseProblem = { readonly problem: "unparsable_schedule" | "schedule_in_past" };

/** What to write, for who wrote something else. */
export const phraseExamples: readonly string[] = [
  "every weekday at 9am",
  "every 30 minutes",
  "every monday and thursday at 8:30am EST",
  "every month on the 15th at 10am",
  "tomorrow at 3pm",
  "in 10 minutes",
];

const abbreviations: Readonly<Record<string, string>> = {
  ...zones("America/New_York", "est", "edt", "et"),
  ...zones("America/Chicago", "cst", "cdt", "ct"),
  ...zones("America/Denver", "mst", "mdt", "mt"),
  ...zones("America/Los_Angeles", "pst", "pdt", "pt"),
  ...zones("UTC", "gmt", "utc"),
  ...zones("Europe/Berlin", "cet", "cest"),
  ...zones("Europe/London", "bst"),
  ...zones("Asia/Kolkata", "ist"),
  ...zones("Asia/Tokyo", "jst"),
};

function zones(name: string, ...short: readonly string[]): Record<string, string> {
  return Object.fromEntries(short.map((one) => [one, name]));
}

const dayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const otherDayNames: Readonly<Record<string, number>> = { tues: 2, thur: 4, thurs: 4 };

const dayName = "(?:sun|mon|tues|wednes|thurs|fri|satur)day|sun|mon|tues?|wed|thurs?|thu|fri|sat";
const time = "noon|midnight|\\d{1,2}(?::\\d{2})?(?: ?o'clock)? ?[ap]m|\\d{1,2}:\\d{2}";
const times = `(?<times>(?:${time})(?:(?: ?, ?| and )(?:${time}))*)`;
const zone = "(?: (?:in )?(?<zone>[a-z][a-z0-9_+/-]*))?";
const days = `day|weekday|weekend|(?:${dayName})(?:(?: ?, ?and | ?, ?| and )(?:${dayName}))*`;
const units = "second|minute|hour";

const everySpan = pattern(`every(?: (?<count>\\d{1,9}))? (?<unit>${units})s?`);
const everyDays = pattern(
  `(?:every (?<days>${days})|(?<often>daily|weekly|monthly|hourly)|every month on the (?<nth>\\d{1,2}(?:st|nd|rd|th)))(?: at ${times})?${zone}`,
);
const inSpan = pattern(`in (?<count>\\d{1,9}|an?) (?<unit>${units}|day|week)s?`);
const atTime = pattern(
  `(?:(?:(?<day>today|tomorrow)|(?<next>next )?(?<name>${dayName})) )?at (?<times>${time})${zone}`,
);

function pattern(source: string): RegExp {
  return new RegExp(`^(?:${source})$`);
}

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 604_800,
};

/** Reads a phrase at an instant. `timezone` holds where the phrase names none. */
export function readPhrase(phrase: string, timezone: string, nowMs: number): FiringPlan | PhraseProblem {
  const text = phrase.trim().replace(/\s+/g, " ").replace(/ ?\.$/, "").toLowerCase();
  const span = everySpan.exec(text)?.groups;
  if (span !== undefined) {
    return everyOf(Number(span.count ?? 1), span.unit ?? "", timezone);
  }
  const ahead = inSpan.exec(text)?.groups;
  if (ahead !== undefined) {
    const count = ahead.count?.startsWith("a") === true ? 1 : Number(ahead.count);
    const atMs = nowMs + count * (unitSeconds[ahead.unit ?? ""] ?? 0) * 1_000;
    return count === 0 ? unparsable : { kind: "once", atMs, timezone };
  }
  const recurring = everyDays.exec(text)?.groups;
  const once = recurring === undefined ? atTime.exec(text)?.groups : undefined;
  const groups = recurring ?? once;
  const effective = zoneOf(groups?.zone, timezone);
  const clocks = groups?.times === undefined ? [{ hour: 0, minute: 0 }] : clocksOf(groups.times);
  if (groups === undefined || effective === undefined || clocks === undefined) {
    return unparsable;
  }
  return recurring !== undefined
    ? recurringOf(recurring, clocks, effective)
    : onceOf(groups, clocks[0], effective, nowMs);
}

const unparsable: PhraseProblem = { problem: "unparsable_schedule" };

function everyOf(count: number, unit: string, timezone: string): FiringPlan | PhraseProblem {
  if (count === 0) {
    return unparsable;
  }
  const cron = (expression: string): FiringPlan => ({ kind: "cron", expressions: [expression], timezone });
  const hours = unit === "hour" ? count : unit === "minute" && count % 60 === 0 ? count / 60 : undefined;
  if (hours !== undefined && 24 % hours === 0) {
    return cron(hours === 1 ? "0 * * * *" : hours === 24 ? "0 0 * * *" : `0 */${hours} * * *`);
  }
  if (unit === "minute" && 60 % count === 0) {
    return cron(count === 1 ? "* * * * *" : `*/${count} * * * *`);
  }
  return { kind: "interval", seconds: count * (unitSeconds[unit] ?? 0), timezone };
}

interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

type Groups = Readonly<Record<string, string | undefined>>;

function recurringOf(
  { days: named, often, nth, times: given }: Groups,
  clocks: readonly ClockTime[],
  timezone: string,
): FiringPlan | PhraseProblem {
  const ordinal = nth === undefined ? undefined : ordinalOf(nth);
  if ((nth !== undefined && ordinal === undefined) || (often === "hourly" && given !== undefined)) {
    return unparsable;
  }
  if (often === "hourly") {
    return { kind: "cron", expressions: ["0 * * * *"], timezone };
  }
  const day = ordinal ?? (often === "monthly" ? "1" : "*");
  const weekday = often === "weekly" ? "0" : named === undefined ? "*" : weekdaysOf(named);
  const hours = new Map<number, Set<number>>();
  for (const { hour, minute } of clocks) {
    hours.set(minute, (hours.get(minute) ?? new Set()).add(hour));
  }
  const expressions = [...hours]
    .sort(([a], [b]) => a - b)
    .map(([minute, at]) => `${minute} ${ascending(at)} ${day} * ${weekday}`);
  return { kind: "cron", expressions, timezone };
}

const ascending = (numbers: Iterable<number>): string => [...numbers].sort((a, b) => a - b).join(",");

function weekdaysOf(named: string): string {
  switch (named) {
    case "day":
      return "*";
    case "weekday":
      return "1-5";
    case "weekend":
      return "0,6";
    default:
      return ascending(new Set(named.split(/(?: |,|\band\b)+/).map(weekdayOf)));
  }
}

function weekdayOf(name: string): number {
  return otherDayNames[name] ?? dayNames.findIndex((full) => full === name || full.slice(0, 3) === name);
}

/** The number of `15th`; undefined for what no month has and for a wrong ending. */
function ordinalOf(text: string): string | undefined {
  const number = Number.parseInt(text, 10);
  const ending =
    number % 10 === 1 && number !== 11
      ? "st"
      : number % 10 === 2 && number !== 12
        ? "nd"
        : number % 10 === 3 && number !== 13
          ? "rd"
          : "th";
  return number >= 1 && number <= 31 && text.endsWith(ending) ? String(number) : undefined;
}

function onceOf(
  { day, next, name }: Groups,
  clock: ClockTime | undefined,
  timezone: string,
  nowMs: number,
): FiringPlan | PhraseProblem {
  const today = localTime(nowMs, timezone);
  const on = (days: number): number =>
    (clock && instantOf({ ...dateAfter(today, days), ...clock }, timezone)) ?? Number.NEGATIVE_INFINITY;
  const firstLater = (...choices: readonly number[]): number =>
    choices.map(on).find((at) => at > nowMs) ?? Number.NEGATIVE_INFINITY;
  let atMs: number;
  if (day !== undefined) {
    atMs = on(day === "today" ? 0 : 1);
  } else if (name !== undefined) {
    const ahead = (weekdayOf(name) - dateAfter(today, 0).weekday + 7) % 7;
    atMs = next === undefined ? firstLater(ahead, ahead + 7) : on(ahead === 0 ? 7 : ahead);
  } else {
    atMs = firstLater(0, 1);
  }
  return atMs > nowMs ? { kind: "once", atMs, timezone } : { problem: "schedule_in_past" };
}

/** The times of a list; undefined where one of them is none. */
function clocksOf(list: string): readonly ClockTime[] | undefined {
  const clocks = list.split(/ ?, ?| and /).map(clockOf);
  return clocks.every((clock) => clock !== undefined) ? clocks : undefined;
}

function clockOf(text: string): Pick<LocalTime, "hour" | "minute"> | undefined {
  if (text === "noon" || text === "midnight") {
    return { hour: text === "noon" ? 12 : 0, minute: 0 };
  }
  const hour = Number.parseInt(text, 10);
  const minute = Number(/:(\d{2})/.exec(text)?.[1] ?? 0);
  const half = /[ap](?=m$)/.exec(text)?.[0];
  const isHour = half === undefined ? hour <= 23 : hour >= 1 && hour <= 12;
  if (!isHour || minute > 59) {
    return undefined;
  }
  return { hour: half === undefined ? hour : (hour % 12) + (half === "p" ? 12 : 0), minute };
}

function zoneOf(named: string | undefined, timezone: string): string | undefined {
  if (named === undefined) {
    return timezone;
  }
  return Object.hasOwn(abbreviations, named) ? abbreviations[named] : zoneLike(named);
}
