// Reads the members of a body, whatever case they are written in: each has its form, or the answer names it.
import { isJsonNumber, type JsonObject, type JsonValue } from "@x/core";
import type { HttpProblem } from "@x/core/service";
import { isBody } from "../../wire/forms.ts";
import type { Names } from "../../wire/names.ts";
import type { Field } from "../../wire/profile.ts";
import { badMember } from "./errors.ts";

interface TextForm {
  /** In code points. */
  readonly min?: number;
  readonly max: number;
}

interface WholeForm {
  readonly min: number;
  readonly max: number;
}

/** The members of one object. `undefined` where one is absent; null counts as absent unless it is asked for. */
export interface Fields {
  readonly body: JsonObject;
  raw(name: Field): JsonValue | undefined;
  /** Whether the member is there, be it null. */
  has(name: Field): boolean;
  text(name: Field, form: TextForm): string;
  optionalText(name: Field, form: TextForm): string | undefined;
  optionalWhole(name: Field, form: WholeForm): number | undefined;
  optionalNumber(name: Field): number | undefined;
  optionalFlag(name: Field): boolean | undefined;
  optionalChoice<const Choice extends string>(name: Field, choices: readonly Choice[]): Choice | undefined;
  optionalTexts(name: Field, form: TextForm & { readonly most: number }): readonly string[] | undefined;
  optionalObject(name: Field): JsonObject | undefined;
  object(name: Field): JsonObject;
  /** The refusal of a member, by the name under which it came. */
  bad(name: Field, detail: string): HttpProblem;
}

/** @param inside the member that the object is part of, which is then what a refusal names */
export function fieldsOf(body: JsonObject, names: Names, inside?: Field): Fields {
  const bad = (name: Field, detail: string): HttpProblem => {
    const given = names.given(body, name);
    return inside === undefined
      ? badMember(given, detail)
      : badMember(inside, `has ${given}, which ${detail}`);
  };
  const raw = (name: Field): JsonValue | undefined => names.pick(body, name) as JsonValue | undefined;
  const present = (name: Field): JsonValue | undefined => raw(name) ?? undefined;

  const checkText = (name: Field, value: JsonValue, { min = 0, max }: TextForm): string => {
    const length = typeof value === "string" ? codePoints(value) : -1;
    if (typeof value !== "string" || length < min || length > max) {
      throw bad(name, `must be a text of ${min} to ${max} characters`);
    }
    return value;
  };
  const optional = <Value>(name: Field, read: (value: JsonValue) => Value): Value | undefined => {
    const value = present(name);
    return value === undefined ? undefined : read(value);
  };
  const demand = (name: Field): JsonValue => {
    const value = present(name);
    if (value === undefined) {
      throw bad(name, "must be given");
    }
    return value;
  };

  const checkObject = (name: Field, value: JsonValue): JsonObject => {
    if (!isObject(value)) {
      throw bad(name, "must be an object");
    }
    return value;
  };

  return {
    body,
    bad,
    raw,
    has: (name) => raw(name) !== undefined,
    text: (name, form) => checkText(name, demand(name), form),
    optionalText: (name, form) => optional(name, (value) => checkText(name, value, form)),
    optionalWhole: (name, { min, max }) =>
      optional(name, (value) => {
        const number = isJsonNumber(value) && /^-?\d+$/.test(value.text) ? Number(value.text) : Number.NaN;
        if (!(number >= min && number <= max)) {
          throw bad(name, `must be a whole number from ${min} to ${max}`);
        }
        return number;
      }),
    optionalNumber: (name) =>
      optional(name, (value) => {
        if (!isJsonNumber(value)) {
          throw bad(name, "must be a number");
        }
        return value.valueOf();
      }),
    optionalFlag: (name) =>
      optional(name, (value) => {
        if (typeof value !== "boolean") {
          throw bad(name, "must be true or false");
        }
        return value;
      }),
    optionalChoice: (name, choices) =>
      optional(name, (value) => {
        const choice = choices.find((one) => one === value);
        if (choice === undefined) {
          throw bad(name, `must be ${choices.join(" or ")}`);
        }
        return choice;
      }),
    optionalTexts: (name, { most, ...form }) =>
      optional(name, (value) => {
        if (!Array.isArray(value) || value.length > most) {
          throw bad(name, `must be a list of at most ${most} texts`);
        }
        return value.map((item: JsonValue) => checkText(name, item, form));
      }),
    optionalObject: (name) => optional(name, (value) => checkObject(name, value)),
    object: (name) => checkObject(name, demand(name)),
  };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return isBody(value);
}

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) {
    count += 1;
  }
  return count;
}
