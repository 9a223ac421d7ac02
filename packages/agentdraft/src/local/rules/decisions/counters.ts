// Counter-proposals: who lost a slot offers other times to who won it, and acceptance moves the winner's booking.

import { isoformat } from "../../../wire/isoformat.ts";
import { askConsent, isGated } from "../bookings/asking-consent.ts";
import { cancel, release } from "../bookings/booking-ends.ts";
import { violationOf } from "../bookings/owner-rules.ts";
import { noSiblings, place } from "../bookings/placement.ts";
import { loseTo, violate } from "../bookings/rejections.ts";
import {
  type CreateCommand,
  type Request,
  requestOf,
  shapeProblem,
  spanProblem,
  timeProblem,
} from "../bookings/request.ts";
import { commit, type Free } from "../bookings/writes.ts";
import { liveAgent } from "../model/auth.ts";
import { actorOf, emitAudited } from "../model/chain.ts";
import type { CommandOf, Created, Replies } from "../model/commands.ts";
import type { RecordOf } from "../model/records.ts";
import { type CounterEnd, invalid, type LossReason, notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Agent, type Booking, type Counter, calendarOf, isLive, type State } from "../model/state.ts";
import { lengthOf } from "../model/texts.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { CounterView, MoveView } from "../model/views.ts";
import { writtenJson } from "../model/written-json.ts";

export function proposeCounter(
  state: State,
  command: CommandOf<"proposeCounter">,
  turn: DraftTurn,
): Replies["proposeCounter"] | Refusal {
  const { counterId, bookingId, proposed, note } = command;
  const found = findBooking(state, command);
  if ("refused" in found) {
    return found;
  }
  const { agent, booking } = found;
  if (booking.agentId === agent.agentId) {
    return invalid(
      "booking_id",
      "an agent does not counter its own booking; it can book another time itself",
    );
  }
  if (!isLive(booking)) {
    return resolved("stale");
  }
  if (proposed.length < 1 || proposed.length > 5) {
    return invalid("proposed", "a counter proposes 1 to 5 slots");
  }
  if (note !== null && lengthOf(note) > 500) {
    return invalid("note", "a note has 500 characters at most");
  }
  for (const { startMs, endMs } of proposed) {
    const problem = spanProblem(startMs, endMs) ?? timeProblem({ startMs, endMs }, turn.now.wall);
    if (problem !== undefined) {
      return invalid("proposed", `a slot that nobody could book: ${problem.detail}`);
    }
  }
  emitAudited(turn, calendarOf(state, agent), {
    type: "counter.created",
    actor: actorOf(agent),
    resource: counterId,
    data: {
      booking_id: bookingId,
      proposed: proposed.map(({ startMs, endMs }) => ({
        start: isoformat(startMs),
        end: isoformat(endMs),
      })),
    },
    record: {
      type: "counter.created",
      counter: { counterId, bookingId, agentId: agent.agentId, proposed, note, createdAtMs: turn.now.wall },
    },
  });
  return shown(state, counterId);
}

/** The winner sees all counters to its booking, anybody else its own. */
export function listCounters(
  state: State,
  command: CommandOf<"listCounters">,
): Replies["listCounters"] | Refusal {
  const found = findBooking(state, command);
  if ("refused" in found) {
    return found;
  }
  const { agent, booking } = found;
  const counters: CounterView[] = [];
  for (const counterId of state.countersByBooking.get(booking.bookingId) ?? []) {
    const counter = state.counters.get(counterId);
    if (counter !== undefined && (booking.agentId === agent.agentId || counter.agentId === agent.agentId)) {
      counters.push({ ...counter });
    }
  }
  return { counters };
}

export function acceptCounter(
  state: State,
  command: CommandOf<"acceptCounter">,
  turn: DraftTurn,
  settings: DraftRules,
): Replies["acceptCounter"] | Refusal {
  const open = openCounter(state, command);
  if ("refused" in open) {
    return open;
  }
  const { agent, booking, counter } = open;
  const slot = counter.proposed[command.slotIndex];
  if (slot === undefined) {
    return invalid("slot_index", `this counter proposes ${counter.proposed.length} slots, counted from 0`);
  }
  const calendar = calendarOf(state, booking);
  const create: CreateCommand = {
    type: "createBooking",
    mode: "commit",
    agentId: agent.agentId,
    bookingId: command.movedBookingId,
    ...slot,
    bufferBeforeMin: booking.bufferBeforeMin,
    bufferAfterMin: booking.bufferAfterMin,
    bumpWindowSeconds: booking.bumpWindowSeconds,
    title: booking.title,
    invitee: writtenJson(booking.invitee),
    metadata: writtenJson(booking.metadata),
    conferencing: booking.conferencing,
    idempotencyKey: null,
  };
  const problem = shapeProblem(create) ?? timeProblem(create, turn.now.wall);
  if (problem !== undefined) {
    return problem;
  }
  const request = requestOf(create, agent, calendar, undefined);
  const violation = violationOf(calendar, agent.agentId, slot.startMs, slot.endMs, booking);
  if (violation !== undefined) {
    return violate(request, violation, turn);
  }
  if (isGated(agent, calendar)) {
    return askToMove(state, open, request, turn, settings);
  }
  const placement = place(calendar, { ...request.claim, leaves: booking }, turn.now.wall, noSiblings);
  if (placement.kind === "lost") {
    return slotTaken(request, placement.reason, placement.winner, turn);
  }
  const { booking: moved } = moveBooking(state, open, request, placement, turn, settings);
  return { ...shown(state, counter.counterId), booking: moved };
}

/** The move waits for the owner: the new time is held, and the booking stays where it is until then. */
function askToMove(
  state: State,
  { booking, counter }: OpenCounter,
  request: Request,
  turn: DraftTurn,
  settings: DraftRules,
): Refusal {
  const placement = place(request.calendar, request.claim, turn.now.wall, noSiblings);
  if (placement.kind === "lost") {
    return slotTaken(request, placement.reason, placement.winner, turn);
  }
  const { promotes, displaces } = placement;
  // Nothing unapproved evicts; nor can a time be held twice that the booking itself has until it moves.
  const standing = displaces.find((other) => other.status === "COMMITTED" || other === booking);
  if (standing !== undefined || promotes === booking) {
    return slotTaken(request, "held", standing ?? booking, turn);
  }
  const { bookingId } = booking;
  return askConsent(state, request, placement, turn, settings, { bookingId, counterId: counter.counterId });
}

/** The meeting moves: what was proposed is accepted, the booking ends, and another takes its place. */
export function moveBooking(
  state: State,
  open: OpenCounter,
  request: Request,
  placement: Free,
  turn: DraftTurn,
  settings: DraftRules,
): Created {
  const { agent, booking } = open;
  resolve(state, open, "accepted", placement.promotes?.bookingId ?? request.command.bookingId, turn);
  if (booking.status === "HOLD") {
    release(state, booking, agent, turn);
  } else {
    cancel(state, booking, agent, turn);
  }
  return commit(state, request, placement, turn, settings);
}

function slotTaken(request: Request, reason: LossReason, winner: Booking, turn: DraftTurn): Refusal {
  const loss = loseTo(request, reason, winner, turn);
  return {
    refused: "slot_taken",
    detail: "the proposed slot is taken meanwhile; the counter stays open",
    winner: loss.winner,
    auditEventId: loss.auditEventId,
  };
}

export function rejectCounter(
  state: State,
  command: CommandOf<"rejectCounter">,
  turn: DraftTurn,
): Replies["rejectCounter"] | Refusal {
  const open = openCounter(state, command);
  if ("refused" in open) {
    return open;
  }
  resolve(state, open, "rejected", undefined, turn);
  return shown(state, open.counter.counterId);
}

/** A counter that can still be answered, and the live booking that it would move. */
export interface OpenCounter {
  readonly agent: Agent;
  readonly booking: Booking;
  readonly counter: Counter;
}

function resolve(
  state: State,
  { agent, counter }: OpenCounter,
  status: "accepted" | "rejected",
  acceptedBookingId: string | undefined,
  turn: DraftTurn,
): void {
  emitAudited(turn, calendarOf(state, agent), {
    type: `counter.${status}`,
    actor: actorOf(agent),
    resource: counter.counterId,
    data: {
      booking_id: counter.bookingId,
      ...(acceptedBookingId === undefined ? {} : { moved_booking_id: acceptedBookingId }),
    },
    record: {
      type: "counter.resolved",
      counterId: counter.counterId,
      status,
      ...(acceptedBookingId === undefined ? {} : { acceptedBookingId }),
    },
  });
}

function openCounter(
  state: State,
  command: { readonly agentId: string; readonly bookingId: string; readonly counterId: string },
): OpenCounter | Refusal {
  const found = findBooking(state, command);
  if ("refused" in found) {
    return found;
  }
  const { agent, booking } = found;
  const counter = state.counters.get(command.counterId);
  if (counter === undefined || counter.bookingId !== booking.bookingId) {
    return notFound("counter", command.counterId);
  }
  if (booking.agentId !== agent.agentId) {
    return { refused: "not_owner", detail: "only the agent of the winning booking answers a counter" };
  }
  if (counter.status !== "open") {
    return resolved(counter.status);
  }
  return { agent, booking, counter };
}

/** What a move that was agreed to meanwhile is about; undefined when it is no longer possible. */
export function openMove(
  state: State,
  agent: Agent,
  { bookingId, counterId }: MoveView,
): OpenCounter | undefined {
  const open = openCounter(state, { agentId: agent.agentId, bookingId, counterId });
  return "refused" in open ? undefined : open;
}

const resolved = (status: CounterEnd): Refusal => ({
  refused: "already_resolved",
  detail: status === "stale" ? "the booking is not in force any more" : `this counter is ${status} already`,
  status,
});

function findBooking(
  state: State,
  { agentId, bookingId }: { readonly agentId: string; readonly bookingId: string },
): { readonly agent: Agent; readonly booking: Booking } | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const booking = state.bookings.get(bookingId);
  return booking === undefined || booking.userId !== agent.userId
    ? notFound("booking", bookingId)
    : { agent, booking };
}

function shown(state: State, counterId: string): { readonly counter: CounterView } {
  const counter = state.counters.get(counterId);
  if (counter === undefined) {
    throw new Error(`the counter ${counterId} was not written`);
  }
  return { counter: { ...counter } };
}

export function applyCounter(state: State, record: RecordOf<"counter.created" | "counter.resolved">): void {
  if (record.type === "counter.created") {
    addCounter(state, { ...record.counter, status: "open", acceptedBookingId: null });
    return;
  }
  const counter = state.counters.get(record.counterId);
  if (counter !== undefined) {
    counter.status = record.status;
    counter.acceptedBookingId = record.acceptedBookingId ?? null;
  }
}

export function addCounter(state: State, counter: Counter): void {
  state.counters.set(counter.counterId, counter);
  const siblings = state.countersByBooking.get(counter.bookingId);
  if (siblings === undefined) {
    state.countersByBooking.set(counter.bookingId, [counter.counterId]);
  } else {
    siblings.push(counter.counterId);
  }
}
