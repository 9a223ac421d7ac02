// Counter-proposals: who lost a slot offers other times to who won it, and acceptance moves the winner's booking.

import { isoformat } from "../wire/isoformat.ts";
import { liveAgent } from "./auth.ts";
import { cancel } from "./booking-ends.ts";
import { actorOf, nextEvent } from "./chain.ts";
import type { CommandOf, Replies } from "./commands.ts";
import { violationOf } from "./owner-rules.ts";
import { noSiblings, place, winnerOf } from "./placement.ts";
import type { RecordOf } from "./records.ts";
import { type CounterEnd, invalid, notFound, type Refusal } from "./refusal.ts";
import { type CreateCommand, requestOf, shapeProblem, timeProblem } from "./request.ts";
import type { DraftSettings } from "./settings.ts";
import { type Agent, type Booking, type Counter, calendarOf, isLive, type State } from "./state.ts";
import type { DraftTurn } from "./turn.ts";
import type { CounterView } from "./views.ts";
import { commit } from "./writes.ts";

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
  if (note !== null && note.length > 500) {
    return invalid("note", "a note has 500 characters at most");
  }
  const mistimed = proposed.find(({ startMs, endMs }) => endMs <= startMs || endMs <= turn.now.wall);
  if (mistimed !== undefined) {
    return invalid("proposed", "each slot ends after it starts, and in the future");
  }
  const audit = nextEvent(calendarOf(state, agent), turn.now.wall, {
    type: "counter.created",
    actor: actorOf(agent),
    resource: counterId,
    data: {
      booking_id: bookingId,
      proposed: proposed.map(({ startMs, endMs }) => ({ start: isoformat(startMs), end: isoformat(endMs) })),
    },
  });
  turn.emit({
    type: "counter.created",
    counter: { counterId, bookingId, agentId: agent.agentId, proposed, note, createdAtMs: turn.now.wall },
    audit,
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
  settings: DraftSettings,
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
    invitee: booking.invitee,
    metadata: booking.metadata,
    conferencing: booking.conferencing,
    idempotencyKey: null,
  };
  const problem = shapeProblem(create) ?? timeProblem(create, turn.now.wall);
  if (problem !== undefined) {
    return problem;
  }
  const violation = violationOf(calendar, agent.agentId, slot.startMs, slot.endMs, booking);
  if (violation !== undefined) {
    return { refused: "rule_violation", ...violation, auditEventId: null };
  }
  const request = requestOf(create, agent, calendar, undefined);
  const claim = { ...request.claim, leaves: booking };
  const placement = place(calendar, claim, turn.now.wall, noSiblings);
  if (placement.kind === "lost") {
    const detail = "the proposed slot is taken meanwhile; the counter stays open";
    return { refused: "slot_taken", detail, winner: winnerOf(placement.winner) };
  }
  resolve(state, open, "accepted", command.movedBookingId, turn);
  cancel(state, booking, agent, turn);
  const { booking: moved } = commit(state, request, placement, turn, settings);
  return { ...shown(state, counter.counterId), booking: moved };
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

interface OpenCounter {
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
  const audit = nextEvent(calendarOf(state, agent), turn.now.wall, {
    type: `counter.${status}`,
    actor: actorOf(agent),
    resource: counter.counterId,
    data: {
      booking_id: counter.bookingId,
      ...(acceptedBookingId === undefined ? {} : { moved_booking_id: acceptedBookingId }),
    },
  });
  turn.emit({
    type: "counter.resolved",
    counterId: counter.counterId,
    status,
    ...(acceptedBookingId === undefined ? {} : { acceptedBookingId }),
    audit,
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
  // A counter to a hold waits until the hold has become a booking: a hold is no meeting that could move.
  return booking.status === "COMMITTED" ? { agent, booking, counter } : resolved("stale");
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
