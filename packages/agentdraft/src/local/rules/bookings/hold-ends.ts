// How bookings and holds end, other than by their own commit; a parked hold takes its consent with it.
import { type Actor, actorOf, emitAudited, owner, system } from "../model/chain.ts";
import type { RecordOf } from "../model/records.ts";
import { type Agent, type Booking, type Consent, calendarOf, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { AuditValue } from "../model/views.ts";

/** Who takes a slot. */
export interface Taker {
  readonly bookingId: string;
  readonly agentId: string;
  readonly priority: number;
}

type HoldEnd = "RELEASED" | "EXPIRED" | "INVALIDATED" | "CONSUMED";

const holdEvents = {
  RELEASED: "hold.released",
  EXPIRED: "hold.expired",
  INVALIDATED: "hold.invalidated",
  CONSUMED: "hold.consumed",
} as const;

/** Ends a live hold. */
export function endHold(
  state: State,
  hold: Booking,
  end: {
    readonly status: HoldEnd;
    readonly atMs: number;
    readonly actor: Actor;
    readonly data?: { readonly [key: string]: AuditValue };
  },
  turn: DraftTurn,
): string {
  const audit = emitAudited(turn, calendarOf(state, hold), {
    atMs: end.atMs,
    type: holdEvents[end.status],
    actor: end.actor,
    resource: hold.bookingId,
    data: { agent_id: hold.agentId, ...end.data },
    record: { type: "booking.ended", bookingId: hold.bookingId, status: end.status },
  });
  return audit.event_id;
}

/** Makes everything give way to who takes its buckets: evictions and displaced holds, in their order in time. */
export function displace(state: State, displaced: readonly Booking[], taker: Taker, turn: DraftTurn): void {
  const actor = actorOf(taker);
  const atMs = turn.now.wall;
  for (const booking of displaced) {
    if (booking.status === "COMMITTED") {
      evict(state, booking, taker, turn);
      continue;
    }
    const isOwn = booking.agentId === taker.agentId;
    endHold(
      state,
      booking,
      isOwn
        ? { status: "CONSUMED", atMs, actor, data: { consumed_by_booking_id: taker.bookingId } }
        : {
            status: "INVALIDATED",
            atMs,
            actor,
            data: {
              invalidated_by_agent_id: taker.agentId,
              invalidated_by_booking_id: taker.bookingId,
              invalidated_by_priority: taker.priority,
            },
          },
      turn,
    );
    endConsentOf(state, booking, { status: "superseded", atMs, actor }, turn);
  }
}

function evict(state: State, booking: Booking, taker: Taker, turn: DraftTurn): void {
  emitAudited(turn, calendarOf(state, booking), {
    type: "booking.evicted",
    actor: actorOf(taker),
    resource: booking.bookingId,
    data: {
      agent_id: booking.agentId,
      evicted_by_agent_id: taker.agentId,
      evicted_by_booking_id: taker.bookingId,
      evicted_by_priority: taker.priority,
    },
    record: {
      type: "booking.evicted",
      bookingId: booking.bookingId,
      by: {
        agentId: taker.agentId,
        priority: taker.priority,
        bookingId: taker.bookingId,
        atMs: turn.now.wall,
      },
    },
  });
}

/** Ends the consent that a hold was parked for, if it still waits. */
export function endConsentOf(
  state: State,
  hold: Booking,
  end: {
    readonly status: "expired" | "superseded" | "withdrawn";
    readonly atMs: number;
    readonly actor: Actor;
  },
  turn: DraftTurn,
): void {
  const consent = hold.consentId === null ? undefined : state.consents.get(hold.consentId);
  if (consent?.status === "pending") {
    endConsent(state, consent, end, turn);
  }
}

/** Ends a pending consent. */
export function endConsent(
  state: State,
  consent: Consent,
  end: {
    readonly status: RecordOf<"consent.ended">["status"];
    readonly atMs: number;
    readonly actor: Actor;
    readonly more?: Pick<RecordOf<"consent.ended">, "resolution" | "receipt">;
  },
  turn: DraftTurn,
): void {
  emitAudited(turn, calendarOf(state, consent), {
    atMs: end.atMs,
    type: `consent.${end.status}`,
    actor: end.actor,
    resource: consent.consentId,
    data: { booking_id: consent.bookingId, agent_id: consent.agentId, params_sha256: consent.paramsSha256 },
    record: { type: "consent.ended", consentId: consent.consentId, status: end.status, ...end.more },
  });
}

/** A hold has lived as long as it was given. */
export function expireHold(state: State, hold: Booking, turn: DraftTurn): void {
  const atMs = hold.expiresAtMs ?? turn.now.wall;
  endHold(state, hold, { status: "EXPIRED", atMs, actor: system }, turn);
  endConsentOf(state, hold, { status: "expired", atMs, actor: system }, turn);
}

/** Ends the live holds of an agent that was revoked. */
export function releaseHoldsOf(state: State, agent: Agent, turn: DraftTurn): void {
  const atMs = turn.now.wall;
  for (const hold of liveHoldsOf(state, agent)) {
    endHold(state, hold, { status: "RELEASED", atMs, actor: owner }, turn);
    endConsentOf(state, hold, { status: "withdrawn", atMs, actor: owner }, turn);
  }
}

function liveHoldsOf(state: State, agent: Agent): Booking[] {
  const holds: Booking[] = [];
  for (const booking of state.liveHolds) {
    if (booking.agentId === agent.agentId) {
      holds.push(booking);
    }
  }
  return holds;
}
