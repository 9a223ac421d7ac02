// Reading bookings and free times.
import { calendarFor, liveAgent, ownCalendar } from "../model/auth.ts";
import { bookingView } from "../model/booking-view.ts";
import type { Asker, CommandOf, Page, Replies } from "../model/commands.ts";
import { foreignCursor, readCursor } from "../model/paging.ts";
import { notFound, type Refusal } from "../model/refusal.ts";
import type { Booking, State } from "../model/state.ts";
import type { BookingView } from "../model/views.ts";
import { freeSlots } from "./free-slots.ts";

export function getBooking(
  state: State,
  { asker, bookingId }: CommandOf<"getBooking">,
): Replies["getBooking"] | Refusal {
  const calendar = calendarFor(state, asker);
  if ("refused" in calendar) {
    return calendar;
  }
  const booking = state.bookings.get(bookingId);
  if (booking === undefined || booking.userId !== calendar.userId) {
    return notFound("booking", bookingId);
  }
  return { booking: shownTo(asker, booking) };
}

export function listBookings(state: State, command: CommandOf<"listBookings">): Page<BookingView> | Refusal {
  const { asker, status, fromMs, toMs, limit } = command;
  const calendar = calendarFor(state, asker);
  if ("refused" in calendar) {
    return calendar;
  }
  const from = command.cursor === null ? 0 : readCursor(command.cursor);
  if (from === undefined) {
    return foreignCursor;
  }
  const items: BookingView[] = [];
  let position = from;
  for (; position < calendar.bookingIds.length && items.length < limit; position += 1) {
    const booking = state.bookings.get(calendar.bookingIds[position] ?? "");
    const matches =
      booking !== undefined &&
      (status === null || booking.status === status) &&
      (fromMs === null || booking.endMs > fromMs) &&
      (toMs === null || booking.startMs < toMs);
    if (matches) {
      items.push(shownTo(asker, booking));
    }
  }
  return { items, nextCursor: position < calendar.bookingIds.length ? String(position) : null };
}

export function listAvailability(
  state: State,
  command: CommandOf<"listAvailability">,
  nowMs: number,
): Replies["listAvailability"] | Refusal {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  if (command.userId !== null && command.userId !== agent.userId) {
    return notFound("calendar", command.userId);
  }
  const calendar = ownCalendar(state, agent.userId);
  if ("refused" in calendar) {
    return calendar;
  }
  const from = command.cursor === null ? command.rangeStartMs : readCursor(command.cursor);
  if (from === undefined) {
    return foreignCursor;
  }
  const { rules } = calendar;
  const slots = freeSlots(calendar, {
    agentId: agent.agentId,
    fromMs: Math.max(from, command.rangeStartMs, nowMs),
    untilMs: command.rangeEndMs,
    lengthMs: command.durationMin * 60_000,
    granularityMs: command.granularityMin * 60_000,
    bufferBeforeMin: rules.bufferBeforeMin,
    bufferAfterMin: rules.bufferAfterMin,
    includeHolds: command.includeHolds,
    // One more tells whether there is a next page, and where it begins.
    limit: slotsPerPage + 1,
  });
  return {
    items: slots.slice(0, slotsPerPage),
    nextCursor: slots[slotsPerPage] === undefined ? null : String(slots[slotsPerPage].startMs),
    userId: agent.userId,
    timezone: rules.timezone,
    asOfMs: nowMs,
  };
}

const slotsPerPage = 1_000;

function shownTo(asker: Asker, booking: Booking): BookingView {
  const seesAll = "userId" in asker || asker.agentId === booking.agentId;
  return bookingView(booking, seesAll ? "all" : "public");
}
