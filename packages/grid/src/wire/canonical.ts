// The bytes that are signed: one text for a payload, whether it is made of values or was read from another's text.

import {
  canonicalJson,
  isDate,
  isJsonNumber,
  type JsonObject,
  parseJson,
  pythonJson,
  toPlainJson,
} from "@x/core";
import type { CanonicalForm } from "./profile.ts";
import { WireRefusal } from "./refusal.ts";

/** How deep a payload may nest; the payload itself is the first level. */
const deepestPayload = 64;

/** The canonical text of a payload that {@link readPayload} read, numbers as its sender wrote them; RFC 8785 knows doubles only. */
export function canonicalText(payload: JsonObject, form: CanonicalForm): string {
  return written(form === "jcs" ? toPlainJson(payload) : payload, form);
}

function written(payload: unknown, form: CanonicalForm): string {
  if (form === "jcs") {
    return canonicalJson(payload, { maxDepth: deepestPayload });
  }
  return pythonJson(payload, {
    sortKeys: true,
    ensureAscii: false,
    compact: form === "compact",
    maxDepth: deepestPayload,
  });
}

/**
 * The same for values of a program.
 *
 * @throws WireRefusal `unsignable`, with the path of what cannot be signed, before anything is sent
 */
export function canonicalOfValues(payload: Readonly<Record<string, unknown>>, form: CanonicalForm): string {
  return written(signable(payload, "", 1), form);
}

/**
 * A payload as it came, with the text of its numbers.
 *
 * @throws WireRefusal `malformed_json`, `duplicate_member`, `too_deep`, `bad_number`, `bad_string`
 */
export function readPayload(text: string): JsonObject {
  const value = parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value) || isJsonNumber(value)) {
    throw new WireRefusal("malformed_json", "The body must be a JSON object.");
  }
  return value as JsonObject;
}

const reasonOf: Readonly<Record<string, string>> = {
  invalid_json: "malformed_json",
  json_too_deep: "too_deep",
  duplicate_member: "duplicate_member",
  bad_number: "bad_number",
  bad_string: "bad_string",
};

function parsed(text: string): unknown {
  try {
    return parseJson(text, { strict: true, maxDepth: deepestPayload });
  } catch (error) {
    throw wireRefusalOf(error) ?? error;
  }
}

/** The wire's word for a refusal of core's strict reader; `undefined` for anything else. */
function wireRefusalOf(error: unknown): WireRefusal | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const reason = typeof code === "string" ? reasonOf[code] : undefined;
  return reason === undefined ? undefined : new WireRefusal(reason, (error as Error).message);
}

/** A copy in which everything has one reading: objects as maps, so that no name is special. */
function signable(value: unknown, path: string, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return wellFormed(value, path);
    case "number":
      if (!Number.isFinite(value)) {
        throw unsignable(path, `${value} is no number of JSON`);
      }
      return value;
    case "boolean":
      return value;
    case "object":
      return value === null || isJsonNumber(value) ? value : signableObject(value, path, depth);
    case "bigint":
      throw unsignable(path, "a bigint is none of JSON's values; send its digits as a string");
    default:
      throw unsignable(path, `a value of type ${typeof value} is none of JSON's`);
  }
}

function signableObject(value: object, path: string, depth: number): unknown {
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const plain: unknown = value.toJSON();
    // Once, as JSON.stringify does it: what answers itself must not go round for ever.
    if (isDate(value) && plain === null) {
      throw unsignable(path, "an invalid Date has no text");
    }
    return typeof plain === "object" && plain !== null
      ? members(plain, path, depth)
      : signable(plain, path, depth);
  }
  return members(value, path, depth);
}

function members(value: object, path: string, depth: number): unknown {
  if (depth > deepestPayload) {
    throw unsignable(path, `it nests deeper than ${deepestPayload} levels, or holds itself`);
  }
  if (Array.isArray(value)) {
    return Array.from(value, (item: unknown, index) => signable(item, `${path}[${index}]`, depth + 1));
  }
  if (ArrayBuffer.isView(value)) {
    throw unsignable(path, "bytes are none of JSON's values; send them as base64");
  }
  const entries: Map<string, unknown> = new Map();
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) {
      const at = path === "" ? name : `${path}.${name}`;
      entries.set(wellFormed(name, at), signable(member, at, depth + 1));
    }
  }
  return entries;
}

function wellFormed(text: string, path: string): string {
  if (!text.isWellFormed()) {
    throw unsignable(path, "a text has half of a surrogate pair");
  }
  return text;
}

function unsignable(path: string, why: string): WireRefusal {
  const where = path === "" ? "The payload" : path.slice(0, 200);
  return new WireRefusal("unsignable", `${where} cannot be sent: ${why}.`, { field: path.slice(0, 200) });
}
