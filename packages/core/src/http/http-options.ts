// What a client of a service is told once, and what it is told with each call.

import type { BackoffOptions } from "../calls/backoff.ts";
import type { Deadline } from "../calls/deadline.ts";
import type { Hooks } from "../calls/hooks.ts";
import type { Attempt, FailedCall, RetryQuestion } from "../calls/retry.ts";
import type { Clock } from "../clock.ts";
import type { ServiceError } from "../errors/errors.ts";
import type { HttpAnswer } from "./answer.ts";
import type { Fetch } from "./engine.ts";
import type { HttpFailure } from "./http-error.ts";
import type { Query } from "./url.ts";

/** Settings of a client. */
export interface HttpClientOptions {
  /** The service's name in errors and hooks. */
  readonly service: string;
  /** Trailing slashes are trimmed. */
  readonly baseUrl: string;
  /** Sent with every request; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Deadline of calls that name none, in milliseconds. @default none */
  readonly timeoutMs?: number | undefined;
  /** @default 2 */
  readonly maxRetries?: number | undefined;
  /** Longest body that is read, in bytes. @default 16 MiB */
  readonly maxResponseBytes?: number | undefined;
  /** Takes the place of the built-in one. */
  readonly fetch?: Fetch | undefined;
  /** The service's error for a failure. @default {@link httpError} */
  readonly toError?: ((failure: HttpFailure, call: FailedCall) => ServiceError) | undefined;
  /** @default defaultShouldRetry */
  readonly shouldRetry?: ((question: RetryQuestion) => boolean) | undefined;
  readonly backoff?: BackoffOptions | undefined;
  readonly hooks?: Hooks | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** A body that goes out: a text as UTF-8, or bytes. */
export type HttpBody = string | Uint8Array<ArrayBuffer>;

/** What is made afresh for one attempt. */
export interface Prepared {
  readonly query?: Query | undefined;
  readonly body?: HttpBody | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One call. */
export interface HttpRequest {
  /** The name of the method in errors and hooks. */
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Behind the base URL, with its values encoded (see {@link fillPath}). */
  readonly path: string;
  readonly query?: Query | undefined;
  /**
   * Sent as it is. Unless a header says otherwise, a text goes as `application/json` and bytes as
   * `application/octet-stream`.
   */
  readonly body?: HttpBody | undefined;
  /** Whether a repeat changes nothing. @default true for GET, PUT and DELETE */
  readonly idempotent?: boolean | undefined;
  /** Sent as `idempotency-key`, the same with every attempt, and makes a repeat safe. */
  readonly idempotencyKey?: string | undefined;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Called for each attempt, for what must be fresh in each: a timestamp, a nonce, a signature. Query and body that it
   * gives take the place of the call's own, headers are added. It counts against the deadline, and what it throws ends the
   * call without a repeat.
   */
  readonly prepare?: ((attempt: Attempt) => Prepared | Promise<Prepared>) | undefined;
  /** The error of an answer of 2xx that is a failure all the same, as JSON-RPC has it; `undefined` for none. */
  readonly refuse?: ((answer: HttpAnswer, call: FailedCall) => ServiceError | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The whole call, in milliseconds. `Infinity` for none. @default the client's */
  readonly timeoutMs?: number | undefined;
  /** A deadline that spans several calls. */
  readonly deadline?: Deadline | undefined;
  readonly maxRetries?: number | undefined;
}
