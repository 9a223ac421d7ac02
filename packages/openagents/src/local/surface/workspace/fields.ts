// Members of requests, with the errors that hosted workspaces answer; never with what was sent, which may be a token.
import { HttpProblem } from "@x/core/service";
import { type Body, isBody } from "../../../wire/body.ts";
import { isTooWide, tooWide } from "../bounds.ts";

type Place = "body" | "query";

/** 422 in the form of the hosted service. */
function invalidField(where: Place, name: string | null, type: string, msg: string): HttpProblem {
  const loc = name === null ? [where] : [where, name];
  return new HttpProblem(422, "validation_error", msg, { fields: { detail: [{ type, loc, msg }] } });
}

const missing = (where: Place, name: string): HttpProblem =>
  invalidField(where, name, "missing", "Field required");

/** Reads the members of one request. */
export interface Fields {
  text(name: string): string;
  optionalText(name: string): string | null;
  /** An object; empty when absent. */
  object(name: string): Body;
  flag(name: string): boolean | null;
}

/** @throws {HttpProblem} 422 for a body that is no object, 400 for one with too many members */
export function fieldsOf(value: unknown): Fields {
  if (!isBody(value)) {
    throw invalidField(
      "body",
      null,
      "model_attributes_type",
      "Input should be a valid dictionary or object to extract fields from",
    );
  }
  if (isTooWide(value)) {
    throw new HttpProblem(400, "too_wide", tooWide);
  }
  const optionalText = (name: string): string | null => {
    const given = value[name];
    if (given === undefined || given === null) {
      return null;
    }
    if (typeof given !== "string") {
      throw invalidField("body", name, "string_type", "Input should be a valid string");
    }
    return given;
  };
  return {
    text(name) {
      if (value[name] === undefined) {
        throw missing("body", name);
      }
      const given = optionalText(name);
      if (given === null) {
        throw invalidField("body", name, "string_type", "Input should be a valid string");
      }
      return given;
    },
    optionalText,
    object(name) {
      const given = value[name];
      if (given === undefined || given === null) {
        return {};
      }
      if (!isBody(given)) {
        throw invalidField("body", name, "dict_type", "Input should be a valid dictionary");
      }
      return given;
    },
    flag(name) {
      const given = value[name];
      if (given === undefined || given === null) {
        return null;
      }
      if (typeof given !== "boolean") {
        throw invalidField("body", name, "bool_type", "Input should be a valid boolean");
      }
      return given;
    },
  };
}

/** A member of a query that must be there. @throws {HttpProblem} 422 */
export function demanded(query: Readonly<Record<string, string>>, name: string): string {
  const value = query[name];
  if (value === undefined) {
    throw missing("query", name);
  }
  return value;
}

/** A whole number of a query. @throws {HttpProblem} 422 */
export function wholeIn(
  query: Readonly<Record<string, string>>,
  name: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = query[name];
  if (text === undefined) {
    return fallback;
  }
  if (!/^-?\d{1,15}$/.test(text)) {
    throw invalidField(
      "query",
      name,
      "int_parsing",
      "Input should be a valid integer, unable to parse string as an integer",
    );
  }
  const value = Number(text);
  if (value < min) {
    throw invalidField(
      "query",
      name,
      "greater_than_equal",
      `Input should be greater than or equal to ${min}`,
    );
  }
  if (value > max) {
    throw invalidField("query", name, "less_than_equal", `Input should be less than or equal to ${max}`);
  }
  return value;
}
