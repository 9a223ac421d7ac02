// What callers see: camelCase, `Date` for times, string unions that stay open to words of newer servers.

/** A JSON object as the server sent it. */
export type Body = Readonly<Record<string, unknown>>;

/** One of the known words, or one that a newer server has. */
export type Open<Known extends string> = Known | (string & Record<never, never>);

/** Who the API key belongs to. */
export interface AgentIdentity {
  readonly agentId: string;
  /** The owner of the calendar. */
  readonly userId: string;
  /** The agent's rank; 1 is the strongest. */
  readonly priority: number;
  readonly scopes: readonly string[];
  /** The owner's IANA zone. */
  readonly timezone: string;
  readonly name: string | null;
  readonly workspaceId: string | null;
  readonly mailboxAddress: string | null;
  /** Whether a person must agree before this agent's bookings are made. */
  readonly requiresConsent: boolean;
  /** The answer as it came. */
  readonly raw: Body;
}

/** A span of time, its end not included. */
export interface Slot {
  readonly start: Date;
  readonly end: Date;
}

/** Whom a meeting is with. Further members are kept. */
export interface Invitee {
  readonly name?: string;
  readonly email?: string;
  readonly notes?: string;
  readonly [name: string]: unknown;
}

export type BookingStatus = Open<
  "HOLD" | "COMMITTED" | "CANCELLED" | "EVICTED" | "RELEASED" | "EXPIRED" | "INVALIDATED" | "CONSUMED"
>;

/** Who took the slot of an evicted booking. */
export interface Eviction {
  readonly agentId: string | null;
  readonly priority: number | null;
  readonly bookingId: string | null;
  readonly at: Date | null;
}

/** A booking or a hold. */
export interface Booking {
  readonly bookingId: string;
  readonly status: BookingStatus;
  readonly start: Date | null;
  readonly end: Date | null;
  /** When a hold ends; `null` for a commit. */
  readonly expiresAt: Date | null;
  /** The audit event that made it. */
  readonly auditEventId: string | null;
  readonly title: string | null;
  readonly invitee: Invitee | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly conferencingUrl: string | null;
  readonly conferencingProvider: string | null;
  readonly conferencingStatus: Open<
    "attached" | "no_provider" | "auth_expired" | "api_error" | "no_link_returned"
  > | null;
  /** For a hold: its id, which is its `bookingId`. */
  readonly holdId: string | null;
  readonly userId: string | null;
  readonly agentId: string | null;
  readonly agentPriority: number | null;
  readonly bufferBeforeMin: number | null;
  readonly bufferAfterMin: number | null;
  readonly createdAt: Date | null;
  readonly committedAt: Date | null;
  /** Until then a stronger agent may take the slot; from then on nobody. `null` for a hold. */
  readonly bumpWindowEndsAt: Date | null;
  /** Set when it was evicted. */
  readonly evictedBy: Eviction | null;
  /** The answer as it came. */
  readonly raw: Body;
}

/** What a release or a cancellation did. */
export interface ReleaseResult {
  readonly bookingId: string;
  /** `RELEASED` or `CANCELLED`, or how it had ended before. */
  readonly status: BookingStatus;
  readonly auditEventId: string | null;
  readonly raw: Body;
}

/** Items of one page, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `null` on the last page. */
  readonly nextCursor: string | null;
}

export type ApprovalStatus = Open<"pending" | "approved" | "denied" | "expired">;

/** What a person decided. */
export interface Resolution {
  readonly decision: Open<"approved" | "denied">;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly note: string | null;
}

/** A request for a person's approval. */
export interface Approval {
  readonly approvalId: string;
  readonly status: ApprovalStatus;
  readonly expiresAt: Date | null;
  readonly actionType: string | null;
  readonly summary: string | null;
  /** As JavaScript reads it; `null` if there is none. */
  readonly evidence: unknown;
  /** The same as JSON text with its numbers as they were sent: `hashEvidence({ json: approval.evidenceJson })`. */
  readonly evidenceJson: string | null;
  readonly evidenceSha256: string | null;
  readonly agentId: string | null;
  readonly userId: string | null;
  readonly audience: string | readonly string[] | null;
  readonly createdAt: Date | null;
  /** Where the person decides. */
  readonly approvalUrl: string | null;
  readonly resolution: Resolution | null;
  /** The signed receipt of an approval; verify it with `verifyApprovalToken`. */
  readonly receipt: string | null;
  readonly raw: Body;
}

export type ConsentStatus = Open<"pending" | "approved" | "denied" | "expired" | "superseded" | "withdrawn">;

/** A parked action that waits for a person. */
export interface Consent {
  readonly consentRequestId: string;
  readonly status: ConsentStatus;
  readonly action: string | null;
  readonly bookingId: string | null;
  readonly holdId: string | null;
  /** The booking that moves to this time, where it is no new meeting. */
  readonly movesBookingId: string | null;
  readonly expiresAt: Date | null;
  readonly resolution: Resolution | null;
  /** The signed receipt of a consent. */
  readonly receipt: string | null;
  readonly raw: Body;
}

/** How many messages an agent may still send. */
export interface MailQuota {
  readonly limit: number | null;
  readonly used: number | null;
  readonly remaining: number | null;
  readonly period: string | null;
  readonly resetsAt: Date | null;
  readonly raw: Body;
}

/** An agent's mailbox. */
export interface MailboxInfo {
  readonly address: string;
  readonly agentId: string | null;
  readonly displayName: string | null;
  readonly quota: MailQuota;
  readonly raw: Body;
}

/** A message that came or went. */
export interface MailMessage {
  readonly messageId: string;
  readonly threadId: string | null;
  readonly direction: Open<"inbound" | "outbound"> | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly subject: string | null;
  readonly bodyText: string | null;
  readonly bodyHtml: string | null;
  readonly replyTo: string | null;
  readonly inReplyTo: string | null;
  readonly bookingId: string | null;
  readonly rfcMessageId: string | null;
  readonly status: Open<"received" | "sent" | "bounced"> | null;
  readonly createdAt: Date | null;
  readonly raw: Body;
}

/** Whether an address takes no more mail. */
export interface Suppression {
  readonly address: string;
  readonly suppressed: boolean;
  readonly reason: string | null;
  readonly since: Date | null;
  readonly raw: Body;
}

/** A proposal of the loser to the winner to move. */
export interface Counter {
  readonly counterId: string;
  readonly bookingId: string | null;
  readonly status: Open<"open" | "accepted" | "rejected" | "stale"> | null;
  readonly proposed: readonly Slot[];
  readonly note: string | null;
  readonly raw: Body;
}

/**
 * An event of the audit log, in the very form in which it was hashed: names and times as on the wire, so that an exported
 * log can be verified in any language.
 */
export interface AuditEvent {
  /** From 1, without gaps, per calendar. */
  readonly seq: number;
  readonly event_id: string;
  /** Such as `booking.committed`. */
  readonly type: string;
  readonly at: string;
  readonly workspace_id: string;
  readonly calendar_id: string;
  readonly actor: {
    readonly kind: Open<"agent" | "user" | "system">;
    readonly agent_id: string | null;
    readonly priority: number | null;
  };
  readonly resource: string;
  readonly data: Body;
  readonly prev_hash: string;
  readonly hash: string;
}

/** The end of an audit chain. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The end of an audit chain, signed by the service. */
export interface SignedAuditHead extends AuditHead {
  readonly calendarId: string;
  readonly at: Date | null;
  /** Names the key within the service's key set. */
  readonly keyId: string;
  /** base64url Ed25519. */
  readonly signature: string;
}
