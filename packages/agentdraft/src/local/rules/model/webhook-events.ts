// What can be subscribed to; `*` is everything.

export const webhookEventTypes: readonly string[] = [
  "booking.committed",
  "booking.cancelled",
  "booking.evicted",
  "hold.invalidated",
  "hold.expired",
  "counter.created",
  "counter.accepted",
  "counter.rejected",
  "mail.received",
  "approval.requested",
  "approval.approved",
  "approval.denied",
  "approval.expired",
  "consent.requested",
  "consent.approved",
  "consent.denied",
  "consent.expired",
  "consent.superseded",
  "consent.withdrawn",
  "*",
];
