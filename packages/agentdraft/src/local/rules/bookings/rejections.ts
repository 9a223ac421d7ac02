// The rows of lost and forbidden writes, and what their callers are told.

import { isoformat } from "../../../wire/isoformat.ts";
import { actorOf, emitAudited } from "../model/chain.ts";
import type { Loss, LossReason, Refusal } from "../model/refusal.ts";
import type { Booking } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { alternativesTo } from "./free-slots.ts";
import type { Violation } from "./owner-rules.ts";
import { winnerOf } from "./placement.ts";
import type { Request } from "./request.ts";

const details: { readonly [Reason in LossReason]: string } = {
  outranked: "the slot is held by an agent of higher rank",
  frozen: "the slot is held by a booking past its bump window",
  tie: "the slot was committed first by an agent of the same rank",
  held: "the slot is held by a live hold that does not give way",
  own_booking: "this agent has booked that time already",
};

const rejected = { commit: "booking.rejected", hold: "hold.rejected" } as const;

/** The blocker stays. */
export function loseTo(
  { command, agent, calendar, claim }: Request,
  reason: LossReason,
  blocker: Booking,
  turn: DraftTurn,
): Loss {
  const winner = winnerOf(blocker);
  const audit = emitAudited(turn, calendar, {
    type: rejected[command.mode],
    actor: actorOf(agent),
    resource: winner.bookingId,
    data: {
      end: isoformat(claim.endMs),
      reason,
      start: isoformat(claim.startMs),
      winning_agent_id: winner.agentId,
      winning_agent_priority: winner.priority,
      winning_booking_id: winner.bookingId,
    },
    record: { type: "write.rejected" },
  });
  return {
    refused: "outranked",
    detail: details[reason],
    reason,
    winner,
    yourPriority: agent.priority,
    auditEventId: audit.event_id,
    alternatives: alternativesTo(calendar, claim, turn.now.wall),
  };
}

/** A rule of the owner forbids it, whoever asks. */
export function violate(
  { command, agent, calendar, claim }: Request,
  { rule, detail }: Violation,
  turn: DraftTurn,
): Refusal {
  const audit = emitAudited(turn, calendar, {
    type: rejected[command.mode],
    actor: actorOf(agent),
    resource: agent.agentId,
    data: {
      end: isoformat(claim.endMs),
      reason: "rule_violation",
      rule,
      start: isoformat(claim.startMs),
    },
    record: { type: "write.rejected" },
  });
  return { refused: "rule_violation", detail, rule, auditEventId: audit.event_id };
}
