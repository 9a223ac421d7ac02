// The one base of all errors that the suite throws: what failed, where, how often it was tried, and whether to repeat.

import { brandError, isBrandedInstance } from "./error-brand.ts";
import { redact, redactText } from "./redact.ts";

/** The canonical names of gRPC status codes, without `OK`. */
export type GrpcCodeName =
  | "CANCELLED"
  | "UNKNOWN"
  | "INVALID_ARGUMENT"
  | "DEADLINE_EXCEEDED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "PERMISSION_DENIED"
  | "RESOURCE_EXHAUSTED"
  | "FAILED_PRECONDITION"
  | "ABORTED"
  | "OUT_OF_RANGE"
  | "UNIMPLEMENTED"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "DATA_LOSS"
  | "UNAUTHENTICATED";

/** Plain data about a failure, for programs. Secret fields are removed when the error is made. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What an error knows besides its message. */
export interface ServiceErrorOptions {
  /** Stable snake_case text for programs. Defaults to the one of the class, such as `not_found`. */
  readonly code?: string | undefined;
  /** The service that was called, such as `agentkeeper`. */
  readonly service: string;
  /** The method that failed, under the name by which it was called, such as `acquireLease`. */
  readonly operation: string;
  /** Whether a later repeat of the same call may succeed. Says nothing on whether a repeat is safe. */
  readonly retryable?: boolean | undefined;
  /** How often the call was sent. Default 0: it never left. */
  readonly attempts?: number | undefined;
  /** The server's name for the request, for its operators. */
  readonly requestId?: string | undefined;
  /** HTTP status, where the service speaks HTTP. */
  readonly status?: number | undefined;
  /** gRPC status, where the service speaks gRPC. */
  readonly grpcCode?: GrpcCodeName | undefined;
  /** The server's own word for the cause, as it stands on the wire, such as `LEASE_NOT_HELD`. */
  readonly reason?: string | undefined;
  /** How long the server asks to wait before a repeat, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/** What an error class says about all its errors. */
export interface ServiceErrorDefaults {
  readonly code?: string;
  readonly retryable?: boolean;
}

/** What `JSON.stringify` makes of an error. Holds no secrets and no stack. */
export interface ServiceErrorJson {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly service: string;
  readonly operation: string;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly requestId?: string;
  readonly status?: number;
  readonly grpcCode?: GrpcCodeName;
  readonly reason?: string;
  readonly retryAfterMs?: number;
  readonly details: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * Every error of the suite. Branch on `code` or on the class; the message is for people and may change.
 * `instanceof` also knows errors of another copy of the package.
 */
export class ServiceError extends Error {
  readonly code: string;
  readonly service: string;
  readonly operation: string;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly details: ErrorDetails;
  declare readonly requestId?: string;
  declare readonly status?: number;
  declare readonly grpcCode?: GrpcCodeName;
  declare readonly reason?: string;
  declare readonly retryAfterMs?: number;

  static {
    brandError(ServiceError, "@x/core", "ServiceError");
  }

  /** `defaults` are what the class means by itself; `options` win. */
  constructor(message: string, options: ServiceErrorOptions, defaults: ServiceErrorDefaults = {}) {
    super(redactText(clipped(message)), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? defaults.code ?? "unknown";
    this.service = options.service;
    this.operation = options.operation;
    this.retryable = options.retryable ?? defaults.retryable ?? false;
    this.attempts = options.attempts ?? 0;
    this.details = options.details === undefined ? {} : withoutSecrets(options.details);
    if (options.requestId !== undefined) this.requestId = options.requestId;
    if (options.status !== undefined) this.status = options.status;
    if (options.grpcCode !== undefined) this.grpcCode = options.grpcCode;
    if (options.reason !== undefined) this.reason = options.reason;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this and must be judged by their own brand
    return isBrandedInstance(this, value);
  }

  toJSON(): ServiceErrorJson {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      service: this.service,
      operation: this.operation,
      retryable: this.retryable,
      attempts: this.attempts,
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.status === undefined ? {} : { status: this.status }),
      ...(this.grpcCode === undefined ? {} : { grpcCode: this.grpcCode }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      details: jsonDetails(this.details),
      ...(this.cause === undefined ? {} : { cause: redact(this.cause) }),
    };
  }
}

/** Whether a caught value is an error of the suite, of this or another copy of the package. */
export function isServiceError(value: unknown): value is ServiceError {
  return value instanceof ServiceError;
}

/** Whether a caught value is an error of the suite with one of these codes: `hasCode(e, "not_found", "agent_dead")`. */
export function hasCode(value: unknown, ...codes: readonly string[]): value is ServiceError {
  return value instanceof ServiceError && codes.includes(value.code);
}

function withoutSecrets(details: ErrorDetails): ErrorDetails {
  const clean = redact(details);
  return typeof clean === "object" && clean !== null ? Object.fromEntries(Object.entries(clean)) : {};
}

// Fencing tokens and sequences are bigints, which JSON.stringify refuses.
function jsonDetails(details: ErrorDetails): ErrorDetails {
  return JSON.parse(
    JSON.stringify(details, (_, value) => (typeof value === "bigint" ? value.toString() : value)),
  );
}

/** Longest message of an error, in characters: whatever a server says, people read no more of it. */
const longestMessage = 4_096;

function clipped(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message;
}
