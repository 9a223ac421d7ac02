// What the records of bookings, holds and consents change.
import type { Now } from "@x/core/service";
import { bookingView } from "../model/booking-view.ts";
import { keep } from "../model/keys.ts";
import type { KeyFacts, RecordOf } from "../model/records.ts";
import {
  type Booking,
  type BookingFacts,
  type Consent,
  calendarOf,
  isLive,
  noteUndecided,
  type State,
} from "../model/state.ts";
import { bucketsOf } from "../time/buckets.ts";
import { oldestHotDay } from "./owner-rules.ts";

export function applyHoldCreated(state: State, record: RecordOf<"hold.created">, now: Now): void {
  const booking = addBooking(state, record, now, {
    committedAtMs: null,
    expiresAtMs: record.expiresAtMs,
    bumpWindowSeconds: null,
    bumpWindowEndsAtMs: null,
  });
  booking.consentId = record.consentId ?? null;
  keepCreated(state, record.key, booking, now);
}

export function applyCommitted(state: State, record: RecordOf<"booking.committed">, now: Now): void {
  const { bumpWindowSeconds } = record;
  const booking = addBooking(state, record, now, {
    committedAtMs: now.wall,
    expiresAtMs: null,
    bumpWindowSeconds,
    bumpWindowEndsAtMs: now.wall + bumpWindowSeconds * 1_000,
  });
  keepCreated(state, record.key, booking, now);
}

/** What a repeat of the request is answered. */
function keepCreated(state: State, key: KeyFacts | undefined, booking: Booking, now: Now): void {
  if (key !== undefined) {
    keep(state, key, now.wall, { kind: "booking", booking: bookingView(booking, "all") });
  }
}

export function applyBookingEnded(state: State, record: RecordOf<"booking.ended">): void {
  const booking = knownBooking(state, record.bookingId);
  removeLive(state, booking);
  booking.status = record.status;
  staleCounters(state, booking);
}

export function applyEvicted(state: State, record: RecordOf<"booking.evicted">): void {
  const booking = knownBooking(state, record.bookingId);
  removeLive(state, booking);
  booking.status = "EVICTED";
  booking.evictedBy = record.by;
  staleCounters(state, booking);
}

export function applyConsentRequested(state: State, record: RecordOf<"consent.requested">, now: Now): void {
  const { consentId, bookingId, paramsSha256, bumpWindowSeconds, expiresAtMs, moves = null } = record;
  const { userId, agentId } = knownBooking(state, bookingId);
  addConsent(state, {
    consentId,
    userId,
    agentId,
    bookingId,
    paramsSha256,
    bumpWindowSeconds,
    moves,
    createdAtMs: now.wall,
    expiresAtMs,
    status: "pending",
    resolution: null,
    receipt: null,
    endEventId: null,
  });
  keep(state, record.key, now.wall, { kind: "consent", consentId });
}

export function addConsent(state: State, consent: Consent): void {
  state.consents.set(consent.consentId, consent);
  calendarOf(state, consent).consentIds.push(consent.consentId);
  noteUndecided(state, consent);
}

export function applyConsentRepeated(state: State, record: RecordOf<"consent.repeated">, now: Now): void {
  keep(state, record.key, now.wall, { kind: "consent", consentId: record.consentId });
}

export function applyConsentEnded(state: State, record: RecordOf<"consent.ended">): void {
  const consent = state.consents.get(record.consentId);
  if (consent !== undefined) {
    consent.status = record.status;
    noteUndecided(state, consent);
    consent.resolution = record.resolution ?? null;
    consent.receipt = record.receipt ?? null;
    consent.endEventId = record.audit.event_id;
  }
}

/** A booking as it is kept, with the buckets that it holds while it lives. */
export function bookingFrom(facts: BookingFacts, status: Booking["status"]): Booking {
  const { first, end } = bucketsOf(facts.startMs, facts.endMs, facts.bufferBeforeMin, facts.bufferAfterMin);
  return { ...facts, first, end, status, evictedBy: null, consentId: null, deadline: undefined };
}

/** Puts a live booking into the index, and arms the end of a hold. */
export function enliven(state: State, booking: Booking): void {
  calendarOf(state, booking).index.add(booking);
  if (booking.status === "HOLD" && booking.expiresAtMs !== null) {
    booking.deadline = state.deadlines.add(booking.expiresAtMs, { kind: "hold", booking });
    state.liveHolds.add(booking);
  }
}

/** Adds a booking, in the place of the hold with the same id if there is one. */
function addBooking(
  state: State,
  { type, placed, audit }: RecordOf<"hold.created" | "booking.committed">,
  now: Now,
  times: Pick<BookingFacts, "committedAtMs" | "expiresAtMs" | "bumpWindowSeconds" | "bumpWindowEndsAtMs">,
): Booking {
  const { calendar_id: userId, resource: bookingId, event_id: auditEventId, actor } = audit;
  const { agent_id: agentId, priority: agentPriority } = actor;
  if (agentId === null || agentPriority === null) {
    throw new Error(`the booking ${bookingId} has no agent`);
  }
  const calendar = calendarOf(state, { userId });
  // What lies so far back that nothing can collide with it any more leaves the index; it stays a booking.
  calendar.index.forgetBefore(oldestHotDay(now.wall));
  const hold = state.bookings.get(bookingId);
  if (hold === undefined) {
    calendar.bookingIds.push(bookingId);
  } else {
    removeLive(state, hold);
  }
  const createdAtMs = hold?.createdAtMs ?? now.wall;
  const identity = { bookingId, userId, agentId, agentPriority, createdAtMs, auditEventId };
  const booking = bookingFrom(
    { ...identity, ...placed, ...times },
    type === "hold.created" ? "HOLD" : "COMMITTED",
  );
  state.bookings.set(bookingId, booking);
  enliven(state, booking);
  return booking;
}

function removeLive(state: State, booking: Booking): void {
  if (!isLive(booking)) {
    return;
  }
  calendarOf(state, booking).index.remove(booking);
  if (booking.deadline !== undefined) {
    state.deadlines.remove(booking.deadline);
    booking.deadline = undefined;
  }
  state.liveHolds.delete(booking);
}

/** What was proposed for a booking that is gone can no longer be accepted. */
function staleCounters(state: State, booking: Booking): void {
  for (const counterId of state.countersByBooking.get(booking.bookingId) ?? []) {
    const counter = state.counters.get(counterId);
    if (counter?.status === "open") {
      counter.status = "stale";
    }
  }
}

/** @throws {Error} for an id that no record created */
function knownBooking(state: State, bookingId: string): Booking {
  const booking = state.bookings.get(bookingId);
  if (booking === undefined) {
    throw new Error(`the booking ${bookingId} is missing`);
  }
  return booking;
}
