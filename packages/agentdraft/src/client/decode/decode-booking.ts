// Bookings and holds as the service sends them.

import type { Booking, Eviction, Invitee, ReleaseResult } from "../../types.ts";
import { type Body, bodyOf, dateOf, numberOf, textOf } from "../../wire/body.ts";

/** The booking of an answer; `undefined` without an id or a status. */
export function decodeBooking(body: Body): Booking | undefined {
  const bookingId = textOf(body, "booking_id");
  const status = textOf(body, "status");
  if (bookingId === null || status === null) {
    return undefined;
  }
  const conferencing = bodyOf(body, "conferencing") ?? {};
  return {
    bookingId,
    status,
    start: dateOf(body, "start"),
    end: dateOf(body, "end"),
    expiresAt: dateOf(body, "expires_at"),
    auditEventId: textOf(body, "audit_event_id"),
    title: textOf(body, "title"),
    // The caller's own object comes back as it was given.
    invitee: bodyOf(body, "invitee") as Invitee | null,
    metadata: bodyOf(body, "metadata") ?? {},
    conferencingUrl: textOf(conferencing, "url"),
    conferencingProvider: textOf(conferencing, "provider"),
    conferencingStatus: textOf(conferencing, "status"),
    holdId: textOf(body, "hold_id") ?? (status === "HOLD" ? bookingId : null),
    userId: textOf(body, "user_id"),
    agentId: textOf(body, "agent_id"),
    agentPriority: numberOf(body, "agent_priority"),
    bufferBeforeMin: numberOf(body, "buffer_before_min"),
    bufferAfterMin: numberOf(body, "buffer_after_min"),
    createdAt: dateOf(body, "created_at"),
    committedAt: dateOf(body, "committed_at"),
    bumpWindowEndsAt: dateOf(body, "bump_window_ends_at"),
    evictedBy: decodeEviction(bodyOf(body, "evicted_by")),
    raw: body,
  };
}

function decodeEviction(body: Body | null): Eviction | null {
  return (
    body && {
      agentId: textOf(body, "agent_id"),
      priority: numberOf(body, "priority"),
      bookingId: textOf(body, "booking_id"),
      at: dateOf(body, "at"),
    }
  );
}

/** `id` and `status` stand in for what an older service leaves out of its empty answer. */
export function decodeRelease(body: Body, id: string, status: "RELEASED" | "CANCELLED"): ReleaseResult {
  return {
    bookingId: textOf(body, "booking_id") ?? id,
    status: textOf(body, "status") ?? status,
    auditEventId: textOf(body, "audit_event_id"),
    raw: body,
  };
}
