// What the compiler cannot hold a caller in JavaScript to, and the wire would carry as something else without a word.
import { InvalidArgumentError } from "@x/core/base";
import { serviceName } from "./connection.ts";

export function invalidArgument(operation: string, message: string, code?: string): InvalidArgumentError {
  return new InvalidArgumentError(`${operation}: ${message}.`, { service: serviceName, operation, code });
}

/** @throws InvalidArgumentError for what is no text, such as a handle where its id belongs */
export function checkTexts(operation: string, texts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value !== "string") {
      throw invalidArgument(operation, `${name} must be a string, not ${typeof value}`);
    }
  }
}

/** @throws InvalidArgumentError for what is no list of texts */
export function checkTextLists(operation: string, lists: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(lists)) {
    if (value !== undefined && !(Array.isArray(value) && value.every((item) => typeof item === "string"))) {
      throw invalidArgument(operation, `${name} must be a list of strings`);
    }
  }
}

/** @throws InvalidArgumentError `ttl_out_of_range`: on the wire 0 would ask for the default */
export function checkTtl(operation: string, ttlSeconds: unknown): void {
  if (!Number.isInteger(ttlSeconds) || Number(ttlSeconds) < 1) {
    throw invalidArgument(
      operation,
      `ttlSeconds must be a whole number from 1, not ${String(ttlSeconds)}`,
      "ttl_out_of_range",
    );
  }
}
