// What callers ask of the rules, and what each command answers when it is not refused.
import type {
  AgentView,
  ApprovalStatus,
  ApprovalView,
  AuditHead,
  BookingStatus,
  BookingView,
  ConferencingView,
  ConsentStatus,
  ConsentView,
  CounterView,
  DeliveryView,
  DueDelivery,
  JsonText,
  MailboxView,
  MessageView,
  PublicKeyView,
  RulesView,
  Scope,
  SlotView,
  SuppressionView,
  UserView,
  WebhookView,
} from "./views.ts";

/** Who is asking: an agent by its key, or the owner by a session. */
export type Asker = { readonly agentId: string } | { readonly userId: string };

/**
 * Ids, key hashes and random bytes come inside the command, so that deciding stays deterministic. Ids carry their prefix.
 * Shapes and lengths were checked by the surface; what depends on the time or on the state is checked here.
 */
export type Command = AgentCommand | OwnerCommand | SignInCommand | ServerCommand;

/** Commands of agents. An `agentId` that was revoked meanwhile is refused with `revoked_api_key`. */
export type AgentCommand =
  | { readonly type: "describeAgent"; readonly agentId: string }
  | {
      readonly type: "createBooking";
      readonly mode: "commit" | "hold";
      readonly agentId: string;
      /** `bkg_`; a consent request that this leads to has the same ULID behind `cns_`. */
      readonly bookingId: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly bufferBeforeMin: number;
      readonly bufferAfterMin: number;
      /** Null when the request gives none; always null for a hold. */
      readonly bumpWindowSeconds: number | null;
      /** The title on top, else that of the metadata, else null. */
      readonly title: string | null;
      readonly invitee: JsonText | null;
      readonly metadata: JsonText | null;
      /** What the booking gets if it comes about; null when no meeting link was asked for. */
      readonly conferencing: ConferencingView | null;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "releaseHold"; readonly agentId: string; readonly bookingId: string }
  | { readonly type: "cancelBooking"; readonly agentId: string; readonly bookingId: string }
  | {
      readonly type: "listAvailability";
      readonly agentId: string;
      /** Null for the caller's own; any other calendar is not found. */
      readonly userId: string | null;
      readonly rangeStartMs: number;
      readonly rangeEndMs: number;
      readonly durationMin: number;
      readonly granularityMin: number;
      readonly includeHolds: boolean;
      /** The `nextCursor` of an earlier answer; null for the first page. */
      readonly cursor: string | null;
    }
  | { readonly type: "mailboxInfo"; readonly agentId: string }
  | {
      readonly type: "listMessages";
      readonly agentId: string;
      /** 1..100 */
      readonly limit: number;
      readonly cursor: string | null;
      readonly direction: "inbound" | "outbound" | null;
      readonly bookingId: string | null;
      readonly sinceMs: number | null;
    }
  | { readonly type: "getMessage"; readonly agentId: string; readonly messageId: string }
  | {
      readonly type: "sendMessage";
      readonly agentId: string;
      readonly messageId: string;
      /** Of the copy in the recipient's mailbox, if the recipient is local. */
      readonly inboundMessageId: string;
      /** For each mailbox that has no thread of this exchange yet. */
      readonly threadId: string;
      readonly inboundThreadId: string;
      readonly to: string;
      readonly subject: string;
      readonly bodyText: string;
      readonly bookingId: string | null;
      readonly inReplyTo: string | null;
      readonly replyTo: string | null;
      readonly idempotencyKey: string | null;
    }
  | {
      readonly type: "replyMessage";
      readonly agentId: string;
      /** The message that is answered. */
      readonly answeredId: string;
      readonly messageId: string;
      readonly inboundMessageId: string;
      readonly inboundThreadId: string;
      /** Null for `Re: ` and the original's. */
      readonly subject: string | null;
      readonly bodyText: string;
      readonly replyTo: string | null;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "checkSuppression"; readonly agentId: string; readonly address: string }
  | {
      readonly type: "requestApproval";
      readonly agentId: string;
      /** `apr_`; its receipt has the same ULID behind `rcp_`. */
      readonly approvalId: string;
      readonly actionType: string;
      readonly summary: string;
      /** The text as it was sent, or null. */
      readonly evidence: string | null;
      /** That of `{}` when there is none. */
      readonly evidenceSha256: string;
      readonly audience: readonly string[];
      readonly audienceIsList: boolean;
      readonly ttlSeconds: number;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "getApproval"; readonly agentId: string; readonly approvalId: string }
  | { readonly type: "getConsent"; readonly agentId: string; readonly consentRequestId: string }
  | {
      readonly type: "proposeCounter";
      readonly agentId: string;
      readonly counterId: string;
      readonly bookingId: string;
      /** 1 to 5, with ends after starts. */
      readonly proposed: readonly SlotView[];
      readonly note: string | null;
    }
  | { readonly type: "listCounters"; readonly agentId: string; readonly bookingId: string }
  | {
      readonly type: "acceptCounter";
      readonly agentId: string;
      readonly bookingId: string;
      readonly counterId: string;
      readonly slotIndex: number;
      /** The id of the moved booking. */
      readonly movedBookingId: string;
    }
  | {
      readonly type: "rejectCounter";
      readonly agentId: string;
      readonly bookingId: string;
      readonly counterId: string;
    };

/** Commands of a calendar's owner, who was found by a session; and reads that agents may do as well. */
export type OwnerCommand =
  | { readonly type: "getBooking"; readonly asker: Asker; readonly bookingId: string }
  | {
      readonly type: "listBookings";
      readonly asker: Asker;
      readonly status: BookingStatus | null;
      /** Bookings that end after this. */
      readonly fromMs: number | null;
      /** Bookings that start before this. */
      readonly toMs: number | null;
      readonly cursor: string | null;
      /** 1..100 */
      readonly limit: number;
    }
  | { readonly type: "getAuditHead"; readonly asker: Asker }
  /** An agent sees its own requests, the owner all of the calendar; newest first. */
  | { readonly type: "listApprovals"; readonly asker: Asker; readonly status: ApprovalStatus | null }
  | { readonly type: "listConsents"; readonly userId: string; readonly status: ConsentStatus | null }
  | {
      readonly type: "createAgent";
      readonly userId: string;
      readonly agentId: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly priority: number;
      readonly requiresConsent: boolean;
      /** SHA-256 of the whole key, lower-case hex. */
      readonly keyHash: string;
      readonly signingKey: PublicKeyView;
      /** Six lower-case base32 characters. */
      readonly mailboxSuffix: string;
    }
  | { readonly type: "listAgents"; readonly userId: string }
  | {
      readonly type: "updateAgent";
      readonly userId: string;
      readonly agentId: string;
      readonly name?: string;
      readonly scopes?: readonly Scope[];
      readonly priority?: number;
      readonly requiresConsent?: boolean;
      /** Null for a key that does not expire. */
      readonly keyExpiresAtMs?: number | null;
    }
  | { readonly type: "revokeAgent"; readonly userId: string; readonly agentId: string }
  | {
      readonly type: "rotateKey";
      readonly userId: string;
      readonly agentId: string;
      readonly keyHash: string;
    }
  | {
      readonly type: "rotateSigningKey";
      readonly userId: string;
      readonly agentId: string;
      readonly signingKey: PublicKeyView;
    }
  | { readonly type: "getRules"; readonly userId: string }
  | { readonly type: "setRules"; readonly userId: string; readonly rules: RulesView }
  | {
      readonly type: "resolveApproval";
      readonly userId: string;
      readonly approvalId: string;
      readonly decision: "approved" | "denied";
      readonly note: string | null;
    }
  | {
      readonly type: "resolveConsent";
      readonly userId: string;
      readonly consentRequestId: string;
      readonly decision: "approved" | "denied";
      readonly note: string | null;
    }
  | { readonly type: "listSuppressions"; readonly userId: string }
  | {
      readonly type: "addSuppression";
      readonly userId: string;
      readonly address: string;
      readonly reason: string | null;
    }
  | { readonly type: "removeSuppression"; readonly userId: string; readonly address: string }
  | { readonly type: "listMail"; readonly userId: string; readonly limit: number }
  | {
      readonly type: "createWebhook";
      readonly userId: string;
      readonly subId: string;
      readonly eventType: string;
      readonly url: string;
      readonly secret: string;
    }
  | { readonly type: "listWebhooks"; readonly userId: string }
  | { readonly type: "deleteWebhook"; readonly userId: string; readonly subId: string }
  | { readonly type: "listDeliveries"; readonly userId: string; readonly subId: string };

/** How people come in. */
export type SignInCommand =
  | {
      readonly type: "requestMagicLink";
      readonly email: string;
      /** SHA-256 of the token, lower-case hex. */
      readonly tokenHash: string;
    }
  | {
      readonly type: "verifyMagicLink";
      readonly tokenHash: string;
      /** Used when the email signs in for the first time. */
      readonly userId: string;
      readonly workspaceId: string;
      /** SHA-256 of the session cookie's value. */
      readonly sessionHash: string;
    }
  | { readonly type: "logout"; readonly sessionHash: string };

/** What the server itself asks: its delivery worker, and the dev routes. */
export type ServerCommand =
  /** Deliveries that are due, oldest first, each handed out once until its outcome comes or the server restarts. */
  | { readonly type: "takeDeliveries"; readonly limit: number }
  | {
      readonly type: "deliveryAttempted";
      readonly subId: string;
      readonly eventId: string;
      /** Null for success. */
      readonly error: string | null;
      /** A random number in [-1, 1): the delay before the next attempt varies by a fifth of it. */
      readonly jitter: number;
    }
  | {
      readonly type: "injectMail";
      readonly messageId: string;
      readonly threadId: string;
      readonly to: string;
      readonly from: string;
      readonly subject: string;
      readonly bodyText: string;
      /** An `rfc_message_id` or a message id. */
      readonly inReplyTo: string | null;
      readonly replyTo: string | null;
    }
  /** A suppression in every calendar that has mail to the address, and those messages become `bounced`. */
  | { readonly type: "bounceMail"; readonly address: string; readonly reason: string | null };

/** What a create answers: the body as it was at that time, and how things stand now. */
export interface Created {
  readonly booking: BookingView;
  /** An earlier request with the same key did it. */
  readonly replayed: boolean;
  readonly currentStatus: BookingStatus;
}

/** `auditEventId` is null when nothing changed any more. */
export interface Ended {
  readonly bookingId: string;
  readonly isHold: boolean;
  readonly status: BookingStatus;
  readonly auditEventId: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Null after the last page. */
  readonly nextCursor: string | null;
}

/** The reply to each command. */
export interface Replies {
  describeAgent: { readonly agent: AgentView };
  createBooking: Created;
  releaseHold: Ended;
  cancelBooking: Ended;
  listAvailability: Page<SlotView> & {
    readonly userId: string;
    readonly timezone: string;
    readonly asOfMs: number;
  };
  mailboxInfo: { readonly mailbox: MailboxView };
  listMessages: Page<MessageView>;
  getMessage: { readonly message: MessageView };
  sendMessage: { readonly message: MessageView; readonly replayed: boolean };
  replyMessage: { readonly message: MessageView; readonly replayed: boolean };
  checkSuppression: { readonly suppression: SuppressionView };
  requestApproval: { readonly approval: ApprovalView; readonly replayed: boolean };
  getApproval: { readonly approval: ApprovalView };
  getConsent: { readonly consent: ConsentView };
  proposeCounter: { readonly counter: CounterView };
  listCounters: { readonly counters: readonly CounterView[] };
  acceptCounter: { readonly counter: CounterView; readonly booking: BookingView };
  rejectCounter: { readonly counter: CounterView };
  getBooking: { readonly booking: BookingView };
  listBookings: Page<BookingView>;
  getAuditHead: { readonly head: AuditHead };
  listApprovals: { readonly approvals: readonly ApprovalView[] };
  listConsents: { readonly consents: readonly ConsentView[] };
  createAgent: { readonly agent: AgentView };
  listAgents: { readonly agents: readonly AgentView[] };
  updateAgent: { readonly agent: AgentView };
  revokeAgent: { readonly agent: AgentView };
  rotateKey: { readonly agent: AgentView };
  rotateSigningKey: { readonly agent: AgentView };
  getRules: { readonly rules: RulesView };
  setRules: { readonly rules: RulesView };
  resolveApproval: { readonly approval: ApprovalView };
  resolveConsent: { readonly consent: ConsentView };
  listSuppressions: { readonly suppressions: readonly SuppressionView[] };
  addSuppression: { readonly suppression: SuppressionView };
  removeSuppression: { readonly suppression: SuppressionView };
  listMail: { readonly messages: readonly (MessageView & { readonly agentId: string })[] };
  createWebhook: { readonly webhook: WebhookView };
  listWebhooks: { readonly webhooks: readonly WebhookView[] };
  deleteWebhook: { readonly webhook: WebhookView };
  listDeliveries: { readonly deliveries: readonly DeliveryView[] };
  requestMagicLink: { readonly expiresAtMs: number };
  verifyMagicLink: { readonly user: UserView; readonly sessionExpiresAtMs: number };
  logout: { readonly ended: boolean };
  takeDeliveries: {
    readonly deliveries: readonly DueDelivery[];
    /** Wall time of the next one that is not due yet; null when none waits. */
    readonly nextAtMs: number | null;
  };
  deliveryAttempted: { readonly delivery: DeliveryView | null };
  injectMail: { readonly message: MessageView };
  bounceMail: { readonly suppression: SuppressionView };
}

/** Any reply that is not a refusal. */
export type Reply = Replies[keyof Replies];

/** The command of one type. */
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>;
