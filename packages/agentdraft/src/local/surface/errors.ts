// The one shape of error bodies, and what a refusal of the rules becomes in it.
import { type Answer, json, type ProblemAnswer } from "@x/core/service";
import { z } from "zod";
import { isoformat } from "../../wire/isoformat.ts";
import type { Refusal, WinnerView } from "../rules/model/refusal.ts";
import { encodeSlot } from "./encode.ts";

/** Every error body: a flat object with these members and whatever else the error has to tell. */
export const ErrorBody: z.ZodType = z
  .looseObject({ error: z.string(), detail: z.string(), request_id: z.string() })
  .meta({ id: "Error" });

export const problemAnswer: ProblemAnswer = ({ status, code, message, fields }, { requestId }) =>
  json(status, { error: code, detail: message, ...fields, request_id: requestId });

/** The answer to what the rules refused. */
export function refusalAnswer(refusal: Refusal, requestId: string): Answer {
  const { refused: error, detail } = refusal;
  const answer = (status: number, fields: object = {}, headers?: Record<string, string>): Answer =>
    json(status, { error, ...fields, detail, request_id: requestId }, headers);
  switch (refusal.refused) {
    case "invalid_request":
      return answer(400, { field: refusal.field });
    case "idempotency_mismatch":
    case "not_a_hold":
      return answer(400);
    case "invalid_api_key":
    case "expired_api_key":
    case "revoked_api_key":
      return answer(401, {}, { "www-authenticate": "Bearer" });
    case "no_session":
      return answer(401);
    case "not_owner":
      return answer(403);
    case "not_found":
      return answer(404);
    case "outranked":
      return answer(409, {
        reason: refusal.reason,
        ...winnerFields(refusal.winner),
        your_priority: refusal.yourPriority,
        audit_event_id: refusal.auditEventId,
        alternatives: refusal.alternatives.map(encodeSlot),
      });
    case "consent_required":
      return answer(409, {
        consent_request_id: refusal.consentRequestId,
        action: refusal.action,
        hold_id: refusal.holdId,
        expires_at: isoformat(refusal.expiresAtMs),
      });
    case "already_resolved":
      return answer(409, { status: refusal.status });
    case "hold_lost":
      return answer(409, refusal.winner === null ? {} : winnerFields(refusal.winner));
    case "slot_taken":
      return answer(409, { ...winnerFields(refusal.winner), audit_event_id: refusal.auditEventId });
    case "rule_violation":
      return answer(422, { rule: refusal.rule, audit_event_id: refusal.auditEventId });
    case "quota_exceeded":
      return answer(
        429,
        { retry_after_seconds: refusal.retryAfterSeconds },
        { "retry-after": String(Math.max(1, Math.ceil(refusal.retryAfterSeconds))) },
      );
  }
}

function winnerFields({ bookingId, agentId, priority, status, holdId }: WinnerView): object {
  return {
    winning_booking_id: bookingId,
    winning_agent_id: agentId,
    winning_agent_priority: priority,
    winning_status: status,
    winning_hold_id: holdId,
  };
}
