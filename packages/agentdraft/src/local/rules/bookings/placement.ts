// The decision table: who gives way to a commit or a hold, and who does not.

import type { LossReason, WinnerView } from "../model/refusal.ts";
import type { Booking, Calendar } from "../model/state.ts";
import { type BucketRange, bucketsOf } from "../time/buckets.ts";

/** What wants a place. */
export interface Claim extends BucketRange {
  readonly mode: "commit" | "hold";
  readonly agentId: string;
  readonly priority: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly bufferBeforeMin: number;
  readonly bufferAfterMin: number;
  /** The booking that moves, which does not stand in its own way. */
  readonly leaves?: Booking;
}

/** The table's answer. */
export type Placement =
  | {
      readonly kind: "free";
      /** The agent's own live hold of the same time, which the commit becomes. */
      readonly promotes: Booking | undefined;
      /** What must give way, earliest first, without `promotes`. */
      readonly displaces: readonly Booking[];
    }
  | { readonly kind: "lost"; readonly reason: LossReason; readonly winner: Booking };

/** A claim with the owner's buffers: the greater of both counts. */
export function claimOf(calendar: Calendar, wanted: Omit<Claim, "first" | "end">): Claim {
  const bufferBeforeMin = Math.max(wanted.bufferBeforeMin, calendar.rules.bufferBeforeMin);
  const bufferAfterMin = Math.max(wanted.bufferAfterMin, calendar.rules.bufferAfterMin);
  const { first, end } = bucketsOf(wanted.startMs, wanted.endMs, bufferBeforeMin, bufferAfterMin);
  return { ...wanted, bufferBeforeMin, bufferAfterMin, first, end };
}

/** Commits that were made a moment ago in the same arbitration, by id: no window has begun for them. */
export type Siblings = ReadonlySet<string>;

export const noSiblings: Siblings = new Set();

/** Places a claim, or names the blocker that does not give way: all or nothing. Expired holds are gone already. */
export function place(calendar: Calendar, claim: Claim, nowMs: number, siblings: Siblings): Placement {
  const blockers = calendar.index.overlapping(claim);
  let promotes: Booking | undefined;
  let lost: { readonly reason: LossReason; readonly winner: Booking } | undefined;
  const displaces: Booking[] = [];
  for (const blocker of blockers) {
    if (blocker === claim.leaves) {
      continue;
    }
    if (claim.mode === "commit" && isSameSlot(blocker, claim)) {
      promotes = blocker;
      continue;
    }
    const reason = resistance(blocker, claim, nowMs, siblings);
    if (reason === undefined) {
      displaces.push(blocker);
    } else if (lost === undefined || isStronger(blocker, lost.winner)) {
      lost = { reason, winner: blocker };
    }
  }
  return lost === undefined ? { kind: "free", promotes, displaces } : { kind: "lost", ...lost };
}

function isSameSlot(blocker: Booking, claim: Claim): boolean {
  return (
    blocker.status === "HOLD" &&
    blocker.agentId === claim.agentId &&
    blocker.startMs === claim.startMs &&
    blocker.endMs === claim.endMs
  );
}

/** Why a blocker does not give way; undefined when it does. */
function resistance(
  blocker: Booking,
  claim: Claim,
  nowMs: number,
  siblings: Siblings,
): LossReason | undefined {
  const isOwn = blocker.agentId === claim.agentId;
  if (blocker.status === "HOLD") {
    if (isOwn) {
      return claim.mode === "commit" ? undefined : "held";
    }
    const yields =
      claim.mode === "commit"
        ? claim.priority <= blocker.agentPriority
        : claim.priority < blocker.agentPriority;
    return yields ? undefined : "held";
  }
  if (isOwn) {
    return "own_booking";
  }
  const isSibling = siblings.has(blocker.bookingId);
  if (!isSibling && nowMs >= (blocker.bumpWindowEndsAtMs ?? 0)) {
    return "frozen";
  }
  if (claim.mode === "hold") {
    return "outranked";
  }
  if (claim.priority === blocker.agentPriority) {
    return "tie";
  }
  return claim.priority < blocker.agentPriority ? undefined : "outranked";
}

/** Whether a blocker is reported rather than another: by rank, then age, then id. */
function isStronger(a: Booking, b: Booking): boolean {
  if (a.agentPriority !== b.agentPriority) {
    return a.agentPriority < b.agentPriority;
  }
  const aMs = a.committedAtMs ?? a.createdAtMs;
  const bMs = b.committedAtMs ?? b.createdAtMs;
  return aMs === bMs ? a.bookingId < b.bookingId : aMs < bMs;
}

export function winnerOf(booking: Booking): WinnerView {
  return {
    bookingId: booking.bookingId,
    agentId: booking.agentId,
    priority: booking.agentPriority,
    status: booking.status,
    holdId: booking.committedAtMs === null ? booking.bookingId : null,
  };
}
