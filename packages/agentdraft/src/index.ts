// The public surface of `@x/agentdraft`: the client, its errors, and what verifies offline.

export type {
  Fetch,
  Hooks,
  JwkSet,
  PrivateJwk,
  PublicJwk,
  SignatureHeaders,
  Subscription,
  SubscriptionState,
} from "@x/core";
export { CancelledError, InvalidArgumentError, isServiceError, ResumeGapError, ServiceError } from "@x/core";
export type { Agents } from "./client/agents.ts";
export type { Approvals, ListApprovalsOptions, RequestApprovalOptions } from "./client/approvals.ts";
export type { Audit, AuditPage, ListAuditOptions } from "./client/audit.ts";
export type { Availability, AvailabilityOptions } from "./client/availability.ts";
export type { CommitOptions, HoldOptions, ListBookingsOptions } from "./client/booking-options.ts";
export type { Bookings } from "./client/bookings.ts";
export type { CallOptions, IdempotentCallOptions } from "./client/call-options.ts";
export { AgentDraft, AgentDraft as Client, type AgentDraftOptions } from "./client/client.ts";
export type { CommitOrNextOptions } from "./client/commit-or-next.ts";
export type { Consents } from "./client/consents.ts";
export type { Events, SubscribeOptions } from "./client/events.ts";
export { hashEvidence, type JsonText } from "./client/evidence.ts";
export type { ListMessagesOptions, Mailbox, ReplyOptions, SendMessageOptions } from "./client/mailbox.ts";
export type { CounterName, Negotiation, ProposedSlot } from "./client/negotiation.ts";
export type { WaitOptions } from "./client/wait-for-decision.ts";
export {
  AgentDraftError,
  ApprovalTimeout,
  AuthError,
  Conflict,
  type ConflictFields,
  ConnectionError,
  ConsentRequired,
  InvalidRequest,
  NotFound,
  NotOwner,
  RateLimited,
  ReceiptVerificationError,
  RuleViolation,
  SignatureVerificationError,
  WebhookVerificationError,
} from "./errors.ts";
export type {
  AgentIdentity,
  Approval,
  ApprovalStatus,
  AuditEvent,
  AuditHead,
  Booking,
  BookingStatus,
  Consent,
  ConsentStatus,
  Counter,
  Eviction,
  Invitee,
  MailboxInfo,
  MailMessage,
  MailQuota,
  Page,
  ReleaseResult,
  Resolution,
  SignedAuditHead,
  Slot,
  Suppression,
} from "./types.ts";
export type { ReceiptPins, ReceiptUse, VerifiedReceipt } from "./verify/receipt.ts";
export { type VerifyApprovalTokenOptions, verifyApprovalToken } from "./verify/receipts.ts";
export {
  type AgentSignatureFields,
  agentSignatureFields,
  type HeadersLike,
  type SignRequestOptions,
  signRequest,
} from "./verify/request-signing.ts";
export {
  type ChainProblem,
  type ChainVerdict,
  type VerifyChainOptions,
  verifyChain,
} from "./verify/verify-chain.ts";
export {
  type SignedRequestProblem,
  type VerifiedRequest,
  type VerifySignedRequestOptions,
  verifySignedRequest,
} from "./verify/verify-signed-request.ts";
export { type VerifyWebhookOptions, verifyWebhook, type WebhookEvent } from "./verify/webhooks.ts";
export type { Paths } from "./wire/paths.ts";
