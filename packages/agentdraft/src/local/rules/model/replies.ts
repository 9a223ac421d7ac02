// What each command answers when it is not refused.
import type {
  AgentView,
  ApprovalView,
  AuditHead,
  BookingStatus,
  BookingView,
  ConsentView,
  CounterView,
  DeliveryView,
  DueDelivery,
  MailboxView,
  MessageView,
  RulesView,
  SlotView,
  SuppressionView,
  UserView,
  WebhookView,
} from "./views.ts";

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
  requestApproval: {
    readonly approval: ApprovalView;
    readonly replayed: boolean;
    /** The status of now, where `approval` is the answer of then. */
    readonly currentStatus: ApprovalView["status"];
  };
  getApproval: { readonly approval: ApprovalView };
  getConsent: { readonly consent: ConsentView };
  proposeCounter: { readonly counter: CounterView };
  listCounters: { readonly counters: readonly CounterView[] };
  acceptCounter: { readonly counter: CounterView; readonly booking: BookingView };
  rejectCounter: { readonly counter: CounterView };
  getBooking: { readonly booking: BookingView };
  listBookings: Page<BookingView>;
  getAuditHead: { readonly head: AuditHead };
  listApprovals: Page<ApprovalView>;
  listConsents: Page<ConsentView>;
  listUndecided: {
    readonly items: readonly (ApprovalView | ConsentView)[];
    readonly page: number;
    readonly pages: number;
    readonly total: number;
    /** What was asked about, where it does not wait any more. */
    readonly decided: ApprovalView | ConsentView | null;
  };
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
  endArbitrations: { readonly groups: number };
  takeDeliveries: {
    readonly deliveries: readonly DueDelivery[];
    /** Wall time of the next one that is not due yet; null when none waits. */
    readonly nextAtMs: number | null;
  };
  deliveryAttempted: { readonly delivery: DeliveryView | null };
  injectMail: { readonly message: MessageView };
  bounceMail: { readonly suppression: SuppressionView };
}
