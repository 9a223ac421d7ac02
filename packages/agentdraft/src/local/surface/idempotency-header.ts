// The header by which a caller names a request, so that a repeat of it is the same request.
import { type HttpRequest, invalidRequest } from "@x/core/service";
import { z } from "zod";

const pattern = /^[\x21-\x7e]{1,255}$/;

/** For the documents of routes that read the header. */
export const idempotencyHeader: Readonly<Record<string, z.ZodType>> = {
  "Idempotency-Key": z.string().regex(pattern),
};

/** @throws {HttpProblem} 400 for a key that is empty, too long or not visible ASCII */
export function idempotencyKey(request: HttpRequest): string | null {
  const key = request.header("idempotency-key");
  if (key === undefined) {
    return null;
  }
  if (!pattern.test(key)) {
    throw invalidRequest("Idempotency-Key must be 1 to 255 visible ASCII characters", "Idempotency-Key");
  }
  return key;
}

/** What says that an answer is that of an earlier request. */
export const replayed: Readonly<Record<string, string>> = { "idempotent-replayed": "true" };

/** The same where the answer of then may be out of date by now. */
export const replayedAs = (currentStatus: string): Readonly<Record<string, string>> => ({
  ...replayed,
  "agentdraft-current-status": currentStatus,
});
