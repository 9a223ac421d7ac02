// The end of a whole call on the monotonic clock: connect, every attempt, every pause, the body to its last byte.

import { type Clock, systemClock } from "../clock.ts";

/** A moment on one clock's monotonic axis by which a call must be over. */
export interface Deadline {
  /** The moment, in milliseconds of {@link Clock.now}`().mono`; `Infinity` if there is none. */
  readonly mono: number;
  /** Milliseconds left, never below 0; `Infinity` without a deadline. */
  remaining(): number;
}

/** The deadline `timeoutMs` milliseconds from now; none if that is absent. */
export function deadlineIn(timeoutMs: number | undefined, clock: Clock = systemClock): Deadline {
  if (timeoutMs === undefined) {
    return noDeadline;
  }
  const mono = clock.now().mono + timeoutMs;
  return { mono, remaining: () => Math.max(0, mono - clock.now().mono) };
}

/** For calls that may last for ever. */
export const noDeadline: Deadline = { mono: Infinity, remaining: () => Infinity };

/** Thrown as the abort reason when a deadline passes. */
export class DeadlinePassed extends Error {
  override readonly name = "TimeoutError";
  constructor(timeoutMs: number) {
    super(`the deadline of ${timeoutMs} ms passed`);
  }
}
