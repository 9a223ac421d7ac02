// The exceptions of the product page, with the fields of both its generations. All are `AgentDraftError`s; what no answer of the
// service is about (a wrong argument, a cancelled call, a gap in a feed) is said by core, and has only `ServiceError` in common.

import { brandError, ServiceError, type ServiceErrorDefaults, type ServiceErrorOptions } from "@x/core";
import type { Slot } from "./types.ts";

const packageName = "@x/agentdraft";

/** What an error of this service knows besides its message. */
export interface AgentDraftErrorOptions extends Omit<ServiceErrorOptions, "service"> {
  /** The parsed body of the answer; `{ raw: text }` if it was no JSON object. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The base of all errors that calls to the service and verifiers end with; also what an unexpected answer becomes. A wrong
 * argument is an `InvalidArgumentError`, a call that its caller has cancelled a `CancelledError`, a feed that lost events a
 * `ResumeGapError`: with these it has the base `ServiceError`.
 */
export class AgentDraftError extends ServiceError {
  /** The body of the answer; `{}` without one. */
  readonly body: Readonly<Record<string, unknown>>;
  static {
    brandError(AgentDraftError, packageName, "AgentDraftError");
  }
  constructor(message: string, options: AgentDraftErrorOptions, defaults: ServiceErrorDefaults = {}) {
    super(message, { ...options, service: "agentdraft" }, { code: "agentdraft_error", ...defaults });
    this.body = options.body ?? {};
  }
}

/** The API key is missing, wrong, expired or revoked, or may not do this (HTTP 401 and 403). */
export class AuthError extends AgentDraftError {
  static {
    brandError(AuthError, packageName, "AuthError");
  }
}

/** Another agent of the same calendar owns the booking. Code `not_owner`. */
export class NotOwner extends AuthError {
  static {
    brandError(NotOwner, packageName, "NotOwner");
  }
}

/** The request is malformed (HTTP 400); `field` names the culprit where the server says so. */
export class InvalidRequest extends AgentDraftError {
  readonly field: string | null;
  static {
    brandError(InvalidRequest, packageName, "InvalidRequest");
  }
  constructor(message: string, options: AgentDraftErrorOptions & { readonly field: string | null }) {
    super(message, options, { code: "invalid_request" });
    this.field = options.field;
  }
}

/** There is no such thing, or it is of another calendar (HTTP 404). Code `not_found`. */
export class NotFound extends AgentDraftError {
  static {
    brandError(NotFound, packageName, "NotFound");
  }
}

/** What a lost write says of its winner. */
export interface ConflictFields {
  readonly winningAgentId: string | null;
  /** 1 is the strongest. */
  readonly winningAgentPriority: number | null;
  /** The winner's booking, or its hold. */
  readonly winningBookingId: string | null;
  readonly yourPriority: number | null;
  /** The audit event of this rejection. */
  readonly auditEventId: string | null;
  /** `outranked`, `frozen`, `tie`, `held` or `own_booking`. */
  readonly reason: string;
  /** Up to five next free slots of the same length. */
  readonly alternatives: readonly Slot[];
}

/** Another booking has the slot (HTTP 409). A result to act on: it is never retried. */
export class Conflict extends AgentDraftError implements ConflictFields {
  readonly winningAgentId: string | null;
  readonly winningAgentPriority: number | null;
  readonly winningBookingId: string | null;
  readonly yourPriority: number | null;
  readonly auditEventId: string | null;
  declare readonly reason: string;
  readonly alternatives: readonly Slot[];
  static {
    brandError(Conflict, packageName, "Conflict");
  }
  constructor(message: string, options: AgentDraftErrorOptions & ConflictFields) {
    super(message, options, { code: "outranked" });
    this.winningAgentId = options.winningAgentId;
    this.winningAgentPriority = options.winningAgentPriority;
    this.winningBookingId = options.winningBookingId;
    this.yourPriority = options.yourPriority;
    this.auditEventId = options.auditEventId;
    this.alternatives = options.alternatives;
  }
}

/** A person must agree first; the slot is held meanwhile (HTTP 409). Not a {@link Conflict}. */
export class ConsentRequired extends AgentDraftError {
  readonly consentRequestId: string | null;
  /** Such as `booking.commit`. */
  readonly action: string | null;
  /** The hold on the slot, and the id of the booking once it is agreed to. */
  readonly holdId: string | null;
  readonly expiresAt: Date | null;
  static {
    brandError(ConsentRequired, packageName, "ConsentRequired");
  }
  constructor(
    message: string,
    options: AgentDraftErrorOptions & {
      readonly consentRequestId: string | null;
      readonly action: string | null;
      readonly holdId: string | null;
      readonly expiresAt: Date | null;
    },
  ) {
    super(message, options, { code: "consent_required" });
    this.consentRequestId = options.consentRequestId;
    this.action = options.action;
    this.holdId = options.holdId;
    this.expiresAt = options.expiresAt;
  }
}

/** A rate or a quota is used up (HTTP 429). */
export class RateLimited extends AgentDraftError {
  /** Seconds until a repeat makes sense; `null` if the server does not say. */
  readonly retryAfterSeconds: number | null;
  static {
    brandError(RateLimited, packageName, "RateLimited");
  }
  constructor(
    message: string,
    options: AgentDraftErrorOptions & { readonly retryAfterSeconds: number | null },
  ) {
    super(message, options, { code: "rate_limited" });
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
  /** The older name of {@link RateLimited.retryAfterSeconds}. */
  get retryAfter(): number | null {
    return this.retryAfterSeconds;
  }
}

/** The request breaks a rule of the calendar's owner (HTTP 422). */
export class RuleViolation extends AgentDraftError {
  /** Such as `business_hours`, `focus_block`, `daily_cap`, `max_duration`, `suppressed_recipient`, `consent_denied`. */
  readonly rule: string | null;
  static {
    brandError(RuleViolation, packageName, "RuleViolation");
  }
  constructor(message: string, options: AgentDraftErrorOptions & { readonly rule: string | null }) {
    super(message, options, { code: "rule_violation" });
    this.rule = options.rule;
  }
}

/** Nobody has decided yet. The request is still pending: this never means "denied". Code `approval_timeout`. */
export class ApprovalTimeout extends AgentDraftError {
  /** The approval or consent that was waited for. */
  readonly approvalId: string;
  readonly waitedSeconds: number;
  static {
    brandError(ApprovalTimeout, packageName, "ApprovalTimeout");
  }
  constructor(
    message: string,
    options: AgentDraftErrorOptions & { readonly approvalId: string; readonly waitedSeconds: number },
  ) {
    super(message, options, { code: "approval_timeout" });
    this.approvalId = options.approvalId;
    this.waitedSeconds = options.waitedSeconds;
  }
}

/** A receipt is not what it should be; do not act on it. Code `receipt_invalid`. */
export class ReceiptVerificationError extends AgentDraftError {
  static {
    brandError(ReceiptVerificationError, packageName, "ReceiptVerificationError");
  }
}

/** A signed request is refused; `code` says why. */
export class SignatureVerificationError extends AgentDraftError {
  static {
    brandError(SignatureVerificationError, packageName, "SignatureVerificationError");
  }
}

/** A webhook call did not come from the service, or comes too late; `code` says which. */
export class WebhookVerificationError extends AgentDraftError {
  static {
    brandError(WebhookVerificationError, packageName, "WebhookVerificationError");
  }
}

/** The service cannot be reached, or did not answer in time (code `deadline_exceeded`: it may have acted). */
export class ConnectionError extends AgentDraftError {
  static {
    brandError(ConnectionError, packageName, "ConnectionError");
  }
}
