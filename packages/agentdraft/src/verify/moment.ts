// The moment at which something is judged to be fresh, and how far from it is still fresh.

import { InvalidArgumentError, isDate } from "@x/core";

/**
 * Unix seconds of `now`, by default the present. A moment that is none would compare as neither too early nor too late, and let everything pass.
 *
 * @throws InvalidArgumentError `invalid_option`
 */
export function secondsOf(operation: string, now: Date = new Date()): number {
  const seconds = isDate(now) ? now.getTime() / 1_000 : Number.NaN;
  if (Number.isNaN(seconds)) {
    throw invalidOption(operation, `now must be a valid Date, not ${String(now)}`);
  }
  return seconds;
}

/**
 * The leeway or tolerance that was asked for, or `fallback`. One that is no number would let everything pass, too.
 *
 * @throws InvalidArgumentError `invalid_option`
 */
export function marginOf<Name extends string>(
  operation: string,
  name: Name,
  options: { readonly [Key in NoInfer<Name>]?: number | undefined },
  fallback: number,
): number {
  const seconds: unknown = options[name] === undefined ? fallback : options[name];
  if (typeof seconds !== "number" || !(seconds >= 0)) {
    throw invalidOption(operation, `${name} must be a number of seconds from 0, not ${String(seconds)}`);
  }
  return seconds;
}

/** The error of an option that no call can be made with. */
export const invalidOption = (operation: string, what: string): InvalidArgumentError =>
  new InvalidArgumentError(`${operation}: ${what}.`, {
    service: "agentdraft",
    operation,
    code: "invalid_option",
  });
