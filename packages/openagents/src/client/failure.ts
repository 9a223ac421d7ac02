// What a refusal means: the one place in which texts and statuses of servers become errors.

import { describeCause, type FailedCall, type HttpFailure, isServiceError, messageOf } from "@x/core";
import {
  ConnectionRefused,
  CredentialLost,
  InvalidAgentId,
  InvalidGroup,
  InvalidToken,
  NotAnOpenAgentsServer,
  OpenAgentsError,
  type OpenAgentsErrorOptions,
  RecentlyKicked,
  SessionRevoked,
  Timeout,
  TokenRequired,
  TooLarge,
} from "../errors.ts";
import { bodiesOf, parseBody, textOf } from "../wire/body.ts";
import { authenticationFailed, sessionRevoked } from "../wire/paths.ts";

/** The service's name in core's loops. */
export const serviceName = "openagents";

type ErrorClass = new (message: string, options: OpenAgentsErrorOptions) => OpenAgentsError;

/** What servers say, and what is meant. The first that fits counts. */
const meanings: readonly (readonly [RegExp, ErrorClass])[] = [
  [new RegExp(sessionRevoked), SessionRevoked],
  [/was recently kicked/, RecentlyKicked],
  [/Invalid credentials for group/, InvalidGroup],
  [/Password authentication required/, TokenRequired],
  [/Invalid agent_(?:id|name)/, InvalidAgentId],
  [/Request Entity Too Large|larger than max/, TooLarge],
  [
    /Invalid network token|Invalid workspace credentials|rejected by guard|Invalid or expired token|Invalid credentials/,
    InvalidToken,
  ],
  [new RegExp(authenticationFailed), CredentialLost],
];

/** Statuses of failures that a later repeat may cure. */
const curable: ReadonlySet<number | undefined> = new Set([429, 502, 503, 504]);

/** The error for what a server said to a call. */
export function refusalOf(
  text: string,
  options: OpenAgentsErrorOptions & { readonly operation: string },
): OpenAgentsError {
  const Meant = options.status === 413 ? TooLarge : meanings.find(([pattern]) => pattern.test(text))?.[1];
  const waitSeconds = Number(/wait (\d+) seconds?/i.exec(text)?.[1]);
  const retryAfterMs = options.retryAfterMs ?? (waitSeconds > 0 ? waitSeconds * 1_000 : undefined);
  const message = `${options.operation}: ${text}`;
  return Meant === undefined
    ? new OpenAgentsError(message, {
        ...options,
        retryAfterMs,
        retryable: curable.has(options.status),
        reason: text,
      })
    : new Meant(message, { ...options, retryAfterMs, reason: text });
}

/** The text of an answer that is a refusal, wherever a server puts it. */
function refusalText(body: string, status: number): string {
  const parsed = parseBody(body);
  return (
    textOf(parsed?.error_message) ??
    textOf(parsed?.message) ??
    textOf(bodiesOf(parsed?.detail)[0]?.msg) ??
    textOf(parsed?.detail) ??
    (parsed === undefined ? textOf(body.trim().slice(0, 200)) : undefined) ??
    `HTTP ${status}`
  );
}

/** The error of a failed HTTP attempt. */
export function errorOfHttp(failure: HttpFailure, call: FailedCall): OpenAgentsError {
  const { operation, attempts } = call;
  switch (failure.kind) {
    case "answer": {
      const { status, text } = failure.answer;
      const { retryAfterMs } = failure;
      return refusalOf(refusalText(text, status), { operation, attempts, status, retryAfterMs });
    }
    case "connection":
      return new ConnectionRefused(
        `${operation}: ${describeCause(failure.cause)}. Check that the server runs, and host and port.`,
        { operation, attempts, cause: failure.cause },
      );
    case "timeout":
      return new Timeout(
        `${operation}: no whole answer came in time; the server may have acted. Allow more with requestTimeoutMs.`,
        { operation, attempts, cause: failure.cause },
      );
    case "no_answer":
    case "too_large":
      return new NotAnOpenAgentsServer(`${operation}: ${describeCause(failure.cause)}.`, {
        operation,
        attempts,
        cause: failure.cause,
      });
    default:
      return failure satisfies never;
  }
}

/** The error of this package for anything that was thrown. */
export function errorOf(thrown: unknown, operation: string): OpenAgentsError {
  if (thrown instanceof OpenAgentsError) {
    return thrown;
  }
  if (isServiceError(thrown)) {
    const { message, code, attempts, retryable, status } = thrown;
    const options = { operation, attempts, status, cause: thrown };
    switch (code) {
      case "deadline_exceeded":
        return new Timeout(message, options);
      case "unavailable":
        return new ConnectionRefused(message, options);
      default:
        return new OpenAgentsError(message, { ...options, code, retryable });
    }
  }
  return new OpenAgentsError(`${operation} failed unexpectedly: ${messageOf(thrown)}`, {
    operation,
    code: "internal",
    cause: thrown,
  });
}

/** Whether a connection may be made anew after this; the others are for a person to mend. */
export function isFatal(error: unknown): boolean {
  return fatalCodes.has(errorOf(error, "receive").code);
}

const fatalCodes: ReadonlySet<string> = new Set([
  "id_taken_over",
  "session_revoked",
  "invalid_token",
  "token_required",
  "invalid_group",
  "invalid_agent_id",
]);
