// Writing a commit or a hold on a place that the table gave.

import { isoformat } from "../../../wire/isoformat.ts";
import { bookingView } from "../model/booking-view.ts";
import { actorOf, emitAudited } from "../model/chain.ts";
import type { Created } from "../model/commands.ts";
import type { KeyFacts } from "../model/records.ts";
import type { DraftRules } from "../model/rule-options.ts";
import type { Booking, Calendar, State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { displace } from "./hold-ends.ts";
import type { Placement } from "./placement.ts";
import { placedBy, type Request } from "./request.ts";

/** A place, and who must leave it. */
export type Free = Extract<Placement, { kind: "free" }>;

/** When a hold placed now ends. */
function holdExpiry(calendar: Calendar, nowMs: number, settings: DraftRules): number {
  return nowMs + (calendar.rules.holdTtlSeconds ?? settings.holdTtlSeconds) * 1_000;
}

/** A hold in the place of weaker ones. */
export function hold(
  state: State,
  request: Request,
  { displaces }: Free,
  turn: DraftTurn,
  settings: DraftRules,
): Created {
  const { command, agent, calendar, key } = request;
  const { bookingId } = command;
  displace(state, displaces, { bookingId, agentId: agent.agentId, priority: agent.priority }, turn);
  const expiresAtMs = holdExpiry(calendar, turn.now.wall, settings);
  return placeHold(state, request, { expiresAtMs, from: undefined, consentId: undefined, key }, turn);
}

/** Writes a hold on buckets that are free by now. */
export function placeHold(
  state: State,
  request: Request,
  more: {
    readonly expiresAtMs: number;
    readonly from: Booking | undefined;
    readonly consentId: string | undefined;
    readonly key: KeyFacts | undefined;
  },
  turn: DraftTurn,
): Created {
  const { command, agent, calendar } = request;
  const { placed, paramsSha256 } = placedBy(request, more.from);
  emitAudited(turn, calendar, {
    type: "hold.created",
    actor: actorOf(agent),
    resource: command.bookingId,
    data: {
      end: isoformat(placed.endMs),
      expires_at: isoformat(more.expiresAtMs),
      params_sha256: paramsSha256,
      start: isoformat(placed.startMs),
    },
    record: {
      type: "hold.created",
      placed,
      expiresAtMs: more.expiresAtMs,
      ...(more.consentId === undefined ? {} : { consentId: more.consentId }),
      ...(more.key === undefined ? {} : { key: more.key }),
    },
  });
  return created(state, command.bookingId);
}

/** The owner's window is a floor: with a shorter one any weak agent would freeze a slot against the strongest. */
function bumpWindowOf(asked: number | null, { rules }: Calendar, settings: DraftRules): number {
  return asked === null
    ? (rules.bumpWindowSeconds ?? settings.bumpWindowSeconds)
    : Math.max(asked, rules.bumpWindowSeconds ?? 0);
}

/** Commits, as a new booking or in place of the agent's own hold. */
export function commit(
  state: State,
  request: Request,
  { promotes, displaces }: Free,
  turn: DraftTurn,
  settings: DraftRules,
): Created {
  const { command, agent, calendar, key } = request;
  const bookingId = promotes?.bookingId ?? command.bookingId;
  const nowMs = turn.now.wall;
  displace(state, displaces, { bookingId, agentId: agent.agentId, priority: agent.priority }, turn);
  const bumpWindowSeconds = bumpWindowOf(command.bumpWindowSeconds, calendar, settings);
  const bumpWindowEndsAtMs = nowMs + bumpWindowSeconds * 1_000;
  const { placed, paramsSha256 } = placedBy(request, promotes);
  emitAudited(turn, calendar, {
    atMs: nowMs,
    type: "booking.committed",
    actor: actorOf(agent),
    resource: bookingId,
    data: {
      bump_window_ends_at: isoformat(bumpWindowEndsAtMs),
      end: isoformat(placed.endMs),
      params_sha256: paramsSha256,
      promoted_from_hold: promotes !== undefined,
      start: isoformat(placed.startMs),
    },
    record: {
      type: "booking.committed",
      placed,
      bumpWindowSeconds,
      ...(key === undefined ? {} : { key }),
    },
  });
  return created(state, bookingId);
}

function created(state: State, bookingId: string): Created {
  const booking = state.bookings.get(bookingId);
  if (booking === undefined) {
    throw new Error(`the booking ${bookingId} was not written`);
  }
  return { booking: bookingView(booking, "all"), replayed: false, currentStatus: booking.status };
}
