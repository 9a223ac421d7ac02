// What a stream of events is to its user, and what a service tells about its stream.

import type { BackoffOptions } from "../calls/backoff.ts";
import type { FailedCall } from "../calls/retry.ts";
import type { Clock } from "../clock.ts";
import type { ServiceError } from "../errors/errors.ts";

/**
 * A stream that outlives its connections: it reconnects, resumes behind the last item and drops what it has seen.
 * Read it with `for await` (one reader; leaving the loop cancels), or give `onItem` and it calls back.
 *
 * @typeParam C the server's position in the stream, such as a sequence number.
 */
export interface Subscription<T, C> extends AsyncIterable<T, undefined>, Disposable, AsyncDisposable {
  /**
   * Resolves when the server has the subscription in force for the first time: what happens after that is delivered.
   * Rejects if the stream ends before. Nobody has to look at it.
   */
  readonly ready: Promise<void>;
  /** The position of the last item that the reader got. Kept by a program, it is where a later one goes on. */
  readonly cursor: C | undefined;
  /** Resolves when the stream is over: with its error, or with nothing after `cancel()`, `close()` or a plain end. */
  readonly ended: Promise<ServiceError | undefined>;
  /** Ends it at once. What is buffered is dropped, and no callback runs after this returned. */
  cancel(): void;
  /** `cancel()`, and waits until the connection is gone. */
  close(): Promise<void>;
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>;
}

/** Why and where items may have been missed. */
export interface Gap<C> {
  /** The last position that was received before the gap. */
  readonly cursor: C | undefined;
  /** How the connection ended, or how the server refused to resume. */
  readonly error: ServiceError;
}

/** Where a subscription stands. */
export type SubscriptionState =
  | { readonly state: "connecting"; readonly connection: number }
  | { readonly state: "open"; readonly connection: number }
  | {
      readonly state: "retrying";
      readonly connection: number;
      readonly delayMs: number;
      readonly error: ServiceError;
    }
  | { readonly state: "ended"; readonly error: ServiceError | undefined };

/** What the user of a stream may choose. */
export interface SubscriptionOptions<T, C> {
  /** Starts behind this position instead of now. Only where the service can resume. */
  readonly cursor?: C | undefined;
  /** Ends the stream with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Gets each item at once, in order; then the subscription is not iterable. What it throws, or rejects with, goes to
   * `onCallbackError` and does not end the stream. A promise is not waited for: iterate if the stream shall wait.
   */
  readonly onItem?: ((item: T) => void | Promise<void>) | undefined;
  /** Gets what `onItem` threw. By default that becomes a process warning. */
  readonly onCallbackError?: ((error: unknown) => void) | undefined;
  /** Called once if the stream ends by itself: with the error, or with nothing after a plain end by the server. */
  readonly onEnd?: ((error: ServiceError | undefined) => void) | undefined;
  /**
   * Called when the stream is in force again but items between may be missing: read the state anew here. Items that
   * come meanwhile wait until it has resolved. Without it such a stream ends with `resume_gap`.
   */
  readonly onResync?: ((gap: Gap<C>) => void | Promise<void>) | undefined;
  /** Told about each change of the connection. */
  readonly onState?: ((state: SubscriptionState) => void) | undefined;
  /**
   * Items that may wait for a slow reader.
   * @default 1024
   */
  readonly bufferSize?: number | undefined;
  /**
   * What happens when the buffer is full: `end` delivers what is buffered, then `subscription_overflow`; `pause` stops
   * reading from the connection, which slows down everything else on it.
   * @default "pause" where the stream can resume, and so loses nothing by it, else "end"
   */
  readonly whenFull?: "end" | "pause" | undefined;
  /**
   * Connections to try before the first one is in force, after the first attempt.
   * @default 2
   */
  readonly initialRetries?: number | undefined;
  /**
   * Failed connections in a row before the stream gives up, once it was in force.
   * @default Infinity
   */
  readonly maxReconnects?: number | undefined;
  /**
   * Pauses between connections.
   * @default { baseMs: 100, capMs: 10_000 }
   */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * A connection that was in force for this long, in milliseconds, makes the next pause a first one again.
   * @default 5000
   */
  readonly stableAfterMs?: number | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** What a connection gets. */
export interface StreamConnection<C> {
  /** Start behind this position; absent: start now. Always absent where the source cannot resume. */
  readonly cursor: C | undefined;
  /** The connection ends promptly when this aborts: a pending `next()` settles. */
  readonly signal: AbortSignal;
  /** Says that the server has the stream in force, where no message of the stream says so (see {@link StreamSink.ready}). */
  ready(): void;
}

/** Takes apart what a connection brings. */
export interface StreamSink<T, C> {
  /** The server has the stream in force, from this position on if it names one. Any item says so too. */
  ready(cursor?: C): void;
  /** One item and its position. Positions at or before the last one are duplicates and dropped. */
  push(item: T, cursor?: C): void;
  /** Everything up to this position was delivered. */
  advance(cursor: C): void;
}

/**
 * A service's stream: gRPC messages, SSE events and polled pages all fit. One message may hold many items, so that no
 * generator stands between the wire and the reader.
 *
 * @typeParam M one message of the connection.
 */
export interface StreamSource<T, M, C> {
  /** Names for errors. */
  readonly service: string;
  readonly operation: string;
  /** Whether the server can go on behind a cursor. If not, each reconnect is a gap. */
  readonly resumable: boolean;
  /** Opens a connection, sending the request before it returns. */
  open(connection: StreamConnection<C>): AsyncIterable<M>;
  /** Hands the contents of one message to the sink; throws to end the connection. */
  receive(message: M, sink: StreamSink<T, C>): void;
  /** Makes an error of the suite from what a connection threw. */
  toError?(thrown: unknown, call: FailedCall): ServiceError;
  /** Whether to connect again after this error. By default if it is retryable. */
  shouldReconnect?(error: ServiceError): boolean;
  /** Whether this error says that the server cannot go on behind our cursor. By default none does. */
  isResumeGap?(error: ServiceError): boolean;
  /** Whether the item at `cursor` was delivered before the one at `last`, or is it. By default `cursor <= last` for numbers and bigints, `cursor === last` for all else. */
  isDuplicate?(cursor: C, last: C): boolean;
  /**
   * What it means that the server ends the stream without an error.
   * @default "reconnect"
   */
  readonly onServerEnd?: "reconnect" | "end";
}
