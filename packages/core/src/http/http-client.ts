// The HTTP client of the suite: one way in which every method of every service calls its server.

import { createHttpEngine } from "#http-engine";
import { type LinkedSignal, linkSignals, raceSignal } from "../calls/abort.ts";
import { DeadlinePassed } from "../calls/deadline.ts";
import { checkIdempotencyKey } from "../calls/idempotency.ts";
import { type Attempt, type FailedCall, runAttempts } from "../calls/retry.ts";
import { createRetryBudget, type RetryBudget } from "../calls/retry-budget.ts";
import { systemClock } from "../clock.ts";
import { CancelledError } from "../errors/error-kinds.ts";
import { ServiceError } from "../errors/errors.ts";
import {
  AnswerTooLarge,
  BrokenAnswer,
  type HttpAnswer,
  type HttpStream,
  NoAnswer,
  WholeAnswer,
} from "./answer.ts";
import type { EngineAnswer } from "./engine.ts";
import { failureOf, httpError, isRetryableStatus, provenNotSent } from "./http-error.ts";
import type { HttpClientOptions, HttpRequest } from "./http-options.ts";
import { kyEngine } from "./ky.ts";
import { headersOf, prepareAttempt } from "./prepare.ts";
import { retryAfterMs } from "./retry-after.ts";
import { checkBaseUrl, queryText } from "./url.ts";

export interface HttpClient extends AsyncDisposable {
  readonly baseUrl: string;
  /**
   * Sends until there is a 2xx answer or no further attempt is allowed.
   *
   * @throws ServiceError of `toError`; `cancelled` when the signal aborts or the client is closed
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * One attempt, without deadline or retry, for answers that are read while they come. The signal ends the body too.
   *
   * @throws ServiceError of `toError`
   */
  open(request: HttpRequest & { readonly signal: AbortSignal }): Promise<HttpStream>;
  /** Ends what is under way and closes the connections. */
  close(): Promise<void>;
}

const defaultMaxResponseBytes = 16 * 1024 * 1024;
const repeatable: ReadonlySet<string> = new Set(["GET", "PUT", "DELETE"]);

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { service, clock = systemClock, maxResponseBytes = defaultMaxResponseBytes } = options;
  const baseUrl = checkBaseUrl(options.baseUrl, service);
  const isForeign = options.fetch !== undefined;
  const engine = options.fetch === undefined ? createHttpEngine() : kyEngine(options.fetch);
  const budget: RetryBudget = createRetryBudget();
  const underWay = new Map<LinkedSignal, string>();
  let isClosed = false;
  /** One for each call: an error carries what it met. */
  const closedError = (operation: string): CancelledError =>
    new CancelledError(`${operation}: the client of ${service} is closed.`, { service, operation });
  const makeError = options.toError ?? httpError;
  const toError = (thrown: unknown, call: FailedCall): ServiceError => makeError(failureOf(thrown), call);

  /** Sends one attempt. `signal` ends it, and what is prepared for it as well. */
  const start = async (
    request: HttpRequest,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<EngineAnswer> => {
    const prepared = await prepareAttempt(request, { ...attempt, signal }, service);
    const url = baseUrl + request.path + queryText(prepared.query ?? request.query);
    const headers = headersOf(request, prepared, options.headers, attempt.idempotencyKey);
    const body = prepared.body ?? request.body;
    const init = { method: request.method, headers, signal, redirect: "manual" } as const;
    return await engine.send(url, body === undefined ? init : { ...init, body });
  };

  /** The status alone decides a call that was refused: a body that cannot be read must not make it be sent again. */
  const readWhole = async (answer: EngineAnswer, signal: AbortSignal): Promise<HttpAnswer> => {
    try {
      return new WholeAnswer(answer, await answer.bytes(maxResponseBytes));
    } catch (error) {
      const decides = error instanceof NoAnswer || !isRetryableStatus(answer.status);
      if (signal.aborted || answer.status < 300 || !decides) {
        const says = error instanceof NoAnswer || error instanceof AnswerTooLarge;
        throw says ? error : new BrokenAnswer(error);
      }
      return new WholeAnswer(answer, new Uint8Array());
    }
  };

  const refuse = (answer: HttpAnswer, call: FailedCall): ServiceError => {
    const wish = retryAfterMs(answer.header("retry-after"), clock.now().wall);
    return makeError({ kind: "answer", answer, retryAfterMs: wish }, call);
  };

  /** One attempt from connect to the last byte of the body, under one signal for deadline, caller and close. */
  const sendOnce = async (request: HttpRequest, attempt: Attempt): Promise<HttpAnswer> => {
    if (isClosed) {
      throw closedError(request.operation);
    }
    const linked = linkSignals(attempt.signal);
    underWay.set(linked, request.operation);
    const { timeoutMs } = attempt;
    const timer =
      timeoutMs === undefined
        ? undefined
        : clock.setTimer(timeoutMs, () => linked.abort(new DeadlinePassed(timeoutMs)), { ref: false });
    const whole = async (): Promise<HttpAnswer> =>
      readWhole(await start(request, attempt, linked.signal), linked.signal);
    try {
      // A foreign fetch may ignore its signal; ours does not.
      return await (isForeign ? raceSignal(whole(), linked.signal) : whole());
    } catch (error) {
      // Whatever a cut connection says, the reason is why it was cut.
      throw linked.signal.aborted ? linked.signal.reason : error;
    } finally {
      timer?.cancel();
      underWay.delete(linked);
      linked[Symbol.dispose]();
    }
  };

  return {
    baseUrl,

    async send(request: HttpRequest): Promise<HttpAnswer> {
      const { operation, idempotencyKey } = request;
      const call = { service, operation };
      const timeoutMs = request.timeoutMs ?? options.timeoutMs;
      return await runAttempts(
        {
          ...call,
          clock,
          budget,
          toError,
          timeoutMs: timeoutMs === Infinity ? undefined : timeoutMs,
          deadline: request.deadline,
          signal: request.signal,
          maxRetries: request.maxRetries ?? options.maxRetries,
          idempotent: request.idempotent ?? repeatable.has(request.method),
          idempotencyKey:
            idempotencyKey === undefined ? undefined : checkIdempotencyKey(idempotencyKey, call),
          shouldRetry: options.shouldRetry,
          provenNotProcessed: provenNotSent,
          backoff: options.backoff,
          hooks: options.hooks,
          random: options.random,
        },
        async (attempt) => {
          const answer = await sendOnce(request, attempt);
          const failed: FailedCall = { ...call, attempts: attempt.attempt };
          if (answer.status < 200 || answer.status >= 300) {
            throw refuse(answer, failed);
          }
          const refused = request.refuse?.(answer, failed);
          if (refused !== undefined) {
            throw refused;
          }
          return answer;
        },
      );
    },

    async open(request: HttpRequest & { readonly signal: AbortSignal }): Promise<HttpStream> {
      const { operation, signal } = request;
      const call: FailedCall = { service, operation, attempts: 1 };
      if (isClosed) {
        throw closedError(operation);
      }
      const linked = linkSignals(signal);
      underWay.set(linked, operation);
      const letGo = (): void => {
        underWay.delete(linked);
        linked[Symbol.dispose]();
      };
      const attempt: Attempt = {
        attempt: 1,
        signal: linked.signal,
        timeoutMs: undefined,
        idempotencyKey: request.idempotencyKey,
      };
      const failed = (error: unknown): ServiceError => {
        const thrown: unknown = linked.signal.aborted ? linked.signal.reason : error;
        return thrown instanceof ServiceError ? thrown : toError(thrown, call);
      };
      try {
        const answer = await start(request, attempt, linked.signal);
        if (answer.status >= 200 && answer.status < 300) {
          return {
            status: answer.status,
            header: (name) => answer.header(name),
            chunks: () => chunksUnder(linked.signal, answer.chunks(), letGo),
            async whole() {
              try {
                return await readWhole(answer, linked.signal);
              } catch (error) {
                throw failed(error);
              } finally {
                letGo();
              }
            },
          };
        }
        throw refuse(await readWhole(answer, linked.signal), call);
      } catch (error) {
        letGo();
        throw failed(error);
      }
    },

    async close(): Promise<void> {
      isClosed = true;
      for (const [linked, operation] of underWay) {
        linked.abort(closedError(operation));
      }
      engine.close();
    },
    [Symbol.asyncDispose](): Promise<void> {
      return this.close();
    },
  };
}

/** The pieces of a body. One that is cut because its signal aborts ends with the signal's reason. */
async function* chunksUnder(
  signal: AbortSignal,
  chunks: AsyncIterable<Uint8Array>,
  letGo: () => void,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* chunks;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    letGo();
  }
}
