// Approvals and consents as the service sends them.

import {
  isJsonNumber,
  type JsonObject,
  type JsonValue,
  jsonMembers,
  parseJson,
  pythonJson,
  toPlainJson,
} from "@x/core";
import type { Approval, Consent, Resolution } from "../../types.ts";
import { asBody, type Body, bodyOf, dateOf, textOf } from "../../wire/body.ts";

/** The approval of an answer's text, which is read with its numbers as written; `undefined` without id or status. */
export function decodeApprovalText(text: string): Approval | undefined {
  return decodeApproval(readJson(text));
}

/** The approvals under `approvals` in an answer's text; `undefined` if one of them is none. */
export function decodeApprovalList(text: string): readonly Approval[] | undefined {
  const list = memberOf(readJson(text), "approvals");
  if (!Array.isArray(list)) {
    return undefined;
  }
  const approvals = list.flatMap((item: JsonValue) => decodeApproval(item) ?? []);
  return approvals.length === list.length ? approvals : undefined;
}

function decodeApproval(value: JsonValue | undefined): Approval | undefined {
  const body = asBody(value === undefined ? undefined : toPlainJson(value));
  const approvalId = body && textOf(body, "approval_id");
  const status = body && textOf(body, "status");
  if (body === undefined || typeof approvalId !== "string" || typeof status !== "string") {
    return undefined;
  }
  const evidence = memberOf(value, "evidence");
  const { audience } = body;
  return {
    approvalId,
    status,
    expiresAt: dateOf(body, "expires_at"),
    actionType: textOf(body, "action_type"),
    summary: textOf(body, "summary"),
    evidence: body.evidence ?? null,
    evidenceJson: evidence === undefined || evidence === null ? null : jsonWithNumbers(evidence),
    evidenceSha256: textOf(body, "evidence_sha256"),
    agentId: textOf(body, "agent_id"),
    userId: textOf(body, "user_id"),
    audience: Array.isArray(audience)
      ? audience.filter((item) => typeof item === "string")
      : textOf(body, "audience"),
    createdAt: dateOf(body, "created_at"),
    approvalUrl: textOf(body, "approval_url"),
    resolution: decodeResolution(bodyOf(body, "resolution")),
    receipt: textOf(body, "receipt"),
    raw: body,
  };
}

/** The consent of an answer; `undefined` without id or status. */
export function decodeConsent(body: Body): Consent | undefined {
  const consentRequestId = textOf(body, "consent_request_id");
  const status = textOf(body, "status");
  if (consentRequestId === null || status === null) {
    return undefined;
  }
  return {
    consentRequestId,
    status,
    action: textOf(body, "action"),
    bookingId: textOf(body, "booking_id"),
    holdId: textOf(body, "hold_id"),
    movesBookingId: textOf(body, "moves_booking_id"),
    expiresAt: dateOf(body, "expires_at"),
    resolution: decodeResolution(bodyOf(body, "resolution")),
    receipt: textOf(body, "receipt"),
    raw: body,
  };
}

function decodeResolution(body: Body | null): Resolution | null {
  const decision = body && textOf(body, "decision");
  return body === null || decision === null
    ? null
    : {
        decision,
        decidedBy: textOf(body, "decided_by"),
        decidedAt: dateOf(body, "decided_at"),
        note: textOf(body, "note"),
      };
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || isJsonNumber(value) || Array.isArray(value)) {
    return undefined;
  }
  return Object.entries(value).find(([member]) => member === name)?.[1];
}

/** JSON text with every number as it was read. */
function jsonWithNumbers(value: JsonValue): string {
  if (typeof value !== "object" || value === null) {
    return pythonJson(value);
  }
  if (isJsonNumber(value)) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return `[${value.map(jsonWithNumbers).join(",")}]`;
  }
  const members = jsonMembers(value as JsonObject).map(
    ([name, member]) => `${pythonJson(name)}:${jsonWithNumbers(member)}`,
  );
  return `{${members.join(",")}}`;
}
