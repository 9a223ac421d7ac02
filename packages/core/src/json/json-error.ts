// How the JSON of this package refuses: a typed error that says where.

import { InvalidArgumentError } from "../errors/error-kinds.ts";

/** Codes of refused JSON texts and values. */
export type JsonProblem =
  | "invalid_json"
  | "json_too_deep"
  | "duplicate_member"
  | "bad_number"
  | "bad_string"
  | "unsupported_json_value"
  | "non_finite_number";

export function jsonError(
  operation: string,
  code: JsonProblem,
  message: string,
  cause?: unknown,
): InvalidArgumentError {
  return new InvalidArgumentError(`${operation}: ${message}`, { service: "core", operation, code, cause });
}
