// What the rules show of their state: plain values, times as milliseconds since the Unix epoch.

/** JSON that users gave, as they wrote it: the text keeps numbers that a JavaScript number would change. */
export type JsonText = string;

/** JSON that users gave, in both of the forms that are needed; made once, where it comes in. */
export interface WrittenJson {
  readonly text: JsonText;
  /** The form that is hashed and compared: keys in order, numbers as Python writes them. */
  readonly canonical: string;
}

export type BookingStatus =
  | "HOLD"
  | "COMMITTED"
  | "CANCELLED"
  | "EVICTED"
  | "RELEASED"
  | "EXPIRED"
  | "INVALIDATED"
  | "CONSUMED";

export interface ConferencingView {
  readonly url: string | null;
  readonly provider: string | null;
  readonly status: "attached" | "no_provider" | "auth_expired" | "api_error" | "no_link_returned";
}

/** Who took the slot of an evicted booking. */
export interface EvictionView {
  readonly agentId: string;
  readonly priority: number;
  readonly bookingId: string;
  readonly atMs: number;
}

export interface BookingView {
  readonly bookingId: string;
  readonly status: BookingStatus;
  /** The same id for what is or was only a hold; null for what was committed. */
  readonly holdId: string | null;
  readonly userId: string;
  readonly agentId: string;
  /** The rank at the time of the booking. */
  readonly agentPriority: number;
  readonly startMs: number;
  readonly endMs: number;
  /** The greater of what was asked for and the owner's. */
  readonly bufferBeforeMin: number;
  readonly bufferAfterMin: number;
  readonly title: string | null;
  /** Null for agents that do not own the booking. */
  readonly invitee: JsonText | null;
  /** Null for agents that do not own the booking. */
  readonly metadata: JsonText | null;
  /** Null unless it was asked for. */
  readonly conferencing: ConferencingView | null;
  readonly createdAtMs: number;
  readonly committedAtMs: number | null;
  /** Holds only. */
  readonly expiresAtMs: number | null;
  /** Commits only. */
  readonly bumpWindowSeconds: number | null;
  readonly bumpWindowEndsAtMs: number | null;
  /** The event that created the present form: `hold.created` or `booking.committed`. */
  readonly auditEventId: string;
  readonly evictedBy: EvictionView | null;
}

export interface SlotView {
  readonly startMs: number;
  readonly endMs: number;
}

export type Scope =
  | "availability:read"
  | "bookings:write"
  | "approvals:request"
  | "mailbox:read"
  | "mailbox:send"
  | "audit:read";

export const scopes: readonly Scope[] = [
  "availability:read",
  "bookings:write",
  "approvals:request",
  "mailbox:read",
  "mailbox:send",
  "audit:read",
];

/** The public half of an agent's Ed25519 key. */
export interface PublicKeyView {
  /** base64url */
  readonly x: string;
  readonly kid: string;
}

export interface AgentView {
  readonly agentId: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly priority: number;
  readonly requiresConsent: boolean;
  readonly status: "ACTIVE" | "REVOKED";
  readonly mailboxAddress: string;
  readonly createdAtMs: number;
  /** Null for a key that does not expire. */
  readonly keyExpiresAtMs: number | null;
  /** The owner's IANA zone. */
  readonly timezone: string;
}

export interface UserView {
  readonly userId: string;
  readonly workspaceId: string;
  readonly email: string;
}

export type ApprovalStatus = "pending" | "approved" | "denied" | "expired";
export type ConsentStatus = ApprovalStatus | "superseded" | "withdrawn";

export interface ResolutionView {
  readonly decision: "approved" | "denied";
  /** The user who decided. */
  readonly decidedBy: string;
  readonly decidedAtMs: number;
  readonly note: string | null;
}

/** What a signed receipt states of its own times; the surface adds the rest and signs. */
export interface ReceiptView {
  readonly receiptId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface ApprovalView {
  readonly approvalId: string;
  readonly userId: string;
  readonly agentId: string;
  readonly status: ApprovalStatus;
  readonly actionType: string;
  readonly summary: string;
  /** As it was sent, number texts and all; null when none was. */
  readonly evidence: string | null;
  readonly evidenceSha256: string;
  /** Empty when the request names none: then the receipt is for the issuer. */
  readonly audience: readonly string[];
  /** Whether `audience` was given as a list. */
  readonly audienceIsList: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly resolution: ResolutionView | null;
  /** Only of an approved request. */
  readonly receipt: ReceiptView | null;
}

/** The booking that a new one takes the place of, and the counter-proposal that this accepts. */
export interface MoveView {
  readonly bookingId: string;
  readonly counterId: string;
}

export interface ConsentView {
  readonly consentRequestId: string;
  readonly userId: string;
  readonly agentId: string;
  readonly status: ConsentStatus;
  readonly action: "booking.commit";
  /** The parked hold, which becomes the booking. */
  readonly booking: BookingView;
  /** The booking that moves to this time, where it is no new meeting. */
  readonly moves: BookingView | null;
  readonly paramsSha256: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly resolution: ResolutionView | null;
  readonly receipt: ReceiptView | null;
}

export interface CounterView {
  readonly counterId: string;
  readonly bookingId: string;
  /** Who proposed. */
  readonly agentId: string;
  readonly proposed: readonly SlotView[];
  readonly note: string | null;
  readonly status: "open" | "accepted" | "rejected" | "stale";
  readonly createdAtMs: number;
  /** The moved booking of an accepted counter. */
  readonly acceptedBookingId: string | null;
}

export interface MessageView {
  readonly messageId: string;
  readonly threadId: string;
  readonly direction: "inbound" | "outbound";
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly bodyText: string;
  readonly replyTo: string | null;
  /** The id of the message that this one answers, within the same mailbox. */
  readonly inReplyTo: string | null;
  readonly bookingId: string | null;
  readonly rfcMessageId: string;
  readonly status: "received" | "sent" | "bounced";
  readonly createdAtMs: number;
}

export interface QuotaView {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resetsAtMs: number;
}

export interface MailboxView {
  readonly address: string;
  readonly agentId: string;
  readonly displayName: string;
  readonly quota: QuotaView;
}

export interface SuppressionView {
  readonly address: string;
  readonly suppressed: boolean;
  readonly reason: string | null;
  readonly sinceMs: number | null;
}

export interface WebhookView {
  readonly subId: string;
  /** A name of {@link webhookEventTypes}, or `*`. */
  readonly eventType: string;
  readonly url: string;
  readonly createdAtMs: number;
}

export interface DeliveryView {
  readonly subId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly status: "pending" | "delivered" | "failed";
  readonly attempts: number;
  readonly lastError: string | null;
}

/** A delivery that is to be attempted now. */
export interface DueDelivery {
  readonly subId: string;
  readonly eventId: string;
  readonly url: string;
  readonly secret: string;
  /** The attempt that is to be made; 1 for the first. */
  readonly attempt: number;
  /** The JSON text to send, the same on every attempt. */
  readonly body: string;
}

/** Days are ISO weekdays, 1 for Monday. */
export interface WeeklyWindow {
  readonly days: readonly number[];
  /** `HH:MM`, local. */
  readonly start: string;
  /** `HH:MM`, local; `24:00` is the end of the day. */
  readonly end: string;
}

export type FocusBlock = WeeklyWindow | SlotView;

export interface RulesView {
  /** IANA name. */
  readonly timezone: string;
  readonly businessHours: readonly WeeklyWindow[];
  readonly focusBlocks: readonly FocusBlock[];
  readonly dailyCap: number | null;
  readonly maxDurationMin: number | null;
  readonly bufferBeforeMin: number;
  readonly bufferAfterMin: number;
  readonly holdTtlSeconds: number | null;
  readonly bumpWindowSeconds: number | null;
  readonly consentActions: readonly "booking.commit"[];
}

export const noRules: RulesView = {
  timezone: "UTC",
  businessHours: [],
  focusBlocks: [],
  dailyCap: null,
  maxDurationMin: null,
  bufferBeforeMin: 0,
  bufferAfterMin: 0,
  holdTtlSeconds: null,
  bumpWindowSeconds: null,
  consentActions: [],
};

export type AuditType =
  | `agent.${"created" | "updated" | "revoked"}`
  | "rule.changed"
  | `hold.${"created" | "rejected" | "released" | "expired" | "invalidated" | "consumed"}`
  | `booking.${"committed" | "rejected" | "evicted" | "cancelled"}`
  | `consent.${"requested" | "approved" | "denied" | "expired" | "superseded" | "withdrawn"}`
  | `approval.${"requested" | "approved" | "denied" | "expired"}`
  | `counter.${"created" | "accepted" | "rejected"}`
  | `mail.${"received" | "sent"}`;

/** What an event of the audit chain may hold, so that any language can hash it. */
export type AuditValue =
  | string
  | number
  | boolean
  | null
  | readonly AuditValue[]
  | { readonly [key: string]: AuditValue };

/** One event of a calendar's chain, exactly as it is hashed and as it is shown. */
export interface AuditEvent {
  readonly seq: number;
  readonly event_id: string;
  readonly type: AuditType;
  /** Python isoformat in UTC. */
  readonly at: string;
  readonly workspace_id: string;
  readonly calendar_id: string;
  readonly actor: {
    readonly kind: "agent" | "user" | "system";
    readonly agent_id: string | null;
    readonly priority: number | null;
  };
  readonly resource: string;
  readonly data: { readonly [key: string]: AuditValue };
  readonly prev_hash: string;
  readonly hash: string;
}

export interface AuditHead {
  readonly calendarId: string;
  readonly seq: number;
  readonly hash: string;
  /** When the newest event happened; null in an empty chain. */
  readonly at: string | null;
}
