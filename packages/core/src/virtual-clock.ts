// Time that moves only when somebody says so: in tests, and in servers that run in virtual time.
import type { Clock, Now, Timer } from "./clock.ts";

/** A {@link Clock} that stands still until it is moved. */
export interface VirtualClock extends Clock {
  /** Timers that were set and neither fired nor were cancelled. */
  readonly pendingTimers: number;
  /** Milliseconds until the next timer; `undefined` if none is set. */
  readonly nextTimerMs: number | undefined;
  /**
   * Moves both clocks by `ms` milliseconds. Timers fire in their order, each at its own time, and everything that they
   * set going on the microtask queue has run before the next one fires.
   */
  advance(ms: number): Promise<void>;
  /** Moves to the next timer and fires it, with all others of that moment. Resolves to `false` if none is set. */
  advanceToNextTimer(): Promise<boolean>;
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>;
  /** Shifts the wall clock alone, as an operator or NTP does. */
  jumpWall(ms: number): void;
}

interface VirtualTimer {
  readonly dueMono: number;
  readonly callback: () => void;
}

/**
 * @param start first reading of both clocks. By default `{ mono: 0, wall: 2026-01-01T00:00:00Z }`
 * @param settle resolves when all that a timer has set going is done. By default when the microtask queue is empty
 */
export function createVirtualClock(
  start: Partial<Now> = {},
  settle: () => Promise<void> = untilQuiet,
): VirtualClock {
  let mono = start.mono ?? 0;
  let wall = start.wall ?? Date.UTC(2026, 0, 1);
  // In the order in which they fire; equal times keep the order in which they were set.
  const timers: VirtualTimer[] = [];

  const runUntil = async (endMono: number): Promise<void> => {
    await settle();
    for (let next = timers[0]; next !== undefined && next.dueMono <= endMono; next = timers[0]) {
      timers.shift();
      move(next.dueMono);
      next.callback();
      await settle();
    }
    move(endMono);
  };
  const move = (toMono: number): void => {
    if (toMono > mono) {
      wall += toMono - mono;
      mono = toMono;
    }
  };

  return {
    now: () => ({ mono, wall }),
    setTimer(delayMs: number, callback: () => void): Timer {
      const timer = { dueMono: mono + Math.max(0, delayMs), callback };
      timers.splice(placeFor(timers, timer.dueMono), 0, timer);
      return {
        cancel(): void {
          const index = timers.indexOf(timer);
          if (index >= 0) {
            timers.splice(index, 1);
          }
        },
      };
    },
    get pendingTimers(): number {
      return timers.length;
    },
    get nextTimerMs(): number | undefined {
      const next = timers[0];
      return next && next.dueMono - mono;
    },
    advance: (ms) => runUntil(mono + ms),
    async advanceToNextTimer(): Promise<boolean> {
      await settle();
      const next = timers[0];
      if (next === undefined) {
        return false;
      }
      await runUntil(next.dueMono);
      return true;
    },
    settle,
    jumpWall(ms: number): void {
      wall += ms;
    },
  };
}

/** The index behind all timers that fire at or before `dueMono`. */
function placeFor(timers: readonly VirtualTimer[], dueMono: number): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timers[middle]?.dueMono ?? Infinity) <= dueMono) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** An immediate runs only when the microtask queue is empty. */
function untilQuiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
