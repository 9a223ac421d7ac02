// Verifies an audit log offline: every hash, every link, no gap, no cut, and the service's signature on its end.

import { fromBase64Url, type JwkSet, publicKeyOfJwk, verifySignature } from "@x/core";
import type { AuditEvent, AuditHead, SignedAuditHead } from "../types.ts";
import { asBody, isBody } from "../wire/body.ts";
import { auditEventHash, genesisHash, headSigningInput } from "../wire/chain.ts";
import { rawKeys } from "../wire/decode-jwks.ts";
import { invalidOption } from "./moment.ts";
import { demandPins } from "./pins.ts";

/** What else is known of the log. */
export interface VerifyChainOptions {
  /** The end that the log must at least reach: kept from an earlier look, or from `audit.head()`. */
  readonly expectHead?: AuditHead | SignedAuditHead;
  /** The service's keys; then the signature of `expectHead` is verified too. */
  readonly jwks?: JwkSet;
  /** The event before the first one of the list. @default the beginning of the log */
  readonly after?: AuditHead | undefined;
}

/**
 * `hash`: an event was changed. `link`: it does not follow the one before it. `gap`: events are missing. `order`: they
 * stand in another order, or twice. `truncated`: the end is missing. `signature`: the service did not sign this log.
 */
export type ChainProblem = "hash" | "link" | "gap" | "order" | "truncated" | "signature";

export type ChainVerdict =
  | { readonly ok: true; readonly checked: number }
  | {
      readonly ok: false;
      /** Events that were found good before the problem. */
      readonly checked: number;
      readonly firstBadSeq: number;
      readonly problem: ChainProblem;
    };

/**
 * Verifies a whole log, or a part of it that begins behind `after`. A log that is shorter than it was, or that was
 * rewritten as a whole, shows only with `expectHead`. A filtered list has gaps by nature and cannot be verified so.
 *
 * @throws InvalidArgumentError `invalid_option` for an `expectHead` or `jwks` that is named without a value
 */
export function verifyChain(events: readonly AuditEvent[], options: VerifyChainOptions = {}): ChainVerdict {
  demandPins("verifyChain", options, [], ["expectHead", "jwks"]);
  const { expectHead, jwks, after } = options;
  // A head without a place or a hash is reached by every log.
  if (
    expectHead !== undefined &&
    !(Number.isSafeInteger(expectHead.seq) && typeof expectHead.hash === "string")
  ) {
    throw invalidOption("verifyChain", "expectHead must have a seq and a hash");
  }
  if (jwks !== undefined && expectHead === undefined) {
    throw invalidOption("verifyChain", "jwks verify the signature of expectHead, and there is none");
  }
  const signed = expectHead !== undefined && jwks !== undefined;
  // With keys at hand a head without a signature proves nothing.
  if (signed && !("signature" in expectHead && isSigned(expectHead, jwks))) {
    return bad(0, expectHead.seq, "signature");
  }
  if (after !== undefined && after.seq === expectHead?.seq && after.hash !== expectHead.hash) {
    return bad(0, after.seq, signed ? "signature" : "hash");
  }
  let seq = after?.seq ?? 0;
  let hash = after?.hash ?? genesisHash;
  let checked = 0;
  for (const event of events) {
    if (!isBody(event)) {
      return bad(checked, seq + 1, "hash");
    }
    const problem = problemOf(event, seq + 1, hash, events);
    if (problem !== undefined) {
      return bad(checked, problem === "gap" || problem === "order" ? seq + 1 : event.seq, problem);
    }
    if (event.seq === expectHead?.seq && event.hash !== expectHead.hash) {
      return bad(checked, event.seq, signed ? "signature" : "hash");
    }
    seq = event.seq;
    hash = event.hash;
    checked += 1;
  }
  if (expectHead !== undefined && expectHead.seq > seq) {
    return bad(checked, seq + 1, "truncated");
  }
  return { ok: true, checked };
}

function problemOf(
  event: AuditEvent,
  expectedSeq: number,
  previousHash: string,
  events: readonly AuditEvent[],
): ChainProblem | undefined {
  if (event.seq !== expectedSeq) {
    const isElsewhere = event.seq < expectedSeq || events.some((each) => each?.seq === expectedSeq);
    return isElsewhere ? "order" : "gap";
  }
  const expected = hashOf(event);
  if (expected === undefined || expected !== event.hash) {
    return "hash";
  }
  return event.prev_hash === previousHash ? undefined : "link";
}

/** `undefined` for an event that has no canonical form, such as one with a lone surrogate: no service has hashed it. */
function hashOf(event: AuditEvent): string | undefined {
  try {
    return auditEventHash(event);
  } catch {
    return undefined;
  }
}

function isSigned(head: AuditHead | SignedAuditHead, jwks: JwkSet): boolean {
  if (!("signature" in head)) {
    return false;
  }
  const publicKey = publicKeyOfJwk(
    rawKeys(jwks)
      ?.map(asBody)
      .find((key) => key?.kid === head.keyId),
  );
  const signature = fromBase64Url(head.signature);
  return (
    publicKey !== undefined &&
    signature !== undefined &&
    verifySignature(publicKey, headSigningInput(head.calendarId, head.seq, head.hash), signature)
  );
}

function bad(checked: number, firstBadSeq: number, problem: ChainProblem): ChainVerdict {
  return { ok: false, checked, firstBadSeq, problem };
}
