// JSON of users as text: as they wrote their numbers, or in the canonical form that is hashed.
import {
  isJsonNumber,
  type JsonObject,
  type JsonValue,
  jsonMembers,
  parseJson,
  pythonCompactJson,
} from "@x/core";
import { invalidRequest } from "@x/core/service";
import type { WrittenJson } from "../rules/model/views.ts";

/**
 * Members of an object that was sent, with the text of its numbers: parsed once, for however many are asked for.
 *
 * @throws {HttpProblem} 400 when the body is no object, or a member has a number beyond every double
 */
export function membersOf(bodyText: string): (name: string) => WrittenJson {
  let body: JsonValue | undefined;
  return (name) => {
    body ??= parseJson(bodyText);
    if (typeof body !== "object" || body === null || Array.isArray(body) || isJsonNumber(body)) {
      throw invalidRequest("the body must be a JSON object");
    }
    return writtenJson((body as Readonly<Record<string, JsonValue>>)[name] ?? null, name);
  };
}

/** Both forms of a value. */
function writtenJson(value: JsonValue, field: string): WrittenJson {
  try {
    return { text: writtenText(value), canonical: pythonCompactJson(value) };
  } catch {
    throw invalidRequest(`${field} has a number that is not finite`, field);
  }
}

/** The value with every number, and the order of its names, as they were written. */
function writtenText(value: JsonValue): string {
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value);
  }
  if (isJsonNumber(value)) {
    return value.text;
  }
  if (Array.isArray(value)) {
    return `[${value.map(writtenText).join(",")}]`;
  }
  const members = jsonMembers(value as JsonObject).map(
    ([name, member]) => `${JSON.stringify(name)}:${writtenText(member)}`,
  );
  return `{${members.join(",")}}`;
}
