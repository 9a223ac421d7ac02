import { calendarOf, type State } from "../../src/local/rules/model/state.ts";
import { snapshotState } from "../../src/local/rules/state-snapshot.ts";

/** Everything that a replay must bring back: what a snapshot holds, the live index, and the armed deadlines. */
export function describeState(state: State): unknown {
  const index = [...state.bookings.values()].flatMap((booking) => {
    const held = calendarOf(state, booking).index.overlapping(booking);
    return held.includes(booking) ? [[booking.bookingId, booking.first, booking.end]] : [];
  });
  return {
    stored: snapshotState(state),
    index,
    holds: [...state.liveHolds].map(({ bookingId }) => bookingId).sort(),
    deadlines: [...state.bookings.values()]
      .filter(({ deadline }) => deadline !== undefined)
      .map(({ bookingId, deadline }) => [bookingId, deadline?.at]),
    deadlineCount: state.deadlines.size,
  };
}
