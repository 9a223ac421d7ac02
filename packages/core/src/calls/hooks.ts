// What a caller may watch of each call and attempt. A hook that throws is reported and changes nothing.

import type { ServiceError } from "../errors/errors.ts";
import { callSafely, reportProblem } from "../errors/report.ts";

/** Which call a hook is told about. */
export interface CallInfo {
  readonly service: string;
  readonly operation: string;
  readonly idempotencyKey?: string | undefined;
}

/** One attempt is about to be sent. */
export interface AttemptInfo extends CallInfo {
  /** Counts from 1. */
  readonly attempt: number;
}

/** An attempt failed and will be repeated. */
export interface RetryInfo extends AttemptInfo {
  /** Why. */
  readonly error: ServiceError;
  /** The pause before the next attempt, in milliseconds. */
  readonly delayMs: number;
}

/** A call is over. */
export interface CallEndInfo extends CallInfo {
  /** How often the call was sent. */
  readonly attempts: number;
  /** The whole call with its pauses, in milliseconds of the monotonic clock. */
  readonly durationMs: number;
  /** Absent if the call succeeded. */
  readonly error?: ServiceError | undefined;
}

/** Callbacks for logs, metrics and traces. They run inside the call: keep them short. */
export interface Hooks {
  /** Once per call, before its first attempt. */
  readonly onCallStart?: ((call: CallInfo) => void) | undefined;
  /** Before each attempt. */
  readonly onAttempt?: ((attempt: AttemptInfo) => void) | undefined;
  /** Before each pause. */
  readonly onRetry?: ((retry: RetryInfo) => void) | undefined;
  /** Once per call, also when it failed. */
  readonly onCallEnd?: ((end: CallEndInfo) => void) | undefined;
  /** Gets what another hook threw. By default that becomes a process warning (`console.warn` outside Node). */
  readonly onHookError?: ((error: unknown, hook: string) => void) | undefined;
}

/** Calls one hook, if it is there; what it throws goes to `onHookError`. */
export function runHook<T>(hooks: Hooks, name: string, hook: ((info: T) => void) | undefined, info: T): void {
  if (hook === undefined) {
    return;
  }
  callSafely(
    () => hook.call(hooks, info),
    (error) =>
      reportProblem(
        error,
        `the hook ${name} threw`,
        hooks.onHookError && ((e) => hooks.onHookError?.(e, name)),
      ),
  );
}
