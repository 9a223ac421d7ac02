// What every client of the suite shares, whatever it speaks: without HTTP, JSON and web signatures, which a gRPC client should
// not wait for.

export { type LinkedSignal, linkSignals, onAbort, raceSignal, type SleepOptions, sleep } from "./abort.ts";
export { type BackoffOptions, backoffMs, pauseMs } from "./backoff.ts";
export { fromBase64Url, fromHex, toBase64Url, toHex } from "./bytes.ts";
export { type CallDefaults, checkCallDefaults, invalidOption } from "./call-defaults.ts";
export { type Clock, type Now, systemClock, type Timer } from "./clock.ts";
export { type Deadline, DeadlinePassed, deadlineIn, noDeadline, withTimeout } from "./deadline.ts";
export { brandError, isBrandedInstance } from "./error-brand.ts";
export {
  CancelledError,
  ConflictError,
  DeadlineExceededError,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  ResumeGapError,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from "./error-kinds.ts";
export {
  type ErrorDetails,
  type GrpcCodeName,
  hasCode,
  isServiceError,
  ServiceError,
  type ServiceErrorDefaults,
  type ServiceErrorJson,
  type ServiceErrorOptions,
} from "./errors.ts";
export { equalBytes, hmacSha256, sha256, sha256Hex } from "./hash.ts";
export {
  type AttemptInfo,
  type CallEndInfo,
  type CallInfo,
  type Hooks,
  type RetryInfo,
  runHook,
} from "./hooks.ts";
export { checkIdempotencyKey, idempotencyKeyLimit, newIdempotencyKey } from "./idempotency.ts";
export { generateIdentity, type Identity, identityFromSeed, type SeedEncoding } from "./identity.ts";
export { isSecretName, redact, redacted, redactHeaders, redactText } from "./redact.ts";
export { reportProblem } from "./report.ts";
export {
  type Attempt,
  type AttemptOptions,
  defaultShouldRetry,
  type FailedCall,
  type RetryQuestion,
  runAttempts,
} from "./retry.ts";
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from "./retry-budget.ts";
export { createVerifier, type Signer, type Verify, verifySignature } from "./signer.ts";
export type {
  Gap,
  StreamConnection,
  StreamSink,
  StreamSource,
  Subscription,
  SubscriptionOptions,
  SubscriptionState,
} from "./subscription.ts";
export { createSubscription } from "./subscription-run.ts";
