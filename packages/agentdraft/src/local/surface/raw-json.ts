// JSON of users as text: as they wrote their numbers, or in the canonical form that is hashed.
import { isJsonNumber, type JsonValue, parseJson, pythonCompactJson } from "@x/core";
import { invalidRequest } from "@x/core/service";
import type { JsonText } from "../rules/model/views.ts";

/**
 * One member of an object that was sent, with the text of its numbers.
 *
 * @throws {HttpProblem} 400 when the body is no object
 */
export function memberOf(bodyText: string, name: string): JsonValue {
  const body = parseJson(bodyText);
  if (typeof body !== "object" || body === null || Array.isArray(body) || isJsonNumber(body)) {
    throw invalidRequest("the body must be a JSON object");
  }
  return (body as Readonly<Record<string, JsonValue>>)[name] ?? null;
}

/**
 * The form that evidence and parameters are hashed in.
 *
 * @throws {HttpProblem} 400 for a number beyond every double
 */
export function canonicalText(value: JsonValue, field: string): JsonText {
  try {
    return pythonCompactJson(value);
  } catch {
    throw invalidRequest(`${field} has a number that is not finite`, field);
  }
}

/**
 * The value as it was written, if it has a form that can be hashed.
 *
 * @throws {HttpProblem} 400 for a number beyond every double
 */
export function hashableText(value: JsonValue, field: string): JsonText {
  canonicalText(value, field);
  return writtenText(value);
}

/** The value with every number as it was written. */
export function writtenText(value: JsonValue): string {
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  if (isJsonNumber(value)) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return `[${value.map(writtenText).join(",")}]`;
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${writtenText(member as JsonValue)}`,
  );
  return `{${members.join(",")}}`;
}
