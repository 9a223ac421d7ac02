// What an answer or a failure means for its call: whether to try again, whose clock is wrong, and whether it is an answer at all.

import type { HttpAnswer, RetryQuestion } from "@x/core";
import { GridA2AError, type GridError, GridServerError } from "../errors.ts";
import { badResponse, Carrier, parsed, requestIdOf, rpcErrorOf } from "../failure.ts";
import { isBody } from "../wire/forms.ts";

/** A date of an answer that is further from our clock than this says that the clock is wrong, in milliseconds. */
const clockToleranceMs = 60_000;

/** G61: what was never sent, and what the server itself wants later, always; what is unclear only where a repeat is safe. */
export function shouldRetry({ error, idempotent, notProcessed }: RetryQuestion): boolean {
  if (!(error instanceof Carrier)) {
    return false;
  }
  const wantsLater = error.retryAfterMs !== undefined && (error.status === 429 || error.status === 503);
  const isLimit = error.retryAfterMs !== undefined && error.code === "rate_limited";
  return notProcessed || wantsLater || isLimit || (idempotent && error.retryable);
}

/**
 * The server's time, where a refusal shows that ours is wrong: it says so itself, or it does not take our signature and its
 * date is far from ours.
 */
export function serverTime({ carried, status, answer }: Carrier, nowMs: number): number | undefined {
  const isStale = carried.reason === "stale_timestamp";
  const hasData = carried instanceof GridServerError || carried instanceof GridA2AError;
  const said = isStale && hasData ? Date.parse(String(carried.data.serverTime)) : Number.NaN;
  if (!Number.isNaN(said)) {
    return said;
  }
  const dated = status === 401 || isStale ? Date.parse(answer?.header("date") ?? "") : Number.NaN;
  return Math.abs(dated - nowMs) > clockToleranceMs ? dated : undefined;
}

/** Why an answer of 2xx to a JSON-RPC call is no result. */
export function rpcRefusal(
  answer: HttpAnswer,
  id: string,
  method: string,
  attempts: number,
): GridError | undefined {
  const body = parsed(answer.text);
  const wrong = (what: string): GridServerError => badResponse(method, what, answer, { attempts });
  if (!isBody(body)) {
    return wrong("the server did not answer with a JSON object");
  }
  const hasResult = Object.hasOwn(body, "result");
  const hasError = Object.hasOwn(body, "error");
  if (hasResult === hasError) {
    return wrong(`the server answered with ${hasResult ? "both" : "neither"} of result and error`);
  }
  const refusal = rpcErrorOf(body, {
    method,
    attempts,
    status: answer.status,
    requestId: requestIdOf(answer),
  });
  if (hasError) {
    return refusal ?? wrong("the server answered with an error that is none");
  }
  return body.id === id ? undefined : wrong("the server answered another call");
}

export function notJson(method: string, body: string): GridServerError {
  return new GridServerError(`${method}: the server did not answer with JSON.`, {
    method,
    code: "bad_response",
    status: undefined,
    bodyText: body,
  });
}
