// The owner's rules: whether they allow a booking at a time, before anybody asks who holds the slot.

import type { RuleName } from "../model/refusal.ts";
import type { Booking, Calendar } from "../model/state.ts";
import type { RulesView, SlotView, WeeklyWindow } from "../model/views.ts";
import { bucketMs, dayOf } from "../time/buckets.ts";
import { dayMs, farthestOffsetMs, type LocalSpan, weekdayOf, zoneOf } from "../time/zone.ts";

/** A rule that forbids a booking. */
export interface Violation {
  readonly rule: RuleName;
  readonly detail: string;
}

const minuteMs = 60_000;

/** `HH:MM` as minutes since midnight. */
export function minutesOf(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** Whether the calendar has rules about times at all: most have none, and then nothing is worth computing. */
const hasHours = ({ businessHours, focusBlocks }: RulesView): boolean =>
  businessHours.length > 0 || focusBlocks.length > 0;

/**
 * Judges the body of a booking, without its buffers, by hours and focus blocks: at each of its moments by what the local
 * clock shows then. So windows that touch are one, and a clock change neither opens time nor cuts it off.
 */
export function hoursOf(rules: RulesView): HoursJudge {
  if (!hasHours(rules)) {
    return anyTime;
  }
  let judge = judges.get(rules);
  if (judge === undefined) {
    judge = createJudge(rules);
    judges.set(rules, judge);
  }
  return judge;
}

type HoursJudge = (startMs: number, endMs: number) => Violation | undefined;

const anyTime: HoursJudge = () => undefined;

/** Derived from rules that never change, so it is no state. */
const judges = new WeakMap<RulesView, HoursJudge>();

function createJudge(rules: RulesView): HoursJudge {
  const zone = zoneOf(rules.timezone);
  const weeklyFocus = rules.focusBlocks.filter((block): block is WeeklyWindow => "days" in block);
  const datedFocus = rules.focusBlocks.filter((block): block is SlotView => "startMs" in block);
  const business = byWeekday(rules.businessHours);
  const focus = byWeekday(weeklyFocus);
  const isOpen = ({ day, startMs, endMs }: LocalSpan): boolean =>
    business(day).some((window) => window.startMs <= startMs && endMs <= window.endMs);

  return (startMs, endMs) => {
    const spans = zone.spans(startMs, endMs);
    if (rules.businessHours.length > 0 && !spans.every(isOpen)) {
      return { rule: "business_hours", detail: "the booking is not within business hours" };
    }
    if (spans.some((span) => focus(span.day).some((block) => overlap(block, span)))) {
      return { rule: "focus_block", detail: "the booking lies in a weekly focus block" };
    }
    if (datedFocus.some((block) => overlap(block, { startMs, endMs }))) {
      return { rule: "focus_block", detail: "the booking lies in a focus block" };
    }
    return undefined;
  };
}

const overlap = (one: SlotView, other: SlotView): boolean =>
  one.startMs < other.endMs && other.startMs < one.endMs;

/** The windows of a local day, in milliseconds of its clock; those that touch or overlap are one. */
function byWeekday(windows: readonly WeeklyWindow[]): (day: number) => readonly SlotView[] {
  const week = Array.from({ length: 7 }, (_, index) => {
    const slots = windows
      .filter(({ days }) => days.includes(index + 1))
      .map(({ start, end }) => ({ startMs: minutesOf(start) * minuteMs, endMs: minutesOf(end) * minuteMs }));
    return joined(slots);
  });
  return (day) => week[weekdayOf(day) - 1] ?? [];
}

function joined(slots: readonly SlotView[]): readonly SlotView[] {
  const whole: SlotView[] = [];
  for (const slot of slots.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = whole.at(-1);
    if (last !== undefined && slot.startMs <= last.endMs) {
      whole[whole.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, slot.endMs) };
    } else {
      whole.push(slot);
    }
  }
  return whole;
}

/** How many bookings of an agent start on the local day of an instant and are committed, but for the one that leaves. */
export function committedOnDay(
  calendar: Calendar,
  agentId: string,
  startMs: number,
  leaves?: Booking,
): number {
  const zone = zoneOf(calendar.rules.timezone);
  const { day } = zone.local(startMs);
  let count = 0;
  // Wherever the zone lies, and whatever its clock shows twice, the day is within this.
  const first = Math.floor((day * dayMs - farthestOffsetMs) / bucketMs);
  const end = Math.ceil(((day + 1) * dayMs + farthestOffsetMs) / bucketMs);
  for (const booking of calendar.index.overlapping({ first, end })) {
    const counts =
      booking !== leaves &&
      booking.agentId === agentId &&
      booking.status === "COMMITTED" &&
      zone.local(booking.startMs).day === day;
    count += counts ? 1 : 0;
  }
  return count;
}

/** The first rule that forbids an agent's booking, of whatever rank. */
export function violationOf(
  calendar: Calendar,
  agentId: string,
  startMs: number,
  endMs: number,
  leaves?: Booking,
): Violation | undefined {
  const { rules } = calendar;
  if (rules.maxDurationMin !== null && endMs - startMs > rules.maxDurationMin * minuteMs) {
    return {
      rule: "max_duration",
      detail: `the booking is longer than ${rules.maxDurationMin} minutes`,
    };
  }
  const violation = hoursOf(rules)(startMs, endMs);
  if (violation !== undefined) {
    return violation;
  }
  if (rules.dailyCap !== null && committedOnDay(calendar, agentId, startMs, leaves) >= rules.dailyCap) {
    return {
      rule: "daily_cap",
      detail: `this agent has ${rules.dailyCap} bookings on that day, which is its cap`,
    };
  }
  return undefined;
}

/** The oldest day whose buckets a new booking can still touch: bookings last 8 hours and their buffers 4 at most. */
export const oldestHotDay = (nowMs: number): number => dayOf(nowMs - dayMs);
