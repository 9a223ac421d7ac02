// The one retry loop of the suite: deadline, safety, budget, pauses and hooks around attempts that know none of it.

import { type Clock, systemClock } from "../clock.ts";
import {
  CancelledError,
  DeadlineExceededError,
  InternalError,
  InvalidArgumentError,
} from "../errors/error-kinds.ts";
import { ServiceError } from "../errors/errors.ts";
import { messageOf } from "../errors/foreign.ts";
import { sleep } from "./abort.ts";
import { type BackoffOptions, pauseMs } from "./backoff.ts";
import type { Deadline } from "./deadline.ts";
import { type Hooks, runHook } from "./hooks.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** What one attempt gets. */
export interface Attempt {
  /** Counts from 1. */
  readonly attempt: number;
  /** The caller's own signal. The attempt ends at once when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** What is left of the deadline, in milliseconds. The attempt, or its transport, ends by then. */
  readonly timeoutMs: number | undefined;
  /** The same for all attempts of the call. */
  readonly idempotencyKey: string | undefined;
}

/** What a decision on a retry can be based on. */
export interface RetryQuestion {
  readonly service: string;
  readonly operation: string;
  /** How the last attempt failed. */
  readonly error: ServiceError;
  /** Attempts so far, at least 1. */
  readonly attempts: number;
  /** Whether a second run of the operation changes nothing. */
  readonly idempotent: boolean;
  readonly idempotencyKey: string | undefined;
  /** Whether there is proof that the server did not act on the last attempt. */
  readonly notProcessed: boolean;
}

/** How to run a call. */
export interface AttemptOptions {
  /** Names of the call for errors and hooks. */
  readonly service: string;
  readonly operation: string;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** The whole call with all attempts and pauses, in milliseconds. No deadline by default. */
  readonly timeoutMs?: number | undefined;
  /** A deadline that spans several calls. The nearer of the two counts. */
  readonly deadline?: Deadline | undefined;
  /** Ends the call at once, pauses included. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Attempts after the first one.
   * @default 2
   */
  readonly maxRetries?: number | undefined;
  /** Shared by all calls of one client. */
  readonly budget?: RetryBudget | undefined;
  /**
   * Whether a second run of the operation changes nothing, so that it may be repeated after an unclear failure.
   * @default false
   */
  readonly idempotent?: boolean | undefined;
  /** Makes a repeat safe on servers that know such keys. */
  readonly idempotencyKey?: string | undefined;
  /**
   * Whether to try again. Bounds, budget and deadline hold in any case.
   * @default defaultShouldRetry
   */
  readonly shouldRetry?: ((question: RetryQuestion) => boolean) | undefined;
  /** Whether what an attempt threw proves that the server did not act. By default nothing does. */
  readonly provenNotProcessed?: ((thrown: unknown) => boolean) | undefined;
  /** Makes an error of the suite from what an attempt threw. */
  readonly toError?: ((thrown: unknown, call: FailedCall) => ServiceError) | undefined;
  readonly backoff?: BackoffOptions | undefined;
  readonly hooks?: Hooks | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Names the call whose attempt failed. */
export interface FailedCall {
  readonly service: string;
  readonly operation: string;
  readonly attempts: number;
}

/**
 * The suite's own rule: a failure that a repeat may cure, of an operation whose repeat is safe. Conflicts and refusals
 * are not retryable, so they never are repeated.
 *
 * @example shouldRetry: (q) => defaultShouldRetry(q) && q.error.code !== "store_unavailable"
 */
export function defaultShouldRetry(question: RetryQuestion): boolean {
  return (
    question.error.retryable &&
    (question.idempotent || question.idempotencyKey !== undefined || question.notProcessed)
  );
}

/**
 * Runs attempts until one succeeds or no further one is allowed. Errors carry the number of attempts.
 *
 * The errors are made here, on the chain of awaits that leads to the caller, and so keep the caller's stack without the
 * price of capturing one for each call. The loop sets no timer for the deadline: each attempt is told what is left and
 * its transport keeps to it.
 *
 * @throws InvalidArgumentError for a signal that is none
 * @throws CancelledError `cancelled` when the signal aborts
 * @throws DeadlineExceededError `deadline_exceeded` when the time is over before an attempt
 * @throws ServiceError what `toError` makes of the last failure
 */
export async function runAttempts<T>(
  options: AttemptOptions,
  attempt: (context: Attempt) => Promise<T>,
): Promise<T> {
  const { hooks, signal } = options;
  if (signal !== undefined && typeof signal.addEventListener !== "function") {
    throw new InvalidArgumentError(
      `${options.operation}: signal must be an AbortSignal.`,
      callNames(options),
    );
  }
  const clock = options.clock ?? systemClock;
  const bounded = options.timeoutMs !== undefined || options.deadline !== undefined;
  const startMono = bounded || hooks !== undefined ? clock.now().mono : 0;
  const endMono = Math.min(startMono + (options.timeoutMs ?? Infinity), options.deadline?.mono ?? Infinity);
  if (hooks !== undefined) {
    runHook(hooks, "onCallStart", hooks.onCallStart, named(options));
  }
  let attempts = 0;
  let error: ServiceError | undefined;
  for (;;) {
    try {
      const timeoutMs = bounded
        ? checkedRemaining(options, endMono - clock.now().mono, attempts, error)
        : undefined;
      if (signal?.aborted) {
        throw cancelled(options, signal, attempts);
      }
      attempts += 1;
      if (hooks !== undefined) {
        runHook(hooks, "onAttempt", hooks.onAttempt, { ...named(options), attempt: attempts });
      }
      const result = await attempt({
        attempt: attempts,
        signal,
        timeoutMs,
        idempotencyKey: options.idempotencyKey,
      });
      options.budget?.succeeded(attempts - 1);
      if (hooks !== undefined) {
        endHook(hooks, options, attempts, clock.now().mono - startMono, undefined);
      }
      return result;
    } catch (thrown) {
      error = toServiceError(options, thrown, attempts);
      const delayMs = signal?.aborted
        ? undefined
        : nextPause(options, thrown, error, attempts, endMono, clock);
      if (delayMs !== undefined) {
        if (hooks !== undefined) {
          runHook(hooks, "onRetry", hooks.onRetry, { ...named(options), attempt: attempts, error, delayMs });
        }
        // An abort during the pause is seen at the head of the next round.
        await sleep(delayMs, { signal, clock }).catch(ignoreAbort);
        continue;
      }
    }
    if (hooks !== undefined) {
      endHook(hooks, options, attempts, clock.now().mono - startMono, error);
    }
    throw error;
  }
}

function ignoreAbort(): void {}

function named(options: AttemptOptions): {
  service: string;
  operation: string;
  idempotencyKey: string | undefined;
} {
  return { service: options.service, operation: options.operation, idempotencyKey: options.idempotencyKey };
}

function endHook(
  hooks: Hooks,
  options: AttemptOptions,
  attempts: number,
  durationMs: number,
  error: ServiceError | undefined,
): void {
  runHook(hooks, "onCallEnd", hooks.onCallEnd, { ...named(options), attempts, durationMs, error });
}

/** The pause before the next attempt; `undefined` if there must be none. Pays for it. */
function nextPause(
  options: AttemptOptions,
  thrown: unknown,
  error: ServiceError,
  attempts: number,
  endMono: number,
  clock: Clock,
): number | undefined {
  if (attempts === 0 || attempts > (options.maxRetries ?? 2)) {
    return undefined;
  }
  const allowed = (options.shouldRetry ?? defaultShouldRetry)({
    service: options.service,
    operation: options.operation,
    error,
    attempts,
    idempotent: options.idempotent ?? false,
    idempotencyKey: options.idempotencyKey,
    notProcessed: options.provenNotProcessed?.(thrown) ?? false,
  });
  if (!allowed) {
    return undefined;
  }
  const remainingMs = endMono === Infinity ? Infinity : endMono - clock.now().mono;
  const delayMs = pauseMs(attempts, error.retryAfterMs, remainingMs, options.backoff, options.random);
  return delayMs !== undefined && (options.budget?.trySpend() ?? true) ? delayMs : undefined;
}

function checkedRemaining(
  options: AttemptOptions,
  remainingMs: number,
  attempts: number,
  cause: unknown,
): number | undefined {
  if (remainingMs > 0) {
    // Whole milliseconds, as timers take them.
    return remainingMs === Infinity ? undefined : Math.ceil(remainingMs);
  }
  throw new DeadlineExceededError(
    `${options.operation}: the time of the call was over before attempt ${attempts + 1} could be sent. Allow more with timeoutMs.`,
    { ...callNames(options), attempts, cause },
  );
}

function callNames(options: AttemptOptions): { service: string; operation: string } {
  return { service: options.service, operation: options.operation };
}

function cancelled(options: AttemptOptions, signal: AbortSignal, attempts: number): CancelledError {
  return new CancelledError(`${options.operation} was cancelled by its signal.`, {
    ...callNames(options),
    attempts,
    cause: signal.reason,
  });
}

function toServiceError(options: AttemptOptions, thrown: unknown, attempts: number): ServiceError {
  if (options.signal?.aborted) {
    return thrown instanceof CancelledError
      ? counted(thrown, attempts)
      : cancelled(options, options.signal, attempts);
  }
  if (thrown instanceof ServiceError) {
    return counted(thrown, attempts);
  }
  if (options.toError !== undefined) {
    return counted(options.toError(thrown, { ...callNames(options), attempts }), attempts);
  }
  const text = messageOf(thrown);
  return new InternalError(`${options.operation} failed unexpectedly: ${text}`, {
    ...callNames(options),
    attempts,
    cause: thrown,
  });
}

function counted(error: ServiceError, attempts: number): ServiceError {
  const mutable: { attempts: number } = error;
  mutable.attempts = attempts;
  return error;
}
