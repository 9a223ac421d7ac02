// Release and cancel: an agent ends what is its own.
import { liveAgent } from "../model/auth.ts";
import { actorOf, emitAudited } from "../model/chain.ts";
import type { CommandOf, Ended } from "../model/commands.ts";
import { notFound, type Refusal } from "../model/refusal.ts";
import { type Agent, type Booking, calendarOf, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { endConsentOf, endHold } from "./hold-ends.ts";

export function releaseHold(
  state: State,
  command: CommandOf<"releaseHold">,
  turn: DraftTurn,
): Ended | Refusal {
  const own = ownBooking(state, command, "hold");
  if ("refused" in own) {
    return own;
  }
  const { booking, agent } = own;
  if (booking.status === "HOLD") {
    return release(state, booking, agent, turn);
  }
  if (isCommit(booking)) {
    return { refused: "not_a_hold", detail: `${booking.bookingId} is a booking; cancel it instead` };
  }
  return unchanged(booking);
}

export function cancelBooking(
  state: State,
  command: CommandOf<"cancelBooking">,
  turn: DraftTurn,
): Ended | Refusal {
  const own = ownBooking(state, command, "booking");
  if ("refused" in own) {
    return own;
  }
  const { booking, agent } = own;
  if (booking.status === "HOLD") {
    return release(state, booking, agent, turn);
  }
  if (booking.status !== "COMMITTED") {
    return unchanged(booking);
  }
  return { ...unchanged(booking), status: "CANCELLED", auditEventId: cancel(state, booking, agent, turn) };
}

/** Ends a commit by the will of its agent. */
export function cancel(state: State, booking: Booking, agent: Agent, turn: DraftTurn): string {
  const audit = emitAudited(turn, calendarOf(state, booking), {
    type: "booking.cancelled",
    actor: actorOf(agent),
    resource: booking.bookingId,
    data: { agent_id: agent.agentId },
    record: { type: "booking.ended", bookingId: booking.bookingId, status: "CANCELLED" },
  });
  return audit.event_id;
}

/** Ends a hold by the will of its agent. */
export function release(state: State, hold: Booking, agent: Agent, turn: DraftTurn): Ended {
  const actor = actorOf(agent);
  const atMs = turn.now.wall;
  const auditEventId = endHold(state, hold, { status: "RELEASED", atMs, actor }, turn);
  endConsentOf(state, hold, { status: "withdrawn", atMs, actor }, turn);
  return { bookingId: hold.bookingId, isHold: true, status: "RELEASED", auditEventId };
}

function ownBooking(
  state: State,
  { agentId, bookingId }: { readonly agentId: string; readonly bookingId: string },
  what: "booking" | "hold",
): { readonly booking: Booking; readonly agent: Agent } | Refusal {
  const agent = liveAgent(state, agentId);
  if ("refused" in agent) {
    return agent;
  }
  const booking = state.bookings.get(bookingId);
  if (booking === undefined || booking.userId !== agent.userId) {
    return notFound(what, bookingId);
  }
  if (booking.agentId !== agentId) {
    return { refused: "not_owner", detail: `${bookingId} belongs to another agent of this calendar` };
  }
  return { booking, agent };
}

const isCommit = ({ committedAtMs }: Booking): boolean => committedAtMs !== null;

const unchanged = (booking: Booking): Ended => ({
  bookingId: booking.bookingId,
  isHold: !isCommit(booking),
  status: booking.status,
  auditEventId: null,
});
