// Audit events and heads as the service sends them.

import type { AuditEvent, SignedAuditHead } from "../../types.ts";
import { type Body, dateOf, isBody, numberOf, textOf } from "../../wire/body.ts";

const texts = ["event_id", "type", "at", "workspace_id", "calendar_id", "resource", "prev_hash", "hash"];

/**
 * The event of an answer, or `undefined` if it lacks what every event has. All its members stay as they came, known or
 * not, since its hash is over all of them.
 */
export function decodeAuditEvent(body: Body): AuditEvent | undefined {
  return isAuditEvent(body) ? body : undefined;
}

function isAuditEvent(body: Body): body is Body & AuditEvent {
  return (
    Number.isSafeInteger(body.seq) &&
    texts.every((name) => typeof body[name] === "string") &&
    isBody(body.actor) &&
    isBody(body.data)
  );
}

/** The signed head of an answer; `undefined` if something is missing. */
export function decodeSignedHead(body: Body): SignedAuditHead | undefined {
  const seq = numberOf(body, "seq");
  const hash = textOf(body, "hash");
  const calendarId = textOf(body, "calendar_id");
  if (seq === null || hash === null || calendarId === null) {
    return undefined;
  }
  return {
    seq,
    hash,
    calendarId,
    at: dateOf(body, "at"),
    keyId: textOf(body, "kid") ?? "",
    signature: textOf(body, "signature") ?? "",
  };
}
