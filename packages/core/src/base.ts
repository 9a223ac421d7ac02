// What every client of the suite shares, whatever it speaks: without HTTP, JSON and web signatures, which a gRPC client should
// not wait for.

export { fromBase64Url, fromHex, isBytes, toBase64Url, toHex } from "./bytes.ts";
export { type LinkedSignal, linkSignals, raceSignal, type SleepOptions, sleep } from "./calls/abort.ts";
export type { BackoffOptions } from "./calls/backoff.ts";
export { callRules, clientRules, clockRule } from "./calls/call-rules.ts";
export {
  type CheckedCall,
  checkArgument,
  checkOptions,
  must,
  type OptionRule,
  type OptionRules,
} from "./calls/check-options.ts";
export { type Deadline, deadlineIn } from "./calls/deadline.ts";
export type { AttemptInfo, CallEndInfo, CallInfo, Hooks, RetryInfo } from "./calls/hooks.ts";
export { checkIdempotencyKey, newIdempotencyKey } from "./calls/idempotency.ts";
export {
  type Attempt,
  type AttemptOptions,
  defaultShouldRetry,
  type FailedCall,
  type RetryQuestion,
  runAttempts,
} from "./calls/retry.ts";
export { createRetryBudget, type RetryBudget, type RetryBudgetOptions } from "./calls/retry-budget.ts";
export { type Clock, type Now, systemClock, type Timer } from "./clock.ts";
export { environmentValue } from "./environment.ts";
export { brandError, isBrandedInstance } from "./errors/error-brand.ts";
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
} from "./errors/error-kinds.ts";
export {
  type ErrorDetails,
  type GrpcCodeName,
  hasCode,
  isServiceError,
  ServiceError,
  type ServiceErrorDefaults,
  type ServiceErrorJson,
  type ServiceErrorOptions,
} from "./errors/errors.ts";
export { codeOf, isDate, isError, messageOf } from "./errors/foreign.ts";
export { redact, redactText } from "./errors/redact.ts";
export { callSafely, reportProblem } from "./errors/report.ts";
export { equalBytes, hmacSha256, sha256, sha256Hex } from "./identity/hash.ts";
export { generateIdentity, type Identity, identityFromSeed, type SeedEncoding } from "./identity/identity.ts";
export { type PublicKeyProblem, publicKeyProblem } from "./identity/public-key.ts";
export { createVerifier, type Signer, type Verify, verifySignature } from "./identity/signer.ts";
export { uuid5 } from "./identity/uuid5.ts";
export { keepNewest } from "./newest.ts";
export { packageFile, packageVersion } from "./package-files.ts";
export { createSubscription } from "./subscription/run.ts";
export type {
  Gap,
  StreamConnection,
  StreamSink,
  StreamSource,
  Subscription,
  SubscriptionOptions,
  SubscriptionState,
} from "./subscription/subscription.ts";
