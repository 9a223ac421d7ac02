// Time as the rest of the suite sees it: one monotonic reading for deadlines, one wall reading for timestamps.

/** One reading of both clocks, in milliseconds. */
export interface Now {
  /** Milliseconds on a monotonic clock with an arbitrary start. Deadlines are judged by this one. */
  readonly mono: number;
  /** Milliseconds since the Unix epoch. Timestamps and calendar rules use this one. */
  readonly wall: number;
}

/** What a timer of a {@link Clock} answers; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** A source of time and of timers. Tests put a fake one in its place. */
export interface Clock {
  now(): Now;
  /**
   * Calls back once after `delayMs` milliseconds. An `unref`ed timer does not keep the process alive.
   *
   * @default ref: true
   */
  setTimer(delayMs: number, callback: () => void, options?: { readonly ref?: boolean }): Timer;
}

/** Node refuses longer delays and fires them at once; a longer timer is cut into pieces of this length. */
const longestDelayMs = 2_147_483_647;

function setSystemTimer(delayMs: number, callback: () => void, options?: { readonly ref?: boolean }): Timer {
  let handle: ReturnType<typeof setTimeout>;
  const arm = (remainingMs: number): void => {
    const piece = Math.min(Math.max(remainingMs, 0), longestDelayMs);
    handle = setTimeout(() => (remainingMs > piece ? arm(remainingMs - piece) : callback()), piece);
    if (options?.ref === false && typeof handle === "object") {
      handle.unref();
    }
  };
  arm(delayMs);
  return { cancel: () => clearTimeout(handle) };
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => ({ mono: performance.now(), wall: Date.now() }),
  setTimer: setSystemTimer,
};
