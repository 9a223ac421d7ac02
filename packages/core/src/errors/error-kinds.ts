// The closed set of failures that every service shares, named by meaning. Services extend these with their own fields.

import { brandError } from "./error-brand.ts";
import { ServiceError, type ServiceErrorOptions } from "./errors.ts";

/** The request is wrong by itself; sending it again cannot help. Code `invalid_argument`. */
export class InvalidArgumentError extends ServiceError {
  static {
    brandError(InvalidArgumentError, "@x/core", "InvalidArgumentError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "invalid_argument" });
  }
}

/** The credentials are missing, wrong or expired. Code `unauthenticated`. */
export class UnauthenticatedError extends ServiceError {
  static {
    brandError(UnauthenticatedError, "@x/core", "UnauthenticatedError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "unauthenticated" });
  }
}

/** The caller is known but may not do this. Code `permission_denied`. */
export class PermissionDeniedError extends ServiceError {
  static {
    brandError(PermissionDeniedError, "@x/core", "PermissionDeniedError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "permission_denied" });
  }
}

/** What the call names does not exist, or no longer. Code `not_found`. */
export class NotFoundError extends ServiceError {
  static {
    brandError(NotFoundError, "@x/core", "NotFoundError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "not_found" });
  }
}

/** Somebody else was first, or it is there already. A result to act on, never retried. Code `conflict`. */
export class ConflictError extends ServiceError {
  static {
    brandError(ConflictError, "@x/core", "ConflictError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "conflict" });
  }
}

/** The state of the thing does not allow the call now. Code `failed_precondition`. */
export class FailedPreconditionError extends ServiceError {
  static {
    brandError(FailedPreconditionError, "@x/core", "FailedPreconditionError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "failed_precondition" });
  }
}

/** A limit is reached: a rate, a quota, a size, a buffer. Code `resource_exhausted`. Retryable if `retryAfterMs` says so. */
export class ResourceExhaustedError extends ServiceError {
  static {
    brandError(ResourceExhaustedError, "@x/core", "ResourceExhaustedError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "resource_exhausted", retryable: options.retryAfterMs !== undefined });
  }
}

/** The server cannot be reached or does not serve now. Code `unavailable`, retryable. */
export class UnavailableError extends ServiceError {
  static {
    brandError(UnavailableError, "@x/core", "UnavailableError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "unavailable", retryable: true });
  }
}

/** The time of the call is over; the server may have acted. Code `deadline_exceeded`, retryable. */
export class DeadlineExceededError extends ServiceError {
  static {
    brandError(DeadlineExceededError, "@x/core", "DeadlineExceededError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "deadline_exceeded", retryable: true });
  }
}

/** The caller's signal, or a `cancel()` or `close()`, ended the call. `cause` is the signal's reason. Code `cancelled`. */
export class CancelledError extends ServiceError {
  static {
    brandError(CancelledError, "@x/core", "CancelledError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "cancelled" });
  }
}

/** The server does not know the operation. Code `unimplemented`. */
export class UnimplementedError extends ServiceError {
  static {
    brandError(UnimplementedError, "@x/core", "UnimplementedError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "unimplemented" });
  }
}

/** A defect, here or in the server; `cause` holds what was thrown. Code `internal`. */
export class InternalError extends ServiceError {
  static {
    brandError(InternalError, "@x/core", "InternalError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "internal" });
  }
}

/** A stream was interrupted and items may have been missed. Code `resume_gap`. */
export class ResumeGapError extends ServiceError {
  static {
    brandError(ResumeGapError, "@x/core", "ResumeGapError");
  }
  constructor(message: string, options: ServiceErrorOptions) {
    super(message, options, { code: "resume_gap" });
  }
}
