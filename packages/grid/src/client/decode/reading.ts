// One object of an answer under our names, whatever case it has: what is missing is null, what is essential and missing an error.

import { GridServerError } from "../../errors.ts";
import type { ReceivedPart, WithRaw } from "../../types.ts";
import { isBody, readPart } from "../../wire/forms.ts";
import { type Body, namesOf } from "../../wire/names.ts";
import type { GridWireProfile } from "../../wire/profile.ts";

export interface Reading {
  readonly raw: Body;
  has(name: string): boolean;
  text(name: string): string | null;
  /** @throws GridServerError `bad_response` */
  id(name: string): string;
  number(name: string): number | null;
  flag(name: string): boolean;
  object(name: string): Body | null;
  objects(name: string): readonly Body[];
  texts(name: string): readonly string[];
  /** The parts of a message or an artifact. */
  parts(): readonly ReceivedPart[];
}

/** Reads the objects of one method's answers. @throws GridServerError `bad_response` for what is no object */
export type Read = (value: unknown) => Reading;

export function readerOf(profile: GridWireProfile, method: string): Read {
  const names = namesOf(profile);
  return (value) => {
    if (!isBody(value)) {
      throw badAnswer(method, "an object");
    }
    const body = names.ours(value);
    const text = (name: string): string | null => {
      const member = body[name];
      return typeof member === "string" ? member : null;
    };
    const list = (name: string): readonly unknown[] => {
      const member = body[name];
      return Array.isArray(member) ? member : [];
    };
    return {
      raw: value,
      has: (name) => (body[name] ?? null) !== null,
      text,
      id(name): string {
        const id = text(name);
        if (id === null || id === "") {
          throw badAnswer(method, name);
        }
        return id;
      },
      number(name): number | null {
        const member = body[name];
        return typeof member === "number" ? member : null;
      },
      flag: (name) => body[name] === true,
      object(name): Body | null {
        const member = body[name];
        return isBody(member) ? member : null;
      },
      objects: (name) => list(name).filter(isBody),
      texts: (name) => list(name).filter((item) => typeof item === "string"),
      parts: () =>
        list("parts")
          .filter(isBody)
          .map((part) => {
            const { type, ...rest } = readPart(part, profile);
            return { ...rest, type: String(type) };
          }),
    };
  };
}

/** The names under which a list may stand. */
const listNames = ["items", "tasks", "rooms", "results", "schedules", "messages", "nodes"] as const;

/** The items of a list, bare or under any of the names that lists have. */
export function listOf(read: Read, value: unknown): readonly Body[] {
  if (Array.isArray(value)) {
    return value.filter(isBody);
  }
  const from = read(value);
  return listNames.map((name) => from.objects(name)).find((items) => items.length > 0) ?? [];
}

/** Adds the answer itself, out of sight of printing and comparing. */
export function withRaw<T extends object>({ raw }: { readonly raw: Body }, result: T): T & WithRaw {
  return Object.defineProperty(result as T & WithRaw, "raw", { value: raw });
}

function badAnswer(method: string, what: string): GridServerError {
  return new GridServerError(`${method}: the server answered without ${what}.`, {
    method,
    code: "bad_response",
    status: undefined,
  });
}
