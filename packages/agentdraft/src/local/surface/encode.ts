// What the rules show, in the words of the wire.
import { isoformat } from "../../wire/isoformat.ts";
import type { ServerSigner } from "../engine/signing.ts";
import type {
  AgentView,
  ApprovalView,
  BookingView,
  ConsentView,
  CounterView,
  DeliveryView,
  FocusBlock,
  MailboxView,
  MessageView,
  ResolutionView,
  RulesView,
  SlotView,
  SuppressionView,
  WebhookView,
} from "../rules/model/views.ts";

const timeOrNull = (ms: number | null): string | null => (ms === null ? null : isoformat(ms));

/**
 * The JSON text of an object with members that are JSON texts already, which keep their numbers as they were written.
 */
function withTexts(object: object, texts: Readonly<Record<string, string | null>>): string {
  let text = JSON.stringify(object).slice(0, -1);
  for (const name in texts) {
    text += `${text.length > 1 ? "," : ""}${JSON.stringify(name)}:${texts[name] ?? "null"}`;
  }
  return `${text}}`;
}

export const listText = (name: string, items: readonly string[], rest: object = {}): string =>
  withTexts(rest, { [name]: `[${items.join(",")}]` });

export function encodeSlot({ startMs, endMs }: SlotView): { readonly start: string; readonly end: string } {
  return { start: isoformat(startMs), end: isoformat(endMs) };
}

/** A booking as a JSON text. */
export function bookingText(booking: BookingView): string {
  const { evictedBy, conferencing } = booking;
  return withTexts(
    {
      booking_id: booking.bookingId,
      status: booking.status,
      hold_id: booking.holdId,
      user_id: booking.userId,
      agent_id: booking.agentId,
      agent_priority: booking.agentPriority,
      start: isoformat(booking.startMs),
      end: isoformat(booking.endMs),
      buffer_before_min: booking.bufferBeforeMin,
      buffer_after_min: booking.bufferAfterMin,
      title: booking.title,
      created_at: isoformat(booking.createdAtMs),
      committed_at: timeOrNull(booking.committedAtMs),
      expires_at: timeOrNull(booking.expiresAtMs),
      bump_window_seconds: booking.bumpWindowSeconds,
      bump_window_ends_at: timeOrNull(booking.bumpWindowEndsAtMs),
      audit_event_id: booking.auditEventId,
      ...(conferencing === null ? {} : { conferencing }),
      ...(evictedBy === null
        ? {}
        : {
            evicted_by: {
              agent_id: evictedBy.agentId,
              priority: evictedBy.priority,
              booking_id: evictedBy.bookingId,
              at: isoformat(evictedBy.atMs),
            },
          }),
    },
    { invitee: booking.invitee, metadata: booking.metadata },
  );
}

/** An agent as its owner sees it. Nothing in it is secret. */
export function encodeAgent(agent: AgentView): Record<string, unknown> {
  return {
    agent_id: agent.agentId,
    user_id: agent.userId,
    workspace_id: agent.workspaceId,
    name: agent.name,
    scopes: agent.scopes,
    priority: agent.priority,
    requires_consent: agent.requiresConsent,
    status: agent.status,
    mailbox_address: agent.mailboxAddress,
    created_at: isoformat(agent.createdAtMs),
    key_expires_at: timeOrNull(agent.keyExpiresAtMs),
  };
}

function encodeResolution(resolution: ResolutionView | null): Record<string, unknown> | null {
  return (
    resolution && {
      decision: resolution.decision,
      decided_by: resolution.decidedBy,
      decided_at: isoformat(resolution.decidedAtMs),
      note: resolution.note,
    }
  );
}

/** A request for approval as a JSON text, with its receipt if it has one. */
export function approvalText(approval: ApprovalView, signer: ServerSigner): string {
  const { audience } = approval;
  return withTexts(
    {
      approval_id: approval.approvalId,
      status: approval.status,
      expires_at: isoformat(approval.expiresAtMs),
      action_type: approval.actionType,
      summary: approval.summary,
      evidence_sha256: approval.evidenceSha256,
      agent_id: approval.agentId,
      user_id: approval.userId,
      audience: audience.length === 0 ? null : approval.audienceIsList ? audience : audience[0],
      created_at: isoformat(approval.createdAtMs),
      approval_url: `${signer.url}/dashboard?decision=${approval.approvalId}#${approval.approvalId}`,
      resolution: encodeResolution(approval.resolution),
      receipt: signer.approvalReceipt(approval),
    },
    { evidence: approval.evidence },
  );
}

/** A request for consent as a JSON text, with its receipt if it has one. */
export function consentText(consent: ConsentView, signer: ServerSigner): string {
  return withTexts(
    {
      consent_request_id: consent.consentRequestId,
      status: consent.status,
      action: consent.action,
      booking_id: consent.booking.bookingId,
      hold_id: consent.booking.bookingId,
      moves_booking_id: consent.moves?.bookingId ?? null,
      agent_id: consent.agentId,
      user_id: consent.userId,
      params_sha256: consent.paramsSha256,
      created_at: isoformat(consent.createdAtMs),
      expires_at: isoformat(consent.expiresAtMs),
      resolution: encodeResolution(consent.resolution),
      receipt: signer.bookingReceipt(consent),
    },
    { booking: bookingText(consent.booking) },
  );
}

export function encodeCounter(counter: CounterView): Record<string, unknown> {
  return {
    counter_id: counter.counterId,
    booking_id: counter.bookingId,
    agent_id: counter.agentId,
    proposed: counter.proposed.map(encodeSlot),
    note: counter.note,
    status: counter.status,
    created_at: isoformat(counter.createdAtMs),
    accepted_booking_id: counter.acceptedBookingId,
  };
}

export function encodeMailbox({ quota, ...mailbox }: MailboxView): Record<string, unknown> {
  return {
    address: mailbox.address,
    agent_id: mailbox.agentId,
    display_name: mailbox.displayName,
    quota: {
      limit: quota.limit,
      used: quota.used,
      remaining: quota.remaining,
      period: "day",
      resets_at: isoformat(quota.resetsAtMs),
    },
  };
}

export function encodeMessage(message: MessageView): Record<string, unknown> {
  return {
    message_id: message.messageId,
    thread_id: message.threadId,
    direction: message.direction,
    from: message.from,
    to: message.to,
    subject: message.subject,
    body_text: message.bodyText,
    body_html: null,
    reply_to: message.replyTo,
    in_reply_to: message.inReplyTo,
    booking_id: message.bookingId,
    rfc_message_id: message.rfcMessageId,
    status: message.status,
    created_at: isoformat(message.createdAtMs),
  };
}

export function encodeSuppression(suppression: SuppressionView): Record<string, unknown> {
  return {
    address: suppression.address,
    suppressed: suppression.suppressed,
    reason: suppression.reason,
    since: timeOrNull(suppression.sinceMs),
  };
}

export function encodeWebhook(webhook: WebhookView): Record<string, unknown> {
  return {
    sub_id: webhook.subId,
    event_type: webhook.eventType,
    url: webhook.url,
    created_at: isoformat(webhook.createdAtMs),
  };
}

export function encodeDelivery(delivery: DeliveryView): Record<string, unknown> {
  return {
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    status: delivery.status,
    attempts: delivery.attempts,
    last_error: delivery.lastError,
  };
}

function encodeFocusBlock(block: FocusBlock): object {
  return "days" in block ? { days: block.days, start: block.start, end: block.end } : encodeSlot(block);
}

export function encodeRules(rules: RulesView): Record<string, unknown> {
  return {
    timezone: rules.timezone,
    business_hours: rules.businessHours.map(({ days, start, end }) => ({ days, start, end })),
    focus_blocks: rules.focusBlocks.map(encodeFocusBlock),
    daily_cap: rules.dailyCap,
    max_duration_min: rules.maxDurationMin,
    buffer_before_min: rules.bufferBeforeMin,
    buffer_after_min: rules.bufferAfterMin,
    hold_ttl_seconds: rules.holdTtlSeconds,
    bump_window_seconds: rules.bumpWindowSeconds,
    consent_actions: rules.consentActions,
  };
}
