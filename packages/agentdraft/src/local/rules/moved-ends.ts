// The wall clock was corrected: what lasts for a while ends as much later or sooner by it, so that it lasts as long as it was
// meant to. What was set by a date (bookings themselves, the end of a key, a receipt that is signed) stays.
import type { AgingMap, Now } from "@x/core/service";
import { oldestHotDay } from "./bookings/owner-rules.ts";
import { isLive, type State } from "./model/state.ts";
import { bucketMs, dayOf } from "./time/buckets.ts";
import { movePlaces } from "./webhook-places.ts";

/** Moves every end by `byMs`. */
export function moveEnds(state: State, byMs: number, now: Now): void {
  state.deadlines.shift(byMs);
  movePlaces(state.places, byMs);
  for (const booking of state.bookings.values()) {
    if (isLive(booking)) {
      booking.expiresAtMs = moved(booking.expiresAtMs, byMs);
      booking.bumpWindowEndsAtMs = moved(booking.bumpWindowEndsAtMs, byMs);
    }
  }
  for (const asked of [...state.approvals.values(), ...state.consents.values()]) {
    if (asked.status === "pending") {
      asked.expiresAtMs += byMs;
    }
  }
  for (const { open, due } of state.deliveries.values()) {
    due.shift(byMs);
    for (const delivery of open.values()) {
      delivery.nextAtMs += byMs;
    }
  }
  for (const agent of state.agents.values()) {
    agent.previousSigningKeys = agent.previousSigningKeys.map((key) => ({
      ...key,
      untilMs: key.untilMs + byMs,
    }));
  }
  renew(state.links, (link) => ({ ...link, expiresAtMs: link.expiresAtMs + byMs }));
  renew(state.sessions, (session) => ({ ...session, expiresAtMs: session.expiresAtMs + byMs }));
  renew(state.keys, (kept) => ({ ...kept, storedAtMs: kept.storedAtMs + byMs }));
  if (byMs < 0) {
    findAgain(state, now);
  }
}

const moved = (atMs: number | null, byMs: number): number | null => (atMs === null ? null : atMs + byMs);

/** A snapshot may hold the values still, so each is replaced; the order stays. */
function renew<Value>(map: AgingMap<string, Value>, by: (value: Value) => Value): void {
  for (const [key, value] of [...map]) {
    map.set(key, by(value));
  }
}

/** What lay in the past by the former time, and was let go of, stands in the way again. */
function findAgain(state: State, now: Now): void {
  const hotFrom = oldestHotDay(now.wall);
  for (const booking of state.bookings.values()) {
    if (isLive(booking) && dayOf(booking.end * bucketMs) >= hotFrom) {
      const { index } = state.calendars.get(booking.userId) ?? {};
      index?.remove(booking);
      index?.add(booking);
    }
  }
}
