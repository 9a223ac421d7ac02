// One connection to the service, and the one way in which every method calls it.

import {
  type BackoffOptions,
  type Clock,
  callRules,
  checkOptions,
  createHttpClient,
  type Deadline,
  DeadlineExceededError,
  defaultShouldRetry,
  type Fetch,
  fillPath,
  type Hooks,
  type HttpRequest,
  type OptionRules,
  type Query,
  type RetryQuestion,
  systemClock,
} from "@x/core";
import { failureToError, invalidAnswer, timeoutError } from "../failure.ts";
import { type Body, parseBody } from "../wire/body.ts";
import type { Paths } from "../wire/paths.ts";
import type { CallOptions } from "./call-options.ts";

/** The service's name in errors and hooks. */
export const serviceName = "agentdraft";

export interface ConnectionOptions {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly paths: Paths;
  readonly fetch?: Fetch | undefined;
  readonly hooks?: Hooks | undefined;
  readonly clock?: Clock | undefined;
}

/** One call of a method. */
export interface ConnectionCall {
  readonly operation: string;
  readonly method: HttpRequest["method"];
  readonly path: keyof Paths;
  /** For the `{names}` of the path. */
  readonly values?: Readonly<Record<string, string>>;
  readonly encode?: (value: string) => string;
  readonly query?: Query;
  /** An object, or JSON text that is sent as it is. */
  readonly body?: Body | string;
  /** Whether a repeat changes nothing. @default true for GET and DELETE */
  readonly idempotent?: boolean;
  readonly idempotencyKey?: string;
  readonly deadline?: Deadline;
  /** What the options of the call must be. @default those that every call has */
  readonly rules?: OptionRules<object>;
}

export interface Connection extends AsyncDisposable {
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Deadline of calls that name none, in milliseconds. */
  readonly timeoutMs: number;
  /** The object of the answer. */
  call(call: ConnectionCall, options?: CallOptions): Promise<Body>;
  /** The text of the answer, for bodies whose numbers matter. */
  callText(call: ConnectionCall, options?: CallOptions): Promise<string>;
  close(): Promise<void>;
}

const backoff: BackoffOptions = { baseMs: 250, capMs: 8_000 };

/** A longer wish of the server is for the caller to decide on. */
const longestRetryAfterMs = 30_000;

function shouldRetry(question: RetryQuestion): boolean {
  return defaultShouldRetry(question) && (question.error.retryAfterMs ?? 0) <= longestRetryAfterMs;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { paths, clock = systemClock, hooks } = options;
  const http = createHttpClient({
    service: serviceName,
    baseUrl: options.baseUrl,
    headers: { authorization: `Bearer ${options.apiKey}`, "user-agent": options.userAgent },
    timeoutMs: options.timeoutMs,
    maxRetries: options.maxRetries,
    fetch: options.fetch,
    toError: failureToError,
    shouldRetry,
    backoff,
    hooks,
    clock,
  });

  const callText = async (call: ConnectionCall, callOptions: CallOptions = {}): Promise<string> => {
    const { operation, values, body } = call;
    checkOptions(callOptions, call.rules ?? callRules, { service: serviceName, operation });
    const { headers } = callOptions;
    const path = paths[call.path];
    try {
      const answer = await http.send({
        operation,
        method: call.method,
        path:
          values === undefined
            ? path
            : fillPath(path, values, { service: serviceName, operation }, call.encode ?? encodeURIComponent),
        query: call.query,
        body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
        idempotent: call.idempotent,
        idempotencyKey: call.idempotencyKey,
        deadline: call.deadline,
        signal: callOptions.signal,
        timeoutMs: callOptions.timeoutMs,
        maxRetries: callOptions.maxRetries,
        headers: headers === undefined ? undefined : lowerCased(headers),
      });
      return answer.text;
    } catch (error) {
      // The loop's own, when the time is over before an attempt: to callers the same as one that is over later.
      throw error instanceof DeadlineExceededError ? timeoutError(error, error) : error;
    }
  };

  return {
    baseUrl: http.baseUrl,
    clock,
    timeoutMs: options.timeoutMs,
    callText,
    async call(call: ConnectionCall, callOptions?: CallOptions): Promise<Body> {
      const text = await callText(call, callOptions);
      const body = parseBody(text);
      if (body === undefined) {
        throw invalidAnswer(call.operation, "a JSON object", { raw: text.slice(0, 500) });
      }
      return body;
    },
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
