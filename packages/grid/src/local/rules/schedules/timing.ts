// From what was asked for to when a schedule fires: one of three kinds, checked, and the firing that comes next.
import type { WantedTiming } from "../model/commands.ts";
import type { Timing } from "../model/entities.ts";
import { invalid, type Refusal, refuse } from "../model/refusal.ts";
import { cronProblem, nextFiring } from "./time/cron.ts";
import { phraseExamples, readPhrase } from "./time/phrase.ts";
import { instantOf, isZone, localTime } from "./time/zone.ts";

/** A timing that was read, with its effective zone. */
export interface ReadTiming {
  readonly timing: Timing;
  readonly timezone: string;
  readonly phrase: string | null;
}

/** How far ahead a single firing may lie. */
const furthestMs = 10 * 365.25 * 86_400_000;
/** A longer interval fires no more in any program's life. */
const longestInterval = 50 * 366 * 86_400;

export function readTiming(
  { phrase, cronExprs, fireAt }: WantedTiming,
  timezone: string,
  nowMs: number,
): ReadTiming | Refusal {
  if ([phrase, cronExprs, fireAt].filter((kind) => kind !== null).length !== 1) {
    return refuse("schedule_kind", "exactly one of schedule, cronExprs and fireAt must be given");
  }
  if (!isZone(timezone)) {
    return refuse("bad_timezone", `${JSON.stringify(timezone.slice(0, 64))} is no IANA time zone`, {
      timezone,
    });
  }
  if (cronExprs !== null) {
    const timing: Timing = { kind: "cron", expressions: cronExprs };
    return checked({ timing, timezone, phrase: null }, nowMs);
  }
  if (fireAt !== null) {
    const atMs = instantIn(fireAt, timezone);
    return atMs === undefined
      ? invalid("fireAt", "must be a time such as 2026-01-02T03:04:05Z")
      : checked({ timing: { kind: "once", atMs }, timezone, phrase: null }, nowMs);
  }
  return readWords(phrase ?? "", timezone, nowMs);
}

function readWords(phrase: string, timezone: string, nowMs: number): ReadTiming | Refusal {
  const plan = readPhrase(phrase, timezone, nowMs);
  if ("problem" in plan) {
    return plan.problem === "schedule_in_past"
      ? inPast()
      : refuse("unparsable_schedule", "this is no schedule in words", { examples: phraseExamples });
  }
  const timing: Timing = plan.kind === "interval" ? { ...plan, anchorMs: nowMs } : plan;
  return checked({ timing: timingOnly(timing), timezone: plan.timezone, phrase }, nowMs);
}

/** Without what else a plan says. */
function timingOnly(timing: Timing): Timing {
  switch (timing.kind) {
    case "cron":
      return { kind: "cron", expressions: timing.expressions };
    case "interval":
      return { kind: "interval", seconds: timing.seconds, anchorMs: timing.anchorMs };
    case "once":
      return { kind: "once", atMs: timing.atMs };
  }
}

const inPast = (): Refusal => refuse("schedule_in_past", "this time is over");

function checked(read: ReadTiming, nowMs: number): ReadTiming | Refusal {
  const { timing, timezone } = read;
  switch (timing.kind) {
    case "cron": {
      const problem = cronProblem(timing.expressions, timezone, nowMs);
      if (problem === undefined) {
        return read;
      }
      const { expression, field } = problem;
      const shown = JSON.stringify(expression.slice(0, 100));
      return problem.problem === "bad_cron"
        ? refuse("bad_cron", `${shown} is no cron expression of five fields`, { field, expression })
        : refuse("never_fires", `${shown} fires at no time within 50 years`, { expression });
    }
    case "interval":
      return timing.seconds > longestInterval
        ? refuse("never_fires", "this interval is longer than 50 years", { expression: read.phrase })
        : read;
    case "once":
      if (timing.atMs <= nowMs) {
        return inPast();
      }
      return timing.atMs - nowMs > furthestMs
        ? invalid(read.phrase === null ? "fireAt" : "schedule", "must be within 10 years")
        : read;
  }
}

const isoForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/;

/** A time with its offset; without one, as clocks in the zone show it. */
function instantIn(text: string, timezone: string): number | undefined {
  const match = isoForm.exec(text);
  if (match === null) {
    return undefined;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const plain = new Date(Date.UTC(year, month - 1, day));
  const isReal =
    plain.getUTCFullYear() === year &&
    plain.getUTCMonth() === month - 1 &&
    plain.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!isReal) {
    return undefined;
  }
  const fraction = Math.floor(Number(`0${match[7] ?? ""}`) * 1_000);
  if (match[8] !== undefined) {
    const atMs = Date.parse(`${text.slice(0, 16)}:00${match[8]}`);
    return Number.isNaN(atMs) ? undefined : atMs + second * 1_000 + fraction;
  }
  const local = { year, month, day, hour, minute };
  const atMs = instantOf(local, timezone);
  const shown = atMs === undefined ? undefined : localTime(atMs, timezone);
  // In a gap the first minute after it stands for all of them.
  return shown?.hour === hour && shown.minute === minute ? (atMs ?? 0) + second * 1_000 + fraction : atMs;
}

/** The first firing strictly after an instant. */
export function firingAfter(timing: Timing, timezone: string, afterMs: number): number | null {
  switch (timing.kind) {
    case "cron":
      return nextFiring(timing.expressions, timezone, afterMs) ?? null;
    case "interval": {
      const stepMs = timing.seconds * 1_000;
      const steps = Math.max(0, Math.floor((afterMs - timing.anchorMs) / stepMs));
      return timing.anchorMs + (steps + 1) * stepMs;
    }
    case "once":
      return timing.atMs > afterMs ? timing.atMs : null;
  }
}

/**
 * The newest firing up to now, of those that are less old than `withinMs`. Looks back in ever longer stretches, so that a
 * short pause of a busy schedule is not counted through.
 */
export function newestFiring(
  timing: Timing,
  timezone: string,
  fromMs: number,
  nowMs: number,
  withinMs: number,
): number | undefined {
  const oldest = Math.max(fromMs, nowMs - withinMs + 1);
  for (let stretchMs = 60_000; ; stretchMs *= 2) {
    const after = Math.max(oldest, nowMs - stretchMs) - 1;
    let newest: number | undefined;
    for (let at = firingAfter(timing, timezone, after); at !== null && at <= nowMs; ) {
      newest = at;
      at = firingAfter(timing, timezone, at);
    }
    if (newest !== undefined || after < oldest) {
      return newest;
    }
  }
}
