// The shapes of answers, for the OpenAPI document.
import { z } from "zod";

const time = z.string().meta({ format: "date-time" });
const maybeTime = time.nullable();

export const Slot: z.ZodType = z.object({ start: time, end: time }).meta({ id: "Slot" });

export const Booking: z.ZodType = z
  .looseObject({
    booking_id: z.string(),
    status: z.enum([
      "HOLD",
      "COMMITTED",
      "CANCELLED",
      "EVICTED",
      "RELEASED",
      "EXPIRED",
      "INVALIDATED",
      "CONSUMED",
    ]),
    hold_id: z.string().nullable(),
    user_id: z.string(),
    agent_id: z.string(),
    agent_priority: z.int(),
    start: time,
    end: time,
    buffer_before_min: z.int(),
    buffer_after_min: z.int(),
    title: z.string().nullable(),
    invitee: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    conferencing: z
      .object({ url: z.string().nullable(), provider: z.string().nullable(), status: z.string() })
      .optional(),
    created_at: time,
    committed_at: maybeTime,
    expires_at: maybeTime,
    bump_window_seconds: z.int().nullable(),
    bump_window_ends_at: maybeTime,
    audit_event_id: z.string(),
  })
  .meta({ id: "Booking" });

export const Ended: z.ZodType = z
  .object({
    booking_id: z.string(),
    hold_id: z.string().optional(),
    status: z.string(),
    audit_event_id: z.string().nullable(),
  })
  .meta({ id: "Ended" });

const Resolution = z
  .object({
    decision: z.enum(["approved", "denied"]),
    decided_by: z.string(),
    decided_at: time,
    note: z.string().nullable(),
  })
  .meta({ id: "Resolution" });

export const Approval: z.ZodType = z
  .looseObject({
    approval_id: z.string(),
    status: z.enum(["pending", "approved", "denied", "expired"]),
    action_type: z.string(),
    summary: z.string(),
    evidence: z.record(z.string(), z.unknown()).nullable(),
    evidence_sha256: z.string(),
    agent_id: z.string(),
    user_id: z.string(),
    audience: z.union([z.string(), z.array(z.string())]).nullable(),
    created_at: time,
    expires_at: time,
    approval_url: z.string(),
    resolution: Resolution.nullable(),
    receipt: z.string().nullable(),
  })
  .meta({ id: "Approval" });

export const Consent: z.ZodType = z
  .looseObject({
    consent_request_id: z.string(),
    status: z.enum(["pending", "approved", "denied", "expired", "superseded", "withdrawn"]),
    action: z.string(),
    booking_id: z.string(),
    hold_id: z.string(),
    moves_booking_id: z.string().nullable(),
    expires_at: time,
    resolution: Resolution.nullable(),
    receipt: z.string().nullable(),
    booking: Booking,
  })
  .meta({ id: "Consent" });

export const Counter: z.ZodType = z
  .object({
    counter_id: z.string(),
    booking_id: z.string(),
    agent_id: z.string(),
    proposed: z.array(Slot),
    note: z.string().nullable(),
    status: z.enum(["open", "accepted", "rejected", "stale"]),
    created_at: time,
    accepted_booking_id: z.string().nullable(),
  })
  .meta({ id: "Counter" });

export const Message: z.ZodType = z
  .object({
    message_id: z.string(),
    thread_id: z.string(),
    direction: z.enum(["inbound", "outbound"]),
    from: z.string(),
    to: z.string(),
    subject: z.string(),
    body_text: z.string(),
    body_html: z.null(),
    reply_to: z.string().nullable(),
    in_reply_to: z.string().nullable(),
    booking_id: z.string().nullable(),
    rfc_message_id: z.string(),
    status: z.enum(["received", "sent", "bounced"]),
    created_at: time,
  })
  .meta({ id: "Message" });

export const AuditEventShape: z.ZodType = z
  .object({
    seq: z.int(),
    event_id: z.string(),
    type: z.string(),
    at: time,
    workspace_id: z.string(),
    calendar_id: z.string(),
    actor: z.object({
      kind: z.enum(["agent", "user", "system"]),
      agent_id: z.string().nullable(),
      priority: z.int().nullable(),
    }),
    resource: z.string(),
    data: z.record(z.string(), z.unknown()),
    prev_hash: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEvent" });

/** A page of a list, with what leads to the next one. */
export function page(name: string, item: z.ZodType): z.ZodType {
  return z.object({ [name]: z.array(item), next_cursor: z.string().nullable() });
}
