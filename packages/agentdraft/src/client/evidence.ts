// Evidence: what an approval is bound to, hashed in the one form in which every language agrees.

import { parseJson, pythonCompactJson, sha256Hex } from "@x/core";

/** A value as JSON text, whose numbers are kept as they are written: `{ json: '{"x":1.0}' }`. */
export interface JsonText {
  readonly json: string;
}

/** Whether a payload is {@link JsonText}: an object with one member, the text `json`. */
function isJsonText(payload: unknown): payload is JsonText {
  return (
    typeof payload === "object" &&
    payload !== null &&
    "json" in payload &&
    typeof payload.json === "string" &&
    Object.keys(payload).length === 1
  );
}

/**
 * The lower-case hex SHA-256 of evidence, as a receipt carries it: of the compact, sorted, ASCII JSON of Python. In a plain
 * value, whole numbers below 1e21 are integers and a `Date` is `2030-01-07 10:00:00+00:00`; give {@link JsonText} where `1.0` or
 * integers beyond 2^53 matter.
 *
 * @throws InvalidArgumentError `invalid_json`, `json_too_deep`, `non_finite_number`, `unsupported_json_value`
 */
export function hashEvidence(payload: unknown): string {
  return sha256Hex(pythonCompactJson(isJsonText(payload) ? parseJson(payload.json) : payload));
}

/** The JSON text in which evidence is sent: the caller's own, or one that hashes like the value. */
export function evidenceJson(payload: unknown): string {
  if (isJsonText(payload)) {
    // Refuses what cannot be hashed, here as there.
    pythonCompactJson(parseJson(payload.json));
    return payload.json;
  }
  return pythonCompactJson(payload);
}
