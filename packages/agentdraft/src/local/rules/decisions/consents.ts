// The owner decides on a parked commit: the engine runs again at that instant.

import { endConsent, endHold } from "../bookings/hold-ends.ts";
import { noSiblings, place, winnerOf } from "../bookings/placement.ts";
import { requestOf } from "../bookings/request.ts";
import { commit } from "../bookings/writes.ts";
import { liveAgent, ownCalendar } from "../model/auth.ts";
import { bookingView } from "../model/booking-view.ts";
import { owner } from "../model/chain.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import { newestPage } from "../model/paging.ts";
import { notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Agent, type Booking, type Consent, calendarOf, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { ConsentView } from "../model/views.ts";
import { writtenJson } from "../model/written-json.ts";
import { receiptFor } from "./approvals.ts";
import { moveBooking, type OpenCounter, openMove } from "./counters.ts";

/** Only the agent whose commit it is may look. */
export function getConsent(
  state: State,
  { agentId, consentRequestId }: CommandOf<"getConsent">,
): Replies["getConsent"] | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const consent = state.consents.get(consentRequestId);
  return consent === undefined || consent.agentId !== agentId
    ? notFound("consent request", consentRequestId)
    : { consent: consentView(state, consent) };
}

export function listConsents(
  state: State,
  { userId, status, ...page }: CommandOf<"listConsents">,
): Replies["listConsents"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  return newestPage(calendar.consentIds, page, (consentId) => {
    const consent = state.consents.get(consentId);
    const matches = consent !== undefined && (status === null || consent.status === status);
    return matches ? consentView(state, consent) : undefined;
  });
}

export function resolveConsent(
  state: State,
  command: CommandOf<"resolveConsent">,
  turn: DraftTurn,
  settings: DraftRules,
): Replies["resolveConsent"] | Refusal {
  const { userId, consentRequestId } = command;
  const consent = state.consents.get(consentRequestId);
  if (consent === undefined || consent.userId !== userId) {
    return notFound("consent request", consentRequestId);
  }
  const hold = state.bookings.get(consent.bookingId);
  if (consent.status === "superseded") {
    return holdLost(state, hold);
  }
  const agent = state.agents.get(consent.agentId);
  if (consent.status !== "pending" || hold === undefined || agent === undefined) {
    return {
      refused: "already_resolved",
      detail: `this consent request is ${consent.status} already`,
      status: consent.status,
    };
  }
  return command.decision === "approved"
    ? approve(state, command, { consent, hold, agent }, turn, settings)
    : deny(state, command, { consent, hold, agent }, turn);
}

interface Parked {
  readonly consent: Consent;
  readonly hold: Booking;
  readonly agent: Agent;
}

function approve(
  state: State,
  command: CommandOf<"resolveConsent">,
  { consent, hold, agent }: Parked,
  turn: DraftTurn,
  settings: DraftRules,
): Replies["resolveConsent"] | Refusal {
  const nowMs = turn.now.wall;
  const calendar = calendarOf(state, consent);
  const request = requestOf(
    {
      type: "createBooking",
      mode: "commit",
      agentId: agent.agentId,
      bookingId: hold.bookingId,
      startMs: hold.startMs,
      endMs: hold.endMs,
      bufferBeforeMin: hold.bufferBeforeMin,
      bufferAfterMin: hold.bufferAfterMin,
      bumpWindowSeconds: consent.bumpWindowSeconds,
      title: hold.title,
      invitee: writtenJson(hold.invitee),
      metadata: writtenJson(hold.metadata),
      conferencing: hold.conferencing,
      idempotencyKey: null,
    },
    agent,
    calendar,
    undefined,
  );
  const move = consent.moves === null ? undefined : openMove(state, agent, consent.moves);
  const claim = move === undefined ? request.claim : { ...request.claim, leaves: move.booking };
  const placement = place(calendar, claim, nowMs, noSiblings);
  const lost = lossOf(hold, consent, move, nowMs);
  if (lost !== undefined || placement.kind === "lost") {
    endHold(state, hold, { status: "RELEASED", atMs: nowMs, actor: owner }, turn);
    endConsent(state, consent, { status: "superseded", atMs: nowMs, actor: owner }, turn);
    return {
      refused: "hold_lost",
      detail: lost ?? "the held slot was lost to another booking",
      winner: placement.kind === "lost" ? winnerOf(placement.winner) : null,
    };
  }
  if (move === undefined) {
    commit(state, request, placement, turn, settings);
  } else {
    moveBooking(state, move, request, placement, turn, settings);
  }
  endConsent(
    state,
    consent,
    {
      status: "approved",
      atMs: nowMs,
      actor: owner,
      more: {
        resolution: resolutionOf(command, nowMs),
        receipt: receiptFor(consent.consentId, nowMs, settings),
      },
    },
    turn,
  );
  return { consent: consentView(state, consent) };
}

/**
 * Why a parked commit can no longer be made, other than for a blocker: a wider buffer of the owner can bring one that the
 * hold did not have.
 */
function lossOf(
  hold: Booking,
  { moves }: Consent,
  move: OpenCounter | undefined,
  nowMs: number,
): string | undefined {
  if (hold.endMs <= nowMs) {
    return "the time of this booking is over";
  }
  return moves !== null && move === undefined
    ? "the booking that was to move is not in force any more"
    : undefined;
}

function deny(
  state: State,
  command: CommandOf<"resolveConsent">,
  { consent, hold }: Parked,
  turn: DraftTurn,
): Replies["resolveConsent"] {
  const atMs = turn.now.wall;
  endHold(state, hold, { status: "RELEASED", atMs, actor: owner }, turn);
  const more = { resolution: resolutionOf(command, atMs) };
  endConsent(state, consent, { status: "denied", atMs, actor: owner, more }, turn);
  return { consent: consentView(state, consent) };
}

const resolutionOf = (
  { userId, decision, note }: CommandOf<"resolveConsent">,
  nowMs: number,
): NonNullable<ConsentView["resolution"]> => ({ decision, decidedBy: userId, decidedAtMs: nowMs, note });

function holdLost(state: State, hold: Booking | undefined): Refusal {
  const [taker] =
    hold === undefined ? [] : calendarOf(state, hold).index.overlapping({ first: hold.first, end: hold.end });
  return {
    refused: "hold_lost",
    detail: "the held slot was lost to another booking",
    winner: taker === undefined ? null : winnerOf(taker),
  };
}

export function consentView(state: State, consent: Consent): ConsentView {
  const booking = state.bookings.get(consent.bookingId);
  if (booking === undefined) {
    throw new Error(`the booking of ${consent.consentId} is missing`);
  }
  const moved = consent.moves === null ? undefined : state.bookings.get(consent.moves.bookingId);
  return {
    consentRequestId: consent.consentId,
    userId: consent.userId,
    agentId: consent.agentId,
    status: consent.status,
    action: "booking.commit",
    booking: bookingView(booking, "all"),
    moves: moved === undefined ? null : bookingView(moved, "all"),
    paramsSha256: consent.paramsSha256,
    createdAtMs: consent.createdAtMs,
    expiresAtMs: consent.expiresAtMs,
    resolution: consent.resolution,
    receipt: consent.receipt,
  };
}
