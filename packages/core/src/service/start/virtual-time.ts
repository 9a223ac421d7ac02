// The time of a server that stands still until somebody moves it.
import { FailedPreconditionError } from "../../errors/error-kinds.ts";
import { createVirtualClock, type VirtualClock } from "../../virtual-clock.ts";

/** 366 days: what comes due on the way is decided one by one. */
export const longestAdvanceMs = 31_622_400_000;

/** A clock, and the one hand that moves it. */
export interface VirtualTime {
  readonly clock: VirtualClock;
  /** How far it has been moved since the start, in milliseconds. */
  readonly advancedMs: number;
  /**
   * Moves it, after every move that was asked for before; resolves when all that became due has happened.
   *
   * @throws {RangeError} for what is no whole number from 0 to {@link longestAdvanceMs}
   */
  advance(ms: number): Promise<void>;
}

/** @param idle resolves when the server has nothing left to do before more time passes */
export function createVirtualTime(idle: () => Promise<void>): VirtualTime {
  const mono = Math.floor(performance.now());
  const clock = createVirtualClock({ mono, wall: Date.now() }, idle);
  /** The end of the last move, however it ends. */
  let last: Promise<unknown> = Promise.resolve();
  return {
    clock,
    get advancedMs() {
      return clock.now().mono - mono;
    },
    advance(ms: number): Promise<void> {
      if (!Number.isInteger(ms) || ms < 0 || ms > longestAdvanceMs) {
        return Promise.reject(
          new RangeError(`advanceMs must be a whole number from 0 to ${longestAdvanceMs}, not ${String(ms)}`),
        );
      }
      const move = last.then(() => clock.advance(ms)).then(idle);
      last = move.catch(() => undefined);
      return move;
    },
  };
}

/** For a server whose clock nobody can move. */
export const notVirtual = (service: string): FailedPreconditionError =>
  new FailedPreconditionError(
    'advance: this server has a clock of its own. Start it with clock: "virtual".',
    {
      service,
      operation: "advance",
      code: "not_virtual",
    },
  );
