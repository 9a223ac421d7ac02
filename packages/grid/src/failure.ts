// From what went wrong to the exception that the product page promises: the one place in which errors of calls are made.

import {
  describeCause,
  type FailedCall,
  type HttpAnswer,
  type HttpFailure,
  isError,
  isServiceError,
  messageOf,
  ServiceError,
} from "@x/core";
import {
  GridA2AError,
  GridError,
  type GridErrorOptions,
  GridNetworkError,
  GridServerError,
  GridTimeoutError,
} from "./errors.ts";
import { isBody } from "./wire/forms.ts";
import type { Body } from "./wire/names.ts";
import { WireRefusal } from "./wire/refusal.ts";

/** Takes an error of Grid through core's loops, which know core's errors only. */
export class Carrier extends ServiceError {
  readonly carried: GridError;
  /** The answer that was a refusal, where there was one. */
  readonly answer: HttpAnswer | undefined;

  constructor(carried: GridError, call: Omit<FailedCall, "attempts">, answer?: HttpAnswer) {
    super(carried.message, {
      service: call.service,
      operation: call.operation,
      code: carried.reason,
      retryable: carried.retryable,
      status: statusOf(carried),
      retryAfterMs: retryAfterOf(carried),
      cause: carried,
    });
    this.carried = carried;
    this.answer = answer;
  }
}

const statusOf = (error: GridError): number | undefined =>
  error instanceof GridServerError || error instanceof GridA2AError ? error.status : undefined;

const retryAfterOf = (error: GridError): number | undefined =>
  error instanceof GridServerError || error instanceof GridA2AError ? error.retryAfterMs : undefined;

/** The carrier of a failed attempt. */
export function carrierOf(failure: HttpFailure, call: FailedCall): Carrier {
  const answer = failure.kind === "answer" ? failure.answer : undefined;
  return new Carrier(failureToError(failure, call), call, answer);
}

function failureToError(failure: HttpFailure, { operation, attempts }: FailedCall): GridError {
  const options = { method: operation, attempts };
  switch (failure.kind) {
    case "answer":
      return answerToError(failure.answer, failure.retryAfterMs, options);
    case "connection":
      return new GridNetworkError(
        `${operation}: ${describeCause(failure.cause)}. Check that the server runs and that its url is right.`,
        { ...options, phase: failure.phase, cause: failure.cause },
      );
    case "timeout":
      return timeoutError(operation, attempts, undefined, failure.cause);
    case "no_answer":
    case "too_large":
      return badResponse(operation, describeCause(failure.cause), undefined, {
        ...options,
        cause: failure.cause,
      });
    default:
      return failure satisfies never;
  }
}

function timeoutError(
  method: string,
  attempts: number,
  timeoutMs: number | undefined,
  cause: unknown,
): GridTimeoutError {
  const what =
    attempts === 0
      ? "the time was over before anything was sent"
      : "no whole answer came in time; the server may have acted";
  return new GridTimeoutError(`${method}: ${what}. Allow more with timeoutMs.`, {
    method,
    attempts,
    timeoutMs,
    phase: attempts === 0 ? "connect" : "receive",
    cause,
  });
}

/** An answer that is none of the protocol. */
export function badResponse(
  method: string,
  what: string,
  answer: HttpAnswer | undefined,
  options: GridErrorOptions = {},
): GridServerError {
  return new GridServerError(`${method}: ${what}.`, {
    ...options,
    method,
    code: "bad_response",
    status: answer?.status,
    bodyText: answer?.text,
    requestId: answer && requestIdOf(answer),
  });
}

/** Under which id the server has the request in its log. */
export const requestIdOf = (answer: Pick<HttpAnswer, "header">): string | undefined =>
  answer.header("x-request-id") ?? undefined;

/** Statuses of failures that a later repeat may cure. */
const curable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The error of an answer other than 2xx: of JSON-RPC where its body has such, else of HTTP. */
function answerToError(
  answer: HttpAnswer,
  headerWishMs: number | undefined,
  { method, attempts }: { readonly method: string; readonly attempts: number },
): GridError {
  const { status } = answer;
  const body = parsed(answer.text);
  const requestId = requestIdOf(answer);
  const rpc = rpcErrorOf(body, { method, attempts, status, headerWishMs, requestId });
  if (rpc !== undefined) {
    return rpc;
  }
  const said = restError(body);
  const retryAfterMs = headerWishMs ?? wishOf(said.data);
  const text = said.message ?? (body === undefined ? answer.text.trim().slice(0, 200) : "");
  return new GridServerError(
    `${method}: ${text || "the server gave no reason"} (${said.code ?? `HTTP ${status}`})`,
    {
      method,
      attempts,
      status,
      code: said.code ?? `http_${status}`,
      data: said.data,
      bodyText: answer.text,
      retryAfterMs,
      retryable: curable.has(status),
      requestId,
    },
  );
}

interface RestError {
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly data?: Body | undefined;
}

/** The shapes that servers give their errors, the own one first. */
function restError(body: unknown): RestError {
  if (!isBody(body)) {
    return {};
  }
  const { error, detail, message } = body;
  if (isBody(error)) {
    const { data } = error;
    return {
      message: textIn(error.message),
      code: textIn(error.code),
      data: isBody(data) ? data : undefined,
    };
  }
  const code = textIn(body.code);
  const said = detailText(detail) ?? textIn(message) ?? textIn(error);
  return { message: said, code, data: isBody(body.data) ? body.data : undefined };
}

/** `detail` is a sentence, or a list of what was wrong where. */
function detailText(detail: unknown): string | undefined {
  if (!Array.isArray(detail)) {
    return textIn(detail);
  }
  const lines = detail.filter(isBody).map(({ loc, msg }) => {
    const where = Array.isArray(loc) ? loc.join(".") : "";
    return where === "" ? String(msg) : `${where}: ${String(msg)}`;
  });
  return lines.length === 0 ? undefined : lines.join("; ");
}

/** The error of a JSON-RPC answer, whatever its status; `undefined` for a body without one. */
export function rpcErrorOf(
  body: unknown,
  call: {
    readonly method: string;
    readonly attempts: number;
    readonly status: number;
    readonly headerWishMs?: number | undefined;
    readonly requestId?: string | undefined;
  },
): GridA2AError | undefined {
  const error = isBody(body) ? body.error : undefined;
  if (!isBody(error) || typeof error.code !== "number") {
    return undefined;
  }
  const data = isBody(error.data) ? error.data : {};
  const reason = textIn(data.reason);
  const { headerWishMs, ...names } = call;
  return new GridA2AError(
    `${call.method}: ${textIn(error.message) ?? "the server gave no reason"} (${reason ?? error.code})`,
    {
      ...names,
      code: error.code,
      reason: reason ?? "a2a_error",
      data,
      retryAfterMs: headerWishMs ?? wishOf(data),
      retryable: reason === "rate_limited" || curable.has(call.status),
    },
  );
}

function wishOf(data: Body | undefined): number | undefined {
  const ms = data?.retryAfterMs;
  return typeof ms === "number" && ms >= 0 ? ms : undefined;
}

const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** The value of a JSON text; `undefined` for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a call was about, for the error that it ends with. */
export interface FailedGridCall {
  readonly method: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly messageId?: string | undefined;
}

/** What a caller gets to see of whatever ended its call: an error of Grid, or the reason of its own signal as it is. */
export function endOf(thrown: unknown, call: FailedGridCall): unknown {
  if (call.signal?.aborted) {
    return call.signal.reason;
  }
  const error = gridErrorOf(thrown, call);
  const known: { messageId?: string | undefined } = error;
  known.messageId ??= call.messageId;
  return error;
}

/** The error of Grid for anything that was thrown. */
export function gridErrorOf(thrown: unknown, { method, timeoutMs }: FailedGridCall): GridError {
  if (thrown instanceof Carrier) {
    const { carried } = thrown;
    const counted: { attempts: number } = carried;
    counted.attempts = thrown.attempts;
    if (carried instanceof GridTimeoutError) {
      const timed: { timeoutMs: number | undefined } = carried;
      timed.timeoutMs ??= timeoutMs;
    }
    return carried;
  }
  if (GridError.is(thrown)) {
    return thrown;
  }
  if (thrown instanceof WireRefusal) {
    return new GridError(`${method}: ${thrown.message}`, { method, reason: thrown.reason, cause: thrown });
  }
  if (isServiceError(thrown)) {
    const { message, code, attempts, retryable, cause } = thrown;
    // Core says only that a request could not be prepared; what was thrown there says why.
    if (cause instanceof WireRefusal || GridError.is(cause)) {
      return gridErrorOf(cause, { method });
    }
    return code === "deadline_exceeded"
      ? timeoutError(method, attempts, timeoutMs, thrown)
      : new GridError(message, { method, reason: code, attempts, retryable, cause: thrown });
  }
  return new GridError(`${method} failed unexpectedly: ${messageOf(thrown)}`, {
    method,
    reason: "internal",
    cause: isError(thrown) ? thrown : undefined,
  });
}
