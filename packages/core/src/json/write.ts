// Canonical JSON: one walk over a value, and the three forms in which the services of this suite hash and sign it.
import { isDate, isMap, isSet } from "../errors/foreign.ts";
import { defaultMaxDepth } from "./depth.ts";
import { jsonError } from "./json-error.ts";
import { compareCodePoints } from "./key-order.ts";
import { isIntegerText, isJsonNumber } from "./number.ts";
import { pythonFloat } from "./python-float.ts";

/** The form of Python's `json.dumps`. */
export interface PythonJsonOptions {
  /**
   * `sort_keys=True`: names by Unicode code point. Else in the order of the object (integer-like names first, as
   * JavaScript keeps them; give a `Map` where that matters).
   * @default false
   */
  readonly sortKeys?: boolean | undefined;
  /**
   * `separators=(",", ":")`.
   * @default false
   */
  readonly compact?: boolean | undefined;
  /**
   * `ensure_ascii`: every character above U+007E as `\uxxxx`.
   * @default true
   */
  readonly ensureAscii?: boolean | undefined;
  /**
   * Writes infinite numbers as Python does (`Infinity`), which is no JSON, instead of refusing them.
   * @default false
   */
  readonly allowInfinity?: boolean | undefined;
  /** @default 256 */
  readonly maxDepth?: number | undefined;
}

interface Form {
  readonly name: string;
  readonly comma: string;
  readonly colon: string;
  readonly maxDepth: number;
  readonly order: ((a: string, b: string) => number) | "utf-16" | undefined;
  text(text: string): string;
  /** Whether a whole number of JavaScript is an integer, where the form tells these from doubles. */
  readonly wholeAsInteger: boolean;
  /** A double, and an integer of any size in decimal digits. */
  double(value: number): string;
  integer(digits: string): string;
  date(date: Date): string;
}

/**
 * `json.dumps(value)` of Python. Whole numbers below 1e21 are written as integers, since JavaScript knows no `1.0`, and with
 * the digits of `JSON.stringify`; all others as Python writes a float. A number that
 * {@link parseJson} read keeps its kind. A `Date` becomes `str(datetime)` in UTC. Members that are `undefined` are left out.
 *
 * @throws InvalidArgumentError `unsupported_json_value`, `non_finite_number`, `json_too_deep`
 */
export function pythonJson(value: unknown, options: PythonJsonOptions = {}): string {
  const { sortKeys = false, compact = false, ensureAscii = true, allowInfinity = false } = options;
  return write(value, 0, {
    name: "pythonJson",
    comma: compact ? "," : ", ",
    colon: compact ? ":" : ": ",
    maxDepth: options.maxDepth ?? defaultMaxDepth,
    order: sortKeys ? compareCodePoints : undefined,
    wholeAsInteger: true,
    text: ensureAscii ? asciiText : plainText,
    double(number) {
      if (Number.isFinite(number)) {
        return pythonFloat(number);
      }
      if (allowInfinity) {
        return String(number);
      }
      throw nonFinite("pythonJson");
    },
    integer: (digits) => digits,
    date: pythonDate,
  });
}

/**
 * `json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)` of Python, in ASCII.
 *
 * @throws InvalidArgumentError `unsupported_json_value`, `non_finite_number`, `json_too_deep`
 */
export function pythonCompactJson(
  value: unknown,
  options: Pick<PythonJsonOptions, "allowInfinity" | "maxDepth"> = {},
): string {
  return pythonJson(value, { ...options, sortKeys: true, compact: true });
}

/**
 * The JSON Canonicalization Scheme, RFC 8785: no spaces, names by UTF-16 unit, numbers as doubles in JavaScript's form.
 * Refuses what it cannot carry: lone surrogates, and integers that no double holds.
 *
 * @throws InvalidArgumentError `unsupported_json_value`, `non_finite_number`, `json_too_deep`
 */
export function canonicalJson(
  value: unknown,
  options: { readonly maxDepth?: number | undefined } = {},
): string {
  return write(value, 0, { ...jcs, maxDepth: options.maxDepth ?? defaultMaxDepth });
}

const jcs: Form = {
  name: "canonicalJson",
  comma: ",",
  colon: ":",
  maxDepth: defaultMaxDepth,
  order: "utf-16",
  wholeAsInteger: false,
  text(text) {
    if (!text.isWellFormed()) {
      throw unsupported("canonicalJson", "a text with a lone surrogate");
    }
    return JSON.stringify(text);
  },
  double(number) {
    if (!Number.isFinite(number)) {
      throw nonFinite("canonicalJson");
    }
    return JSON.stringify(number);
  },
  integer(digits) {
    const number = Number(digits);
    if (!Number.isSafeInteger(number)) {
      throw unsupported("canonicalJson", `the integer ${digits}, beyond those that doubles hold one by one,`);
    }
    return JSON.stringify(number);
  },
  date(): string {
    throw unsupported("canonicalJson", "a Date");
  },
};

function write(value: unknown, depth: number, form: Form): string {
  switch (typeof value) {
    case "string":
      return form.text(value);
    case "number":
      return form.wholeAsInteger && isInteger(value) ? form.integer(String(value + 0)) : form.double(value);
    case "bigint":
      return form.integer(value.toString());
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : writeObject(value, depth, form);
    default:
      throw unsupported(form.name, `a value of type ${typeof value}`);
  }
}

/** What JavaScript itself writes in digits alone; of what is larger, nobody has meant each digit. */
function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e21;
}

function writeObject(value: object, depth: number, form: Form): string {
  if (isJsonNumber(value)) {
    const { text } = value;
    return isIntegerText(text) ? form.integer(text === "-0" ? "0" : text) : form.double(Number(text));
  }
  if (isDate(value)) {
    return form.date(value);
  }
  if (depth >= form.maxDepth) {
    throw jsonError(
      form.name,
      "json_too_deep",
      `the value nests deeper than ${form.maxDepth} levels, or holds itself.`,
    );
  }
  if (Array.isArray(value)) {
    // Not `map`, which passes over holes and leaves text that is no JSON.
    return `[${Array.from(value, (item) => write(item, depth + 1, form)).join(form.comma)}]`;
  }
  return isMap(value) ? writeMap(value, depth, form) : writeMembers(value as Members, depth, form);
}

type Members = Readonly<Record<string, unknown>>;

function writeMap(map: ReadonlyMap<unknown, unknown>, depth: number, form: Form): string {
  const names = [...map.keys()].map((name) => {
    if (typeof name !== "string") {
      throw unsupported(form.name, "a Map with a key that is no string");
    }
    return name;
  });
  return writeNamed(names, (name) => map.get(name), depth, form);
}

function writeMembers(value: Members, depth: number, form: Form): string {
  const speaksForItself = "toJSON" in value && typeof value.toJSON === "function";
  if (ArrayBuffer.isView(value) || isSet(value) || speaksForItself) {
    throw unsupported(form.name, `a value of class ${value.constructor?.name}`);
  }
  return writeNamed(Object.keys(value), (name) => value[name], depth, form);
}

/** One text that grows, and no list of pairs: a message is written thrice on its way through a server. */
function writeNamed(names: string[], memberOf: (name: string) => unknown, depth: number, form: Form): string {
  const { order, comma, colon } = form;
  if (order === "utf-16") {
    names.sort();
  } else if (order !== undefined) {
    names.sort(order);
  }
  let text = "";
  for (const name of names) {
    const member = memberOf(name);
    if (member !== undefined) {
      text += (text === "" ? "" : comma) + form.text(name) + colon + write(member, depth + 1, form);
    }
  }
  return `{${text}}`;
}

function plainText(text: string): string {
  // JSON.stringify escapes lone surrogates; Python's ensure_ascii=False would keep them and then fail to encode.
  return JSON.stringify(text);
}

function asciiText(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `str(datetime)`: a space for the T, no fraction or six digits of it. */
function pythonDate(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    throw unsupported("pythonJson", "an invalid Date");
  }
  const iso = date.toISOString();
  const fraction = iso.slice(-4, -1);
  return JSON.stringify(
    `${iso.slice(0, -5).replace("T", " ")}${fraction === "000" ? "" : `.${fraction}000`}+00:00`,
  );
}

function unsupported(operation: string, what: string): Error {
  return jsonError(operation, "unsupported_json_value", `${what} has no place in this form of JSON.`);
}

function nonFinite(operation: string): Error {
  return jsonError(operation, "non_finite_number", "a number is infinite or NaN; JSON has no such number.");
}
