// The failures of HTTP calls, and the errors of the suite for them.

import { DeadlinePassed } from "../calls/deadline.ts";
import type { FailedCall } from "../calls/retry.ts";
import * as kinds from "../errors/error-kinds.ts";
import type { ServiceError, ServiceErrorOptions } from "../errors/errors.ts";
import { codeOf, isError } from "../errors/foreign.ts";
import { AnswerTooLarge, BrokenAnswer, type HttpAnswer, NoAnswer } from "./answer.ts";

/** How an attempt failed. */
export type HttpFailure =
  /** The server answered with a status other than 2xx. */
  | { readonly kind: "answer"; readonly answer: HttpAnswer; readonly retryAfterMs: number | undefined }
  /** No answer, or not all of it. `connect`: nothing was sent; `send`: no answer began; `receive`: it broke off. */
  | {
      readonly kind: "connection";
      readonly cause: unknown;
      readonly phase: "connect" | "send" | "receive";
    }
  /** The deadline of the call passed; the server may have acted. */
  | { readonly kind: "timeout"; readonly cause: unknown }
  /** The server sent something that can never be an answer of its. */
  | { readonly kind: "no_answer"; readonly cause: NoAnswer }
  /** The answer is longer than the client takes. */
  | { readonly kind: "too_large"; readonly cause: unknown };

/** Sorts what a request threw. */
export function failureOf(thrown: unknown): HttpFailure {
  if (thrown instanceof DeadlinePassed) {
    return { kind: "timeout", cause: thrown };
  }
  if (thrown instanceof AnswerTooLarge) {
    return { kind: "too_large", cause: thrown };
  }
  if (thrown instanceof NoAnswer) {
    return { kind: "no_answer", cause: thrown };
  }
  if (thrown instanceof BrokenAnswer) {
    return { kind: "connection", cause: thrown.cause, phase: "receive" };
  }
  return { kind: "connection", cause: thrown, phase: provenNotSent(thrown) ? "connect" : "send" };
}

/** The same for what ended a body whose headers had come. */
export function bodyFailureOf(thrown: unknown): HttpFailure {
  return failureOf(thrown instanceof AnswerTooLarge ? thrown : new BrokenAnswer(thrown));
}

/** Why a connection failed, in words: the innermost cause with a text, since wrappers say `fetch failed`. */
export function describeCause(cause: unknown): string {
  for (const error of causes(cause)) {
    if (!isError(error) || error.cause === undefined) {
      return isError(error) ? error.message || error.name : String(error);
    }
  }
  return "no reason given";
}

/** System codes of failures before a connection stood: nothing was sent, so the server cannot have acted. */
const neverConnected: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether what a request threw proves that it never reached a server. */
export function provenNotSent(thrown: unknown): boolean {
  return causes(thrown).some((error) => neverConnected.has(codeOf(error)));
}

/** The error and its causes, outermost first; a bound, since causes may form a ring. */
function causes(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let error = thrown; error !== undefined && chain.length < 8; ) {
    chain.push(error);
    error = isError(error) ? error.cause : undefined;
  }
  return chain;
}

type ErrorKind = new (message: string, options: ServiceErrorOptions) => ServiceError;

const kindOfStatus: ReadonlyMap<number, ErrorKind> = new Map<number, ErrorKind>([
  [400, kinds.InvalidArgumentError],
  [401, kinds.UnauthenticatedError],
  [403, kinds.PermissionDeniedError],
  [404, kinds.NotFoundError],
  [408, kinds.UnavailableError],
  [409, kinds.ConflictError],
  [413, kinds.InvalidArgumentError],
  [422, kinds.InvalidArgumentError],
  [429, kinds.ResourceExhaustedError],
  [501, kinds.UnimplementedError],
  [502, kinds.UnavailableError],
  [503, kinds.UnavailableError],
  [504, kinds.UnavailableError],
]);

/** Statuses of failures that a later repeat may cure. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);
}

/** The suite's own error for a failure, for services that name none. */
export function httpError(failure: HttpFailure, call: FailedCall): ServiceError {
  const { operation } = call;
  switch (failure.kind) {
    case "answer": {
      const { status } = failure.answer;
      const Kind = kindOfStatus.get(status) ?? kinds.InternalError;
      return new Kind(`${operation}: the server answered with HTTP status ${status}.`, {
        ...call,
        status,
        retryAfterMs: failure.retryAfterMs,
        retryable: isRetryableStatus(status),
        requestId: failure.answer.header("x-request-id") ?? undefined,
      });
    }
    case "connection":
      return new kinds.UnavailableError(
        `${operation}: ${describeCause(failure.cause)}. Check that the server runs and that the address is right.`,
        { ...call, cause: failure.cause },
      );
    case "timeout":
      return new kinds.DeadlineExceededError(
        `${operation}: no whole answer came in time. The server may have acted. Allow more with timeoutMs.`,
        { ...call, cause: failure.cause },
      );
    case "no_answer":
      return new kinds.InternalError(
        `${operation}: ${describeCause(failure.cause)}. Check that the address is that of the service, and what stands between.`,
        { ...call, code: "invalid_answer", status: failure.cause.status, cause: failure.cause },
      );
    case "too_large":
      return new kinds.ResourceExhaustedError(`${operation}: ${describeCause(failure.cause)}.`, {
        ...call,
        code: "response_too_large",
        cause: failure.cause,
      });
    default:
      return failure satisfies never;
  }
}
