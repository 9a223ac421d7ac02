// Free times of a calendar, as one of its agents sees them: for availability, and as alternatives for who has lost.

import type { Booking, Calendar } from "../model/state.ts";
import type { SlotView } from "../model/views.ts";
import { bucketMs, bucketsOf } from "../time/buckets.ts";
import { zoneOf } from "../time/zone.ts";
import { committedOnDay, hoursOf } from "./owner-rules.ts";
import type { Claim } from "./placement.ts";

const minuteMs = 60_000;

export interface Search {
  readonly agentId: string;
  /** The first candidate starts here or later, on a multiple of the granularity since the epoch. */
  readonly fromMs: number;
  /** The last candidate ends here or earlier. */
  readonly untilMs: number;
  readonly lengthMs: number;
  readonly granularityMs: number;
  readonly bufferBeforeMin: number;
  readonly bufferAfterMin: number;
  /** Whether holds of other agents count as taken. Own holds never do. */
  readonly includeHolds: boolean;
  readonly limit: number;
}

/** Up to `limit` free slots, earliest first. Each blocker is passed once, however long it is. */
export function freeSlots(calendar: Calendar, search: Search): SlotView[] {
  const { agentId, lengthMs, granularityMs, bufferBeforeMin, bufferAfterMin, includeHolds } = search;
  const isTaken = (booking: Booking): boolean =>
    booking.status === "COMMITTED" || (includeHolds && booking.agentId !== agentId);
  const isForbidden = hoursOf(calendar.rules);
  const isCapped = capJudge(calendar, agentId);
  const onGrid = (ms: number): number => Math.ceil(ms / granularityMs) * granularityMs;

  const found: SlotView[] = [];
  let startMs = onGrid(search.fromMs);
  while (startMs + lengthMs <= search.untilMs && found.length < search.limit) {
    const endMs = startMs + lengthMs;
    if (isForbidden(startMs, endMs) !== undefined || isCapped(startMs)) {
      startMs += granularityMs;
      continue;
    }
    // The last one, so that the jump is as long as it can be.
    const blocker = calendar.index.last(bucketsOf(startMs, endMs, bufferBeforeMin, bufferAfterMin), isTaken);
    if (blocker === undefined) {
      found.push({ startMs, endMs });
      startMs += granularityMs;
    } else {
      const clearMs = blocker.end * bucketMs + bufferBeforeMin * minuteMs;
      startMs = Math.max(onGrid(clearMs), startMs + granularityMs);
    }
  }
  return found;
}

/** Whether the agent's cap for the local day of an instant is used up; each day is counted once. */
function capJudge(calendar: Calendar, agentId: string): (startMs: number) => boolean {
  const { dailyCap, timezone } = calendar.rules;
  if (dailyCap === null) {
    return () => false;
  }
  const zone = zoneOf(timezone);
  const days = new Map<number, boolean>();
  return (startMs) => {
    const { day } = zone.local(startMs);
    let capped = days.get(day);
    if (capped === undefined) {
      capped = committedOnDay(calendar, agentId, startMs) >= dailyCap;
      days.set(day, capped);
    }
    return capped;
  };
}

const alternativesShown = 5;
const alternativesWithinMs = 24 * 3_600_000;
const alternativesEveryMs = 15 * minuteMs;

/** The next free slots of the same length, on quarters of an hour within a day of the one that was lost. */
export function alternativesTo(calendar: Calendar, claim: Claim, nowMs: number): SlotView[] {
  const lengthMs = claim.endMs - claim.startMs;
  return freeSlots(calendar, {
    agentId: claim.agentId,
    fromMs: Math.max(claim.startMs, nowMs),
    untilMs: claim.startMs + alternativesWithinMs + lengthMs,
    lengthMs,
    granularityMs: alternativesEveryMs,
    bufferBeforeMin: claim.bufferBeforeMin,
    bufferAfterMin: claim.bufferAfterMin,
    includeHolds: true,
    limit: alternativesShown,
  });
}
