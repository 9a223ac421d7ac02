// Commits that the owner must agree to first: parked as a hold, and answered with the request for consent.

import { bookingView, paramsSha256 } from "../model/booking-view.ts";
import { actorOf, nextEvent } from "../model/chain.ts";
import type { Created } from "../model/commands.ts";
import { sibling } from "../model/ids.ts";
import type { KeyFacts } from "../model/records.ts";
import type { ConsentRequired, Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import type { Agent, Booking, Calendar, Consent, State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { MoveView } from "../model/views.ts";
import { displace } from "./hold-ends.ts";
import { loseTo } from "./rejections.ts";
import { placedBy, type Request } from "./request.ts";
import { type Free, placeHold } from "./writes.ts";

/** Whether a commit of the agent waits for the owner. */
export const isGated = (agent: Agent, { rules }: Calendar): boolean =>
  agent.requiresConsent || rules.consentActions.includes("booking.commit");

/** Whether a commit would take the place of a hold that waits for the owner. */
export const isAsked = (state: State, { promotes }: Free): boolean =>
  pendingOf(state, promotes) !== undefined;

function pendingOf(state: State, hold: Booking | undefined): Consent | undefined {
  const consent = hold?.consentId == null ? undefined : state.consents.get(hold.consentId);
  return consent?.status === "pending" ? consent : undefined;
}

/** Parks a commit that could be made now. Nothing unapproved evicts: against a commit it has lost. */
export function askConsent(
  state: State,
  request: Request,
  { promotes, displaces }: Free,
  turn: DraftTurn,
  settings: DraftRules,
  moves?: MoveView,
): Refusal {
  const { command, agent, calendar, key } = request;
  const pending = pendingOf(state, promotes);
  if (pending !== undefined) {
    return answerAgain(pending, key, turn);
  }
  const standing = displaces.find(({ status }) => status === "COMMITTED");
  if (standing !== undefined) {
    return loseTo(request, "outranked", standing, turn);
  }
  const { bookingId } = command;
  const taker = { bookingId, agentId: agent.agentId, priority: agent.priority };
  const before: readonly Booking[] = promotes === undefined ? displaces : [promotes, ...displaces];
  displace(state, before, taker, turn);
  const consentId = sibling(bookingId, "cns");
  const expiresAtMs = turn.now.wall + settings.consentTtlSeconds * 1_000;
  placeHold(state, request, { expiresAtMs, from: promotes, consentId, key: undefined }, turn);
  const params = paramsSha256(placedBy(request, promotes));
  const audit = nextEvent(calendar, turn.now.wall, {
    type: "consent.requested",
    actor: actorOf(agent),
    resource: consentId,
    data: { booking_id: bookingId, action: "booking.commit", params_sha256: params },
  });
  turn.emit({
    type: "consent.requested",
    consentId,
    bookingId,
    paramsSha256: params,
    bumpWindowSeconds: command.bumpWindowSeconds,
    ...(moves === undefined ? {} : { moves }),
    expiresAtMs,
    ...(key === undefined ? {} : { key }),
    audit,
  });
  return consentRequired({ consentId, bookingId, expiresAtMs });
}

function answerAgain(pending: Consent, key: KeyFacts | undefined, turn: DraftTurn): ConsentRequired {
  if (key !== undefined) {
    turn.emit({ type: "consent.repeated", consentId: pending.consentId, key });
  }
  return consentRequired(pending);
}

function consentRequired({
  consentId,
  bookingId,
  expiresAtMs,
}: Pick<Consent, "consentId" | "bookingId" | "expiresAtMs">): ConsentRequired {
  return {
    refused: "consent_required",
    detail: "the calendar's owner must agree to this booking first; its slot is held until then",
    consentRequestId: consentId,
    action: "booking.commit",
    holdId: bookingId,
    expiresAtMs,
  };
}

/** What a repeat of the request is answered; undefined when it runs anew. */
export function repeatConsent(state: State, consentId: string): Created | Refusal | undefined {
  const consent = state.consents.get(consentId);
  switch (consent?.status) {
    case undefined:
    case "expired":
    case "superseded":
    case "withdrawn":
      return undefined;
    case "pending":
      return consentRequired(consent);
    case "denied":
      return {
        refused: "rule_violation",
        detail: "the calendar's owner has denied this booking",
        rule: "consent_denied",
        auditEventId: consent.endEventId,
      };
    case "approved": {
      const booking = state.bookings.get(consent.bookingId);
      return booking === undefined
        ? undefined
        : {
            booking: { ...bookingView(booking, "all"), status: "COMMITTED", evictedBy: null },
            replayed: true,
            currentStatus: booking.status,
          };
    }
  }
}
