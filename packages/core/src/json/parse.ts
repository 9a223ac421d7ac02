// Reads JSON without losing what `JSON.parse` loses: the text of numbers and the digits of big integers.
import { messageOf } from "../errors/foreign.ts";
import { defaultMaxDepth, nestsDeeperThan } from "./depth.ts";
import { jsonError } from "./json-error.ts";
import { isJsonNumber, type JsonNumber } from "./number.ts";
import { JsonReader, Unreadable } from "./reader.ts";

/** What {@link parseJson} answers. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface ParseJsonOptions {
  /**
   * How deep arrays and objects may nest.
   * @default 256
   */
  readonly maxDepth?: number | undefined;
  /**
   * Refuses what two readers could read in two ways: a name that stands twice in one object, a number of more than 400
   * characters or beyond every double, half of a surrogate pair. For what is signed over its text.
   * @default false
   */
  readonly strict?: boolean | undefined;
}

/**
 * The value of a JSON text, with every number as a {@link JsonNumber}. Of equal names in one object the last wins;
 * `__proto__` is a name like any other.
 *
 * @throws InvalidArgumentError `invalid_json`, `json_too_deep`; when strict also `duplicate_member`, `bad_number`,
 * `bad_string`
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): JsonValue {
  checkDepth(text, options);
  try {
    return new JsonReader(text, options.strict ?? false).read();
  } catch (error) {
    throw notJson(error);
  }
}

/** The same value as `JSON.parse` would answer it: numbers are doubles. */
export function toPlainJson(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (isJsonNumber(value)) {
    return value.valueOf();
  }
  if (Array.isArray(value)) {
    return value.map(toPlainJson);
  }
  const plain: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    // Defined, not assigned: `__proto__` would change the prototype.
    Object.defineProperty(plain, name, {
      value: toPlainJson(member),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return plain;
}

function checkDepth(text: string, { maxDepth = defaultMaxDepth }: ParseJsonOptions): void {
  if (nestsDeeperThan(text, maxDepth)) {
    throw jsonError("parseJson", "json_too_deep", `the text nests deeper than ${maxDepth} levels.`);
  }
}

function notJson(error: unknown): Error {
  const code = error instanceof Unreadable ? error.code : "invalid_json";
  const text = messageOf(error);
  return jsonError(
    "parseJson",
    code,
    code === "invalid_json" ? `the text is not JSON: ${text}` : `${text}.`,
    error,
  );
}
