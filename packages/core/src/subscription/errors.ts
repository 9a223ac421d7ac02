// The failures that a stream itself can have, and the words for them.

import type { FailedCall } from "../calls/retry.ts";
import {
  InternalError,
  ResourceExhaustedError,
  ResumeGapError,
  UnavailableError,
} from "../errors/error-kinds.ts";
import { ServiceError } from "../errors/errors.ts";
import { messageOf } from "../errors/foreign.ts";

interface Names {
  readonly service: string;
  readonly operation: string;
}

/** `subscription_overflow` */
export function overflow(names: Names, attempts: number, bufferSize: number): ResourceExhaustedError {
  return new ResourceExhaustedError(
    `${names.operation}: the reader is slower than the stream and ${bufferSize} items wait. ` +
      "Read faster, give a larger bufferSize, or subscribe again from the cursor.",
    { ...names, code: "subscription_overflow", attempts, details: { bufferSize } },
  );
}

/** `resume_gap` */
export function resumeGap(
  names: Names,
  attempts: number,
  cursor: unknown,
  why: string,
  cause: unknown,
): ResumeGapError {
  return new ResumeGapError(
    `${names.operation}: items may have been missed while the connection was away (${why}). ` +
      "Read the state anew and subscribe again, or give onResync.",
    { ...names, attempts, cause, details: { cursor } },
  );
}

/** `stream_ended`: without an error of the server's, which is a reason to connect again. */
export function endedByServer(names: Names, attempts: number): UnavailableError {
  return new UnavailableError(`${names.operation}: the server ended the stream.`, {
    ...names,
    code: "stream_ended",
    attempts,
  });
}

/** What a connection threw, as an error of the suite. */
export function toStreamError(
  source: Names & { toError?(thrown: unknown, call: FailedCall): ServiceError },
  thrown: unknown,
  attempts: number,
): ServiceError {
  if (thrown instanceof ServiceError) {
    return thrown;
  }
  const call = { service: source.service, operation: source.operation, attempts };
  if (source.toError !== undefined) {
    return source.toError(thrown, call);
  }
  const text = messageOf(thrown);
  return new InternalError(`${source.operation} failed unexpectedly: ${text}`, { ...call, cause: thrown });
}

/** The error is made deep in the stream's own loop; this adds where the user subscribed. */
export function addSite(error: ServiceError, site: Error): void {
  const frames = site.stack?.split("\n").slice(2).join("\n");
  if (error.stack !== undefined && frames !== undefined) {
    error.stack += `\n    -- subscribed --\n${frames}`;
  }
}
