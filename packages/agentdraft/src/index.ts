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
export type { Agents } from "./agents.ts";
export type { Approvals, ListApprovalsOptions, RequestApprovalOptions } from "./approvals.ts";
export type { Audit, AuditPage, ListAuditOptions } from "./audit.ts";
export type { Availability, AvailabilityOptions } from "./availability.ts";
export type { CommitOptions, HoldOptions, ListBookingsOptions } from "./booking-options.ts";
export type { Bookings } from "./bookings.ts";
export type { CallOptions, IdempotentCallOptions } from "./call-options.ts";
export { AgentDraft, AgentDraft as Client, type AgentDraftOptions } from "./client.ts";
export type { CommitOrNextOptions } from "./commit-or-next.ts";
export type { Consents } from "./consents.ts";
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
export type { Events, SubscribeOptions } from "./events.ts";
export type { ListMessagesOptions, Mailbox, ReplyOptions, SendMessageOptions } from "./mailbox.ts";
export type { CounterName, Negotiation, ProposedSlot } from "./negotiation.ts";
export { type VerifyApprovalTokenOptions, verifyApprovalToken } from "./receipts.ts";
export {
  type AgentSignatureFields,
  agentSignatureFields,
  type HeadersLike,
  type SignRequestOptions,
  signRequest,
} from "./request-signing.ts";
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
export {
  type ChainProblem,
  type ChainVerdict,
  type VerifyChainOptions,
  verifyChain,
} from "./verify-chain.ts";
export {
  type SignedRequestProblem,
  type VerifiedRequest,
  type VerifySignedRequestOptions,
  verifySignedRequest,
} from "./verify-signed-request.ts";
export type { WaitOptions } from "./wait-for-decision.ts";
export { type VerifyWebhookOptions, verifyWebhook, type WebhookEvent } from "./webhooks.ts";
export { hashEvidence, type JsonText } from "./wire/evidence.ts";
export type { Paths } from "./wire/paths.ts";
export type { ReceiptPins, ReceiptUse, VerifiedReceipt } from "./wire/receipt.ts";
