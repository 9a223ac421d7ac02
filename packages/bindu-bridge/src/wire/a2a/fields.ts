// The members of a JSON object of ProtoJSON, under either spelling. What is wrong with one goes to a report: a server refuses
// by it, a client passes over it.

import { standardBase64 } from "./base64.ts";
import type { Metadata } from "./objects.ts";
import { readTimestamp } from "./timestamps.ts";

/** One thing that is wrong: the path of a member, and what it must be. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** Takes what is wrong. */
export interface Report {
  add(field: string, description: string): void;
  /** Whether anything is read that can be: absent offsets of timestamps, several contents of a part. */
  readonly isTolerant: boolean;
}

/** For what a foreign server says: nothing is refused. */
export const tolerant: Report = { add: () => {}, isTolerant: true };

/** For what a caller asks for. More violations than anybody reads are not kept. */
export class Violations implements Report {
  readonly isTolerant = false;
  readonly found: Violation[] = [];

  add(field: string, description: string): void {
    if (this.found.length < 16) {
      this.found.push({ field: field.slice(0, 200), description });
    }
  }
}

type JsonMembers = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const snakeNames = new Map<string, string>();

function snakeCase(name: string): string {
  let snake = snakeNames.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    snakeNames.set(name, snake);
  }
  return snake;
}

/** One object. Each reader answers `undefined` for what is absent, null, empty by default, or reported. */
export class Fields {
  readonly path: string;
  readonly report: Report;
  readonly #members: JsonMembers;

  constructor(value: unknown, path: string, report: Report) {
    this.path = path;
    this.report = report;
    if (!isJsonObject(value)) {
      report.add(path, value === undefined ? "required" : "must be an object");
    }
    this.#members = isJsonObject(value) ? value : {};
  }

  /** The path of a member, for the report. */
  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  wrong(name: string, description: string): undefined {
    this.report.add(this.at(name), description);
    return undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#members, name) || Object.hasOwn(this.#members, snakeCase(name));
  }

  /** The value under either spelling, as it is; the camelCase one counts. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#members, name)
      ? this.#members[name]
      : ownValue(this.#members, snakeCase(name));
  }

  value(name: string): unknown {
    return this.raw(name) ?? undefined;
  }

  /** A text as it is, also an empty one. */
  anyText(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === "string") {
      return value;
    }
    return this.wrong(name, "must be a string");
  }

  text(name: string): string | undefined {
    return this.anyText(name) || undefined;
  }

  /** `""` where it is missing, which is reported. */
  requiredText(name: string): string {
    const value = this.value(name);
    if (typeof value === "string" && value !== "") {
      return value;
    }
    this.wrong(name, value === undefined || value === "" ? "required" : "must be a string");
    return "";
  }

  /** The words of a query are texts. */
  flag(name: string): boolean | undefined {
    const value = this.value(name);
    switch (value) {
      case undefined:
      case true:
        return value;
      case "true":
        return true;
      case false:
      case "false":
      case "":
        return undefined;
      default:
        return this.wrong(name, "must be true or false");
    }
  }

  /** A whole number, also as a text. */
  whole(name: string, min: number, max: number): number | undefined {
    const value = this.value(name);
    if (value === undefined || value === "") {
      return undefined;
    }
    const number = typeof value === "string" && /^[+-]?\d{1,15}(\.0*)?$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max) {
      return number === 0 ? 0 : number;
    }
    return this.wrong(name, `must be a whole number from ${min} to ${max}`);
  }

  /** By name or number; `UNSPECIFIED` and unknown ones are reported. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.value(name);
    if (value === undefined || value === "") {
      return undefined;
    }
    const found = typeof value === "number" ? words[value - 1] : words.find((word) => word === value);
    return found ?? this.wrong(name, `must be one of ${words.join(", ")}`);
  }

  timestamp(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined || value === "") {
      return undefined;
    }
    const withoutOffset = this.report.isTolerant;
    const time = typeof value === "string" ? readTimestamp(value, { withoutOffset }) : undefined;
    return time ?? this.wrong(name, "must be a timestamp such as 2026-01-31T12:00:00Z");
  }

  bytes(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    const standard = typeof value === "string" ? standardBase64(value) : undefined;
    return standard ?? this.wrong(name, "must be base64");
  }

  /** A JSON object of any content. */
  struct(name: string): Metadata | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    if (!isJsonObject(value)) {
      return this.wrong(name, "must be an object");
    }
    return Object.keys(value).length === 0 ? undefined : value;
  }

  list<Item>(
    name: string,
    read: (value: unknown, path: string, report: Report) => Item,
  ): readonly Item[] | undefined {
    const value = this.value(name);
    if (value === undefined) {
      return undefined;
    }
    if (!Array.isArray(value)) {
      return this.wrong(name, "must be an array");
    }
    const path = this.at(name);
    const items: Item[] = value.map((item, index) => read(item, `${path}[${index}]`, this.report));
    return items.length === 0 ? undefined : items;
  }

  texts(name: string): readonly string[] | undefined {
    const texts = this.list(name, (item, path, report) => {
      if (typeof item !== "string") {
        report.add(path, "must be a string");
      }
      return typeof item === "string" ? item : "";
    });
    return texts;
  }

  /** A member that is an object of its own. */
  inner<Value>(
    name: string,
    read: (value: unknown, path: string, report: Report) => Value,
  ): Value | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : read(value, this.at(name), this.report);
  }

  requiredInner<Value>(name: string, read: (value: unknown, path: string, report: Report) => Value): Value {
    return read(this.value(name), this.at(name), this.report);
  }
}

function ownValue(members: JsonMembers, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
