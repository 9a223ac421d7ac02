// The end of a whole call on the monotonic clock: connect, every attempt, every pause, the body to its last byte.

import { type Clock, systemClock } from "../clock.ts";
import { linkSignals } from "./abort.ts";

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

/**
 * Runs work under a signal that aborts with the caller's signal or when `timeoutMs` is over, for transports that know
 * signals but no time. The timer and the listener are gone when the work has settled, and the timer does not keep the
 * process alive (the work's socket does).
 *
 * @throws what the work throws; work that ignores its signal is not cut short.
 */
export async function withTimeout<T>(
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  clock: Clock,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined || timeoutMs === Infinity) {
    return await work(signal);
  }
  const linked = linkSignals(signal);
  const timer = clock.setTimer(timeoutMs, () => linked.abort(new DeadlinePassed(timeoutMs)), { ref: false });
  try {
    return await work(linked.signal);
  } finally {
    timer.cancel();
    linked[Symbol.dispose]();
  }
}
