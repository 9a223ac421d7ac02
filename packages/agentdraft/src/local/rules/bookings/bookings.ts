// Making a booking: checks in the order of the wire, then the table, then a commit, a hold, or a hold that waits for
// the owner's consent.
import type { deferred } from "@x/core/service";
import { liveAgent } from "../model/auth.ts";
import { actorOf } from "../model/chain.ts";
import type { Created } from "../model/commands.ts";
import { mismatch, recall } from "../model/keys.ts";
import type { KeyFacts } from "../model/records.ts";
import type { Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { calendarOf, type Kept, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { joinArbitration, joinRepeat } from "./arbitration.ts";
import { askConsent, isAsked, isGated, repeatConsent } from "./asking-consent.ts";
import { endConsentOf } from "./hold-ends.ts";
import { violationOf } from "./owner-rules.ts";
import { noSiblings, place, type Siblings } from "./placement.ts";
import { loseTo, violate } from "./rejections.ts";
import { type CreateCommand, keyOf, type Request, requestOf, shapeProblem, timeProblem } from "./request.ts";
import { commit, type Free, hold } from "./writes.ts";

export function createBooking(
  state: State,
  command: CreateCommand,
  turn: DraftTurn,
  settings: DraftRules,
): Created | Refusal | typeof deferred {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const unshaped = shapeProblem(command);
  if (unshaped !== undefined) {
    return unshaped;
  }
  const key = keyOf(command);
  if (key !== undefined) {
    const earlier = answerEarlier(state, key, turn);
    if (earlier !== undefined) {
      return earlier;
    }
  }
  const calendar = calendarOf(state, agent);
  const mistimed = timeProblem(command, turn.now.wall);
  if (mistimed !== undefined) {
    return mistimed;
  }
  const request = requestOf(command, agent, calendar, key);
  const violation = violationOf(calendar, agent.agentId, command.startMs, command.endMs);
  if (violation !== undefined) {
    return violate(request, violation, turn);
  }
  const placement = place(calendar, request.claim, turn.now.wall, noSiblings);
  if (placement.kind === "lost") {
    return loseTo(request, placement.reason, placement.winner, turn);
  }
  if (command.mode === "hold") {
    return hold(state, request, placement, turn, settings);
  }
  // What the owner is asked already needs no other decision.
  if (settings.arbitrationMs > 0 && !isAsked(state, placement)) {
    return joinArbitration(state, request, turn, settings.arbitrationMs);
  }
  return commitOrAsk(state, request, placement, turn, settings);
}

function commitOrAsk(
  state: State,
  request: Request,
  placement: Free,
  turn: DraftTurn,
  settings: DraftRules,
): Created | Refusal {
  return isGated(request.agent, request.calendar)
    ? askConsent(state, request, placement, turn, settings)
    : commitUngated(state, request, placement, turn, settings);
}

/** A hold that was parked while the gate stood is the agent's own to commit once it does not. */
function commitUngated(
  state: State,
  request: Request,
  placement: Free,
  turn: DraftTurn,
  settings: DraftRules,
): Created {
  const created = commit(state, request, placement, turn, settings);
  if (placement.promotes !== undefined) {
    const end = { status: "superseded", atMs: turn.now.wall, actor: actorOf(request.agent) } as const;
    endConsentOf(state, placement.promotes, end, turn);
  }
  return created;
}

/** Decides a commit anew, at the end of its arbitration. */
export function decideAfterWait(
  state: State,
  command: CreateCommand,
  siblings: Siblings,
  turn: DraftTurn,
  settings: DraftRules,
): Created | Refusal {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const calendar = calendarOf(state, agent);
  const request = requestOf(command, agent, calendar, keyOf(command));
  const violation = violationOf(calendar, agent.agentId, command.startMs, command.endMs);
  if (violation !== undefined) {
    return violate(request, violation, turn);
  }
  const placement = place(calendar, request.claim, turn.now.wall, siblings);
  if (placement.kind === "lost") {
    return loseTo(request, placement.reason, placement.winner, turn);
  }
  return commitOrAsk(state, request, placement, turn, settings);
}

/** What the same key brought before, or brings soon; undefined when the request is to be carried out. */
function answerEarlier(
  state: State,
  key: KeyFacts,
  turn: DraftTurn,
): Created | Refusal | typeof deferred | undefined {
  const kept = recall(state, key.scope, turn.now.wall);
  if (kept !== undefined) {
    const answer = answerKept(state, kept);
    if (answer !== undefined) {
      return kept.fingerprint === key.fingerprint ? answer : mismatch;
    }
  }
  const waiting = state.waitingKeys.get(key.scope);
  if (waiting !== undefined) {
    return waiting.fingerprint === key.fingerprint ? joinRepeat(waiting, turn) : mismatch;
  }
  return undefined;
}

function answerKept(state: State, { outcome }: Kept): Created | Refusal | undefined {
  switch (outcome.kind) {
    case "booking": {
      const { booking } = outcome;
      const current = state.bookings.get(booking.bookingId)?.status ?? booking.status;
      return { booking, replayed: true, currentStatus: current };
    }
    case "consent":
      return repeatConsent(state, outcome.consentId);
    case "approval":
    case "message":
      return undefined;
  }
}
