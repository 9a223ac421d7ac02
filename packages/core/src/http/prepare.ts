// What goes out with one attempt: what is the same for the whole call, and what is made afresh for each.

import { raceSignal } from "../calls/abort.ts";
import type { Attempt } from "../calls/retry.ts";
import { InternalError } from "../errors/error-kinds.ts";
import { ServiceError } from "../errors/errors.ts";
import { messageOf } from "../errors/foreign.ts";
import type { HttpRequest, Prepared } from "./http-options.ts";

const nothing: Prepared = {};

/**
 * What the call makes afresh, under the signal of the attempt.
 *
 * @throws InternalError `prepare_failed`; a ServiceError, and the signal's reason, as they are
 */
export async function prepareAttempt(
  { operation, prepare }: HttpRequest,
  attempt: Attempt,
  service: string,
): Promise<Prepared> {
  if (prepare === undefined) {
    return nothing;
  }
  const { signal } = attempt;
  try {
    return await raceSignal(Promise.resolve(prepare(attempt)), signal);
  } catch (error) {
    if (signal?.aborted || error instanceof ServiceError) {
      throw error;
    }
    // Nothing that a repeat could cure, as a failed connection would be.
    const text = messageOf(error);
    throw new InternalError(`${operation}: the request could not be prepared: ${text}`, {
      service,
      operation,
      code: "prepare_failed",
      cause: error,
    });
  }
}

/** All headers of an attempt. The later ones win: the client's, the call's, the attempt's. */
export function headersOf(
  request: HttpRequest,
  prepared: Prepared,
  ofClient: Readonly<Record<string, string>> | undefined,
  idempotencyKey: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json", ...ofClient };
  const body = prepared.body ?? request.body;
  if (body !== undefined) {
    headers["content-type"] = typeof body === "string" ? "application/json" : "application/octet-stream";
  }
  if (idempotencyKey !== undefined) {
    headers["idempotency-key"] = idempotencyKey;
  }
  return Object.assign(headers, request.headers, prepared.headers);
}
