// Bookings as callers see them.
import { parseJson, pythonCompactJson, sha256Hex } from "@x/core";
import { isoformat } from "../../../wire/isoformat.ts";
import type { Booking, BookingFacts } from "./state.ts";
import type { BookingView, JsonText } from "./views.ts";

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

/** The form of a JSON text that is hashed and compared: keys in order, numbers as Python writes them. */
export const canonicalOf = (text: JsonText | null): string | null =>
  text === null ? null : pythonCompactJson(parseJson(text));

/** The hash of what was agreed on, as receipts and the audit chain state it: that of `hash_evidence`. */
export function paramsSha256(
  booking: Pick<BookingFacts, "startMs" | "endMs" | "title" | "invitee" | "metadata">,
): string {
  const { startMs, endMs, title, invitee, metadata } = booking;
  // In the order of the sorted keys.
  return sha256Hex(
    `{"end":"${isoformat(endMs)}","invitee":${canonicalOf(invitee) ?? "null"},"metadata":${canonicalOf(metadata) ?? "{}"},` +
      `"start":"${isoformat(startMs)}","title":${title === null ? "null" : pythonCompactJson(title)}}`,
  );
}
