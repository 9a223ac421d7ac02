// The moment at which something is judged to be fresh.

import { InvalidArgumentError } from "@x/core";

/**
 * Unix seconds of `now`, by default the present. A moment that is none would compare as neither too early nor too late, and let everything pass.
 *
 * @throws InvalidArgumentError `invalid_option`
 */
export function secondsOf(operation: string, now: Date = new Date()): number {
  const seconds = now instanceof Date ? now.getTime() / 1_000 : Number.NaN;
  if (Number.isNaN(seconds)) {
    throw new InvalidArgumentError(`${operation}: now must be a valid Date, not ${String(now)}.`, {
      service: "agentdraft",
      operation,
      code: "invalid_option",
    });
  }
  return seconds;
}
