// What every client checks of its settings before it uses them: a wrong one would show much later, and far from its cause.
import { InvalidArgumentError } from "../errors/error-kinds.ts";

/** Settings of all calls of a client. */
export interface CallDefaults {
  /** More than 0; `Infinity` for none. */
  readonly timeoutMs: number;
  /** A whole number from 0. */
  readonly maxRetries: number;
}

/** @throws InvalidArgumentError `invalid_option`, naming the option */
export function checkCallDefaults({ timeoutMs, maxRetries }: CallDefaults, service: string): void {
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0)) {
    throw invalidOption(service, "timeoutMs", "a number of milliseconds above 0, or Infinity", timeoutMs);
  }
  if (!Number.isInteger(maxRetries) || maxRetries < 0) {
    throw invalidOption(service, "maxRetries", "a whole number from 0", maxRetries);
  }
}

/** The error for an option of a client that cannot be meant. */
export function invalidOption(
  service: string,
  name: string,
  expected: string,
  given: unknown,
): InvalidArgumentError {
  const text = typeof given === "string" ? JSON.stringify(given) : String(given);
  return new InvalidArgumentError(`${name} must be ${expected}, not ${text}.`, {
    service,
    operation: "new client",
    code: "invalid_option",
  });
}
