// How long to pause before the next attempt: full jitter under a doubling, capped bound.

/** The shape of the pauses. */
export interface BackoffOptions {
  /**
   * Upper bound of the first pause, in milliseconds; doubled for each further one.
   * @default 100
   */
  readonly baseMs?: number | undefined;
  /**
   * Upper bound of any pause, in milliseconds.
   * @default 5000
   */
  readonly capMs?: number | undefined;
}

/** A pause in milliseconds, evenly spread over 0 to `min(capMs, baseMs * 2^(retry - 1))`; `retry` counts from 1. */
export function backoffMs(
  retry: number,
  options: BackoffOptions = {},
  random: () => number = Math.random,
): number {
  const { baseMs = 100, capMs = 5_000 } = options;
  // Bounded, because 2 ** 1024 is Infinity and a base of 0 would make that NaN.
  return random() * Math.min(capMs, baseMs * 2 ** Math.min(retry - 1, 60));
}

/** A server's wish that is longer, in milliseconds, ends the call whatever its deadline is: it is for the caller to decide on. */
const longestWishMs = 3_600_000;

/**
 * The pause before a retry, or `undefined` if there is to be none: the server's own wish if there is one (at least that, at
 * most a tenth longer so that clients do not return as one), else {@link backoffMs}. A wish that is longer than the deadline
 * allows or than {@link longestWishMs}, or that could not be read (`Infinity`), ends the call.
 *
 * @param retry counts from 1.
 * @param retryAfterMs the server's wish, if it named one.
 * @param remainingMs what is left of the deadline; `Infinity` if there is none. A pause must leave 1 ms of it.
 */
export function pauseMs(
  retry: number,
  retryAfterMs: number | undefined,
  remainingMs: number,
  options: BackoffOptions = {},
  random: () => number = Math.random,
): number | undefined {
  if (retryAfterMs !== undefined && !(retryAfterMs <= longestWishMs)) {
    return undefined;
  }
  const delayMs =
    retryAfterMs === undefined
      ? backoffMs(retry, options, random)
      : Math.min(retryAfterMs * (1 + random() / 10), Math.max(retryAfterMs, remainingMs - 1));
  return delayMs <= remainingMs - 1 ? delayMs : undefined;
}
