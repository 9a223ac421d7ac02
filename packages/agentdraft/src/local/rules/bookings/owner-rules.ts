// The owner's rules: whether they allow a booking at a time, before anybody asks who holds the slot.

import type { RuleName } from "../model/refusal.ts";
import type { Booking, Calendar } from "../model/state.ts";
import type { RulesView, SlotView, WeeklyWindow } from "../model/views.ts";
import { bucketMs, dayOf } from "../time/buckets.ts";
import { weekdayOf, type Zone, zoneOf } from "../time/zone.ts";

/** A rule that forbids a booking. */
export interface Violation {
  readonly rule: RuleName;
  readonly detail: string;
}

const dayMs = 86_400_000;
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
 * Judges the body of a booking, without its buffers, by hours and focus blocks. Each local day is computed once.
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
  const business = perDay(zone, rules.businessHours);
  const focus = perDay(zone, weeklyFocus);

  return (startMs, endMs) => {
    const startDay = zone.local(startMs).day;
    if (rules.businessHours.length > 0) {
      const within = business(startDay).some((window) => window.startMs <= startMs && endMs <= window.endMs);
      if (!within) {
        return { rule: "business_hours", detail: "the booking is not within one window of business hours" };
      }
    }
    const overlaps = (block: SlotView): boolean => block.startMs < endMs && startMs < block.endMs;
    const lastDay = zone.local(endMs - 1).day;
    for (let day = startDay; day <= lastDay; day += 1) {
      if (focus(day).some(overlaps)) {
        return { rule: "focus_block", detail: "the booking lies in a weekly focus block" };
      }
    }
    if (datedFocus.some(overlaps)) {
      return { rule: "focus_block", detail: "the booking lies in a focus block" };
    }
    return undefined;
  };
}

/** The windows of a local day as instants; kept, since neighbours ask for the same day. */
function perDay(zone: Zone, windows: readonly WeeklyWindow[]): (day: number) => readonly SlotView[] {
  const known = new Map<number, readonly SlotView[]>();
  return (day) => {
    let slots = known.get(day);
    if (slots === undefined) {
      slots = windows
        .filter(({ days }) => days.includes(weekdayOf(day)))
        .map(({ start, end }) => ({
          startMs: zone.instant(day, minutesOf(start), "earlier"),
          endMs: zone.instant(day, minutesOf(end), "later"),
        }));
      known.set(day, slots);
    }
    return slots;
  };
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
  const fromMs = zone.instant(day, 0, "earlier");
  const untilMs = zone.instant(day + 1, 0, "earlier");
  let count = 0;
  // With buffers an item holds buckets around its start as well, so each is counted where it starts.
  const first = Math.floor(fromMs / bucketMs);
  const end = Math.ceil(untilMs / bucketMs);
  for (const booking of calendar.index.overlapping({ first, end })) {
    const counts =
      booking !== leaves &&
      booking.agentId === agentId &&
      booking.status === "COMMITTED" &&
      booking.startMs >= fromMs &&
      booking.startMs < untilMs;
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
