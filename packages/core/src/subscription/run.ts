// Runs a subscription: connect, hand over, and on loss pause, resume or declare a gap.
// States: connecting -> open -> retrying -> connecting ..., and from any of them -> ended, once.

import { onAbort, sleep } from "../calls/abort.ts";
import { type BackoffOptions, pauseMs } from "../calls/backoff.ts";
import { checkOptions } from "../calls/check-options.ts";
import { systemClock } from "../clock.ts";
import { CancelledError, FailedPreconditionError } from "../errors/error-kinds.ts";
import type { ServiceError } from "../errors/errors.ts";
import { callSafely, reportProblem } from "../errors/report.ts";
import { addSite, endedByServer, overflow, resumeGap, toStreamError } from "./errors.ts";
import { createDeliveryQueue } from "./queue.ts";
import { subscriptionRules } from "./rules.ts";
import type {
  Gap,
  StreamSink,
  StreamSource,
  Subscription,
  SubscriptionOptions,
  SubscriptionState,
} from "./subscription.ts";

const defaultBackoff = { baseMs: 100, capMs: 10_000 };

/** Opens a stream. The first request has been handed to the transport when this returns. */
export function createSubscription<T, M, C>(
  source: StreamSource<T, M, C>,
  options: SubscriptionOptions<T, C> = {},
): Subscription<T, C> {
  checkOptions(options, subscriptionRules, source);
  const { clock = systemClock, bufferSize = 1_024, stableAfterMs = 5_000, onItem } = options;
  const backoff: BackoffOptions = options.backoff ?? defaultBackoff;
  const names = { service: source.service, operation: source.operation };
  const isDuplicate = source.isDuplicate?.bind(source) ?? notAfter;
  const site = new Error("subscribed");
  const firstReady = Promise.withResolvers<void>();
  firstReady.promise.catch(ignore);
  const whenEnded = Promise.withResolvers<ServiceError | undefined>();
  const lifetime = new AbortController();

  let isEnded = false;
  let everReady = false;
  let connections = 0;
  /** Failed connections in a row. */
  let failures = 0;
  /** What the reader got, and what the connection brought; the buffer lies between them. */
  let taken = options.cursor;
  let received = source.resumable ? options.cursor : undefined;
  let gap: Gap<C> | undefined;
  let resync: Promise<void> | undefined;
  let readyMono: number | undefined;
  let disconnect: () => Promise<void> = settled;

  const setState = (state: SubscriptionState): void => {
    callSafely(
      () => options.onState?.(state),
      (error) => reportProblem(error, "onState threw"),
    );
  };
  const callbackFailed = (error: unknown): void =>
    reportProblem(error, `the callback of ${source.operation} threw`, options.onCallbackError);
  const deliver =
    onItem &&
    ((item: T): void => {
      callSafely(() => onItem(item), callbackFailed);
    });
  // A stream that resumes loses nothing by a pause.
  const fullMeans = (): "end" | "pause" => options.whenFull ?? (source.resumable ? "pause" : "end");
  const queue = createDeliveryQueue<T, C | undefined>((cursor) => {
    taken = cursor;
  }, deliver);

  const finish = (error: ServiceError | undefined, by: "stream" | "user"): void => {
    if (isEnded) {
      return;
    }
    isEnded = true;
    removeListener();
    if (error !== undefined) {
      addSite(error, site);
    }
    lifetime.abort(error);
    disconnect().catch(ignore);
    queue.end(error, by === "user");
    if (!everReady) {
      firstReady.reject(
        error ?? new CancelledError(`${source.operation} was cancelled before it was ready.`, names),
      );
    }
    whenEnded.resolve(error);
    setState({ state: "ended", error });
    if (by === "stream") {
      tellEnd(error);
    }
  };
  const tellEnd = (error: ServiceError | undefined): void => {
    if (options.onEnd !== undefined) {
      const { onEnd } = options;
      callSafely(
        () => onEnd(error),
        (thrown) => reportProblem(thrown, "onEnd threw"),
      );
    } else if (onItem !== undefined && error !== undefined) {
      reportProblem(error, `${source.operation} ended and has no onEnd`);
    }
  };

  const runResync = async (lost: Gap<C>): Promise<void> => {
    try {
      await options.onResync?.(lost);
    } catch (error) {
      finish(resumeGap(names, connections, lost.cursor, "onResync failed", error), "stream");
    }
    resync = undefined;
    queue.release();
  };

  const markReady = (cursor?: C): void => {
    if (isEnded) {
      return;
    }
    if (readyMono === undefined) {
      readyMono = clock.now().mono;
      everReady = true;
      firstReady.resolve();
      setState({ state: "open", connection: connections });
      if (gap !== undefined) {
        const lost = gap;
        gap = undefined;
        queue.hold();
        // Raced, so that a handler which waits for our close() does not wait for itself.
        resync = Promise.race([runResync(lost), whenEnded.promise]).then(ignore);
      }
    }
    if (cursor !== undefined) {
      sink.advance(cursor);
    }
  };
  const sink: StreamSink<T, C> = {
    ready: markReady,
    push(item: T, cursor?: C): void {
      if (isEnded) {
        return;
      }
      if (readyMono === undefined) {
        markReady();
      }
      if (cursor !== undefined) {
        if (received !== undefined && isDuplicate(cursor, received)) {
          return;
        }
        received = cursor;
      }
      if (fullMeans() === "end" && queue.size >= bufferSize) {
        finish(overflow(names, connections, bufferSize), "stream");
        return;
      }
      queue.push(item, cursor ?? received);
    },
    advance(cursor: C): void {
      if (!isEnded && (received === undefined || !isDuplicate(cursor, received))) {
        received = cursor;
        queue.advance(cursor);
      }
    },
  };

  /** One connection, to its end. */
  const connectOnce = async (): Promise<ServiceError | undefined> => {
    connections += 1;
    readyMono = undefined;
    setState({ state: "connecting", connection: connections });
    if (isEnded) {
      return undefined;
    }
    const controller = new AbortController();
    let iterator: AsyncIterator<M> | undefined;
    let closing: Promise<void> | undefined;
    disconnect = () => {
      closing ??= closeIterator(controller, iterator);
      return closing;
    };
    const mine = connections;
    const ready = (): void => {
      if (mine === connections) {
        markReady();
      }
    };
    try {
      iterator = source.open({ cursor: received, signal: controller.signal, ready })[Symbol.asyncIterator]();
      while (!isEnded) {
        const step = await iterator.next();
        if (resync !== undefined) {
          await resync;
        }
        if (step.done || isEnded) {
          break;
        }
        source.receive(step.value, sink);
        if (fullMeans() === "pause" && queue.size >= bufferSize) {
          await queue.shrunkTo(bufferSize - 1);
        }
      }
      return undefined;
    } catch (thrown) {
      return toStreamError(source, thrown, connections);
    } finally {
      await disconnect();
      await resync;
    }
  };

  /** What follows the end of a connection: the pause before the next one, or `undefined` if the stream is over. */
  const afterConnection = async (cause: ServiceError | undefined): Promise<number | undefined> => {
    if (cause === undefined && source.onServerEnd === "end") {
      finish(undefined, "stream");
      return undefined;
    }
    const error = cause ?? endedByServer(names, connections);
    const refused = received !== undefined && (source.isResumeGap?.(error) ?? false);
    if (refused || (!source.resumable && everReady)) {
      gap ??= { cursor: received ?? taken, error };
    }
    if (!refused && !(source.shouldReconnect?.(error) ?? error.retryable)) {
      finish(error, "stream");
      return undefined;
    }
    if (gap !== undefined && options.onResync === undefined) {
      const why = refused ? "the server cannot go back that far" : "this stream cannot resume";
      finish(resumeGap(names, connections, gap.cursor, why, error), "stream");
      return undefined;
    }
    if (gap !== undefined) {
      received = undefined;
      // The handler reads a newer state than the items that still wait; those go first.
      await queue.shrunkTo(0);
    }
    failures = readyMono !== undefined && clock.now().mono - readyMono >= stableAfterMs ? 1 : failures + 1;
    if (failures > (everReady ? (options.maxReconnects ?? Infinity) : (options.initialRetries ?? 2))) {
      finish(error, "stream");
      return undefined;
    }
    const delayMs =
      // A wish that is too long, or that nobody can read, is no reason to come back at once.
      pauseMs(failures, error.retryAfterMs, Infinity, backoff, options.random) ??
      backoff.capMs ??
      defaultBackoff.capMs;
    if (!isEnded) {
      setState({ state: "retrying", connection: connections, delayMs, error });
    }
    return delayMs;
  };

  const run = async (): Promise<void> => {
    while (!isEnded) {
      const error = await connectOnce();
      const delayMs = isEnded ? undefined : await afterConnection(error);
      if (delayMs === undefined || isEnded) {
        return;
      }
      // A stream in use keeps the process alive between its sockets too, else a restart of the server would end it.
      await sleep(delayMs, { signal: lifetime.signal, clock }).catch(ignore);
    }
  };

  const cancel = (): void => finish(undefined, "user");
  let removeListener: () => void = ignore;
  removeListener = onAbort(options.signal, (reason) =>
    finish(
      new CancelledError(`${source.operation} was cancelled by its signal.`, { ...names, cause: reason }),
      "user",
    ),
  );
  const done = run().catch((thrown: unknown) => finish(toStreamError(source, thrown, connections), "stream"));
  const close = (): Promise<void> => {
    cancel();
    return done;
  };
  const iterator: AsyncIterator<T, undefined> = {
    next: () => queue.next(),
    return: () => {
      cancel();
      return Promise.resolve({ value: undefined, done: true });
    },
  };

  return {
    ready: firstReady.promise,
    ended: whenEnded.promise,
    get cursor(): C | undefined {
      return taken;
    },
    cancel,
    close,
    [Symbol.dispose]: cancel,
    [Symbol.asyncDispose]: close,
    [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
      if (onItem !== undefined) {
        throw new FailedPreconditionError(
          `${source.operation}: this subscription hands its items to onItem; leave that out to iterate.`,
          { ...names, code: "subscription_has_callback" },
        );
      }
      return iterator;
    },
  };
}

function ignore(): void {}

function settled(): Promise<void> {
  return Promise.resolve();
}

function notAfter(cursor: unknown, last: unknown): boolean {
  if (typeof cursor === "bigint" && typeof last === "bigint") {
    return cursor <= last;
  }
  return typeof cursor === "number" && typeof last === "number" ? cursor <= last : cursor === last;
}

async function closeIterator<M>(
  controller: AbortController,
  iterator: AsyncIterator<M> | undefined,
): Promise<void> {
  controller.abort();
  try {
    await iterator?.return?.();
  } catch {
    // The connection is being thrown away; how it takes that does not matter to anyone.
  }
}
