// Bookings as callers see them.
import type { Booking } from "./state.ts";
import type { BookingView } from "./views.ts";

/** `metadata` and `invitee` are for the agent that owns the booking, and for the calendar's owner. */
export function bookingView(booking: Booking, sees: "all" | "public"): BookingView {
  const { bookingId, committedAtMs } = booking;
  return {
    bookingId,
    status: booking.status,
    holdId: committedAtMs === null ? bookingId : null,
    userId: booking.userId,
    agentId: booking.agentId,
    agentPriority: booking.agentPriority,
    startMs: booking.startMs,
    endMs: booking.endMs,
    bufferBeforeMin: booking.bufferBeforeMin,
    bufferAfterMin: booking.bufferAfterMin,
    title: booking.title,
    invitee: sees === "all" ? booking.invitee : null,
    metadata: sees === "all" ? booking.metadata : null,
    conferencing: booking.conferencing,
    createdAtMs: booking.createdAtMs,
    committedAtMs,
    expiresAtMs: booking.expiresAtMs,
    bumpWindowSeconds: booking.bumpWindowSeconds,
    bumpWindowEndsAtMs: booking.bumpWindowEndsAtMs,
    auditEventId: booking.auditEventId,
    evictedBy: booking.evictedBy,
  };
}
