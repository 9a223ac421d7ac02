// From the answer of the service, or the lack of one, to the exception that the product page promises.

import {
  describeCause,
  type FailedCall,
  type HttpFailure,
  isRetryableStatus,
  redact,
  redactText,
} from "@x/core";
import {
  AgentDraftError,
  type AgentDraftErrorOptions,
  AuthError,
  Conflict,
  ConnectionError,
  ConsentRequired,
  InvalidRequest,
  NotFound,
  NotOwner,
  RateLimited,
  RuleViolation,
} from "./errors.ts";
import { asBody, type Body, dateOf, numberOf, parseBody, textOf } from "./wire/body.ts";
import { decodeSlots } from "./wire/decode-slot.ts";

/** The error of a failed attempt. */
export function failureToError(failure: HttpFailure, call: FailedCall): AgentDraftError {
  const { operation, attempts } = call;
  switch (failure.kind) {
    case "answer":
      return answerToError(failure, call);
    case "connection":
      return new ConnectionError(
        `${operation}: ${describeCause(failure.cause)}. Check that the service runs and that baseUrl is right.`,
        { operation, attempts, code: "unavailable", retryable: true, cause: failure.cause },
      );
    case "timeout":
      return timeoutError(call, failure.cause);
    case "no_answer":
      return new AgentDraftError(`${operation}: ${describeCause(failure.cause)}.`, {
        ...call,
        code: "invalid_answer",
        status: failure.cause.status,
        cause: failure.cause,
      });
    case "too_large":
      return new AgentDraftError(`${operation}: ${describeCause(failure.cause)}.`, {
        operation,
        attempts,
        code: "response_too_large",
        cause: failure.cause,
      });
    default:
      return failure satisfies never;
  }
}

export function timeoutError(
  { operation, attempts }: Omit<FailedCall, "service">,
  cause: unknown,
): ConnectionError {
  const what =
    attempts === 0
      ? "the time was over before anything was sent"
      : "no answer came in time; the service may have acted";
  return new ConnectionError(`${operation}: ${what}. Allow more with timeoutMs.`, {
    operation,
    attempts,
    code: "deadline_exceeded",
    retryable: true,
    cause,
  });
}

/** An answer of 2xx that does not hold what it must. */
export function invalidAnswer(operation: string, what: string, body: Body): AgentDraftError {
  return new AgentDraftError(`${operation}: the service answered without ${what}.`, {
    operation,
    code: "invalid_answer",
    body: shown(body),
  });
}

/** A body without secrets: whoever prints the error prints it too. */
const shown = (body: Body): Body => asBody(redact(body)) ?? {};

/** Of a body that is no JSON, so many characters are kept. */
const longestRaw = 4_096;

function answerToError(
  { answer, retryAfterMs }: Extract<HttpFailure, { kind: "answer" }>,
  { operation, attempts }: FailedCall,
): AgentDraftError {
  const { status } = answer;
  // The answer may say again what it was asked with.
  const body = shown(parseBody(answer.text) ?? { raw: answer.text.slice(0, longestRaw) });
  const word = textOf(body, "error");
  const options: AgentDraftErrorOptions = {
    operation,
    attempts,
    status,
    body,
    details: body,
    code: word ?? undefined,
    retryable: isRetryableStatus(status),
    retryAfterMs,
    requestId: textOf(body, "request_id") ?? (redactText(answer.header("x-request-id") ?? "") || undefined),
  };
  const message = `${operation}: ${describe(status, word, body)}`;
  switch (status) {
    case 400:
      return new InvalidRequest(message, { ...options, field: textOf(body, "field") });
    case 401:
      return new AuthError(message, { ...options, code: word ?? "unauthenticated" });
    case 403:
      return word === "not_owner"
        ? new NotOwner(message, options)
        : new AuthError(message, { ...options, code: word ?? "forbidden" });
    case 404:
      return new NotFound(message, { ...options, code: word ?? "not_found" });
    case 409:
      return conflictOf(message, word, body, options);
    case 422:
      return new RuleViolation(message, { ...options, rule: textOf(body, "rule") });
    case 429:
      return rateLimited(message, body, options);
    default:
      return new AgentDraftError(message, { ...options, code: word ?? `http_${status}` });
  }
}

/** Losses of a person's decision or of a counter-proposal, which name no winning agent. */
const otherConflicts: ReadonlySet<string | null> = new Set(["already_resolved", "hold_lost", "slot_taken"]);

function conflictOf(
  message: string,
  word: string | null,
  body: Body,
  options: AgentDraftErrorOptions,
): AgentDraftError {
  if (word === "consent_required") {
    return new ConsentRequired(message, {
      ...options,
      consentRequestId: textOf(body, "consent_request_id"),
      action: textOf(body, "action"),
      holdId: textOf(body, "hold_id"),
      expiresAt: dateOf(body, "expires_at"),
    });
  }
  if (otherConflicts.has(word)) {
    return new AgentDraftError(message, options);
  }
  return new Conflict(message, {
    ...options,
    winningAgentId: textOf(body, "winning_agent_id"),
    winningAgentPriority: numberOf(body, "winning_agent_priority"),
    winningBookingId: textOf(body, "winning_booking_id"),
    yourPriority: numberOf(body, "your_priority"),
    auditEventId: textOf(body, "audit_event_id"),
    reason: textOf(body, "reason") ?? word ?? "outranked",
    alternatives: decodeSlots(body, "alternatives"),
  });
}

function rateLimited(message: string, body: Body, options: AgentDraftErrorOptions): RateLimited {
  const said = numberOf(body, "retry_after_seconds");
  // What is no time says nothing, except that the server wants to be left alone.
  const exact = said !== null && said >= 0 && said * 1_000 < Number.MAX_SAFE_INTEGER ? said : null;
  const ofBody =
    said === null ? undefined : exact === null ? Number.POSITIVE_INFINITY : Math.ceil(exact * 1_000);
  const header = options.retryAfterMs;
  return new RateLimited(message, {
    ...options,
    // The header is rounded up; where only the body speaks, its wish counts as well.
    retryAfterMs: header ?? ofBody,
    retryAfterSeconds:
      exact ?? (header === undefined || header === Number.POSITIVE_INFINITY ? null : header / 1_000),
  });
}

/** `detail` as a sentence: it may be a list (as some frameworks write it), be missing, or the body may be plain text. */
function describe(status: number, word: string | null, body: Body): string {
  const detail = body.detail ?? body.raw;
  const text = typeof detail === "string" ? detail.slice(0, 500) : "";
  const listed = Array.isArray(detail) ? detail.map(describeItem).join("; ").slice(0, 500) : "";
  const said = text === "" ? listed : text;
  const winner = textOf(body, "winning_agent_id");
  const by =
    winner === null ? "" : `, by ${winner} (rank ${numberOf(body, "winning_agent_priority") ?? "unknown"})`;
  // The finer word says more: a tie, a frozen slot, a booking of one's own.
  const cause = textOf(body, "reason") ?? word ?? `HTTP ${status}`;
  return said === "" ? `${cause}${by}.` : `${said} (${cause}${by})`;
}

function describeItem(item: unknown): string {
  if (typeof item === "object" && item !== null && "msg" in item) {
    return String(item.msg);
  }
  return typeof item === "string" ? item : JSON.stringify(item);
}
