// What the compiler cannot hold a caller to: names of options, kinds of values and bounds, checked before anything is sent.
import { isBytes } from "../bytes.ts";
import { InvalidArgumentError } from "../errors/error-kinds.ts";
import { didYouMean } from "../nearest.ts";

/** What the value of an option must be. */
export interface OptionRule {
  /** In words, such as `a whole number from 1 to 900`. */
  readonly expected: string;
  readonly isOne: (value: unknown) => boolean;
  /** It cannot be left out. @default false */
  readonly required?: boolean;
  /** The value never shows in an error. @default false */
  readonly secret?: boolean;
  /** The code of the error. @default "invalid_option" */
  readonly code?: string;
  /** The rules of its own options, where it has such. */
  readonly inner?: Readonly<Record<string, OptionRule>>;
}

/** A rule for every option, so that none can be forgotten. */
export type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule };

/** Names a call for the errors of its options. */
export interface CheckedCall {
  readonly service: string;
  readonly operation: string;
}

/**
 * Checks what a caller passed; what is absent or `undefined` is left to its default.
 *
 * @throws InvalidArgumentError `invalid_option`, or the code of the rule: for a name that is none of the rules' (with the
 *   nearest one), and for a value that its rule refuses
 */
export function checkOptions<Options>(
  options: unknown,
  rules: OptionRules<Options>,
  call: CheckedCall,
): void {
  if (!isObject(options)) {
    throw refused(call, `the options must be an object, not ${shown(options)}`);
  }
  checkNamed(options, rules, call, "");
}

function checkNamed(
  options: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, OptionRule>>,
  call: CheckedCall,
  within: string,
): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw refused(call, `there is no option ${within}${name}${didYouMean(name, Object.keys(rules))}`);
    }
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = options[name];
    if (value === undefined ? rule.required === true : !rule.isOne(value)) {
      throw wrongValue(call, within + name, rule, value);
    }
    if (rule.inner !== undefined && isObject(value)) {
      checkNamed(value, rule.inner, call, `${within}${name}.`);
    }
  }
}

/** Checks one argument that has a place instead of a name. @throws InvalidArgumentError as {@link checkOptions} */
export function checkArgument(name: string, value: unknown, rule: OptionRule, call: CheckedCall): void {
  if (!rule.isOne(value)) {
    throw wrongValue(call, name, rule, value);
  }
}

function wrongValue(
  call: CheckedCall,
  name: string,
  { expected, secret, code }: OptionRule,
  value: unknown,
): InvalidArgumentError {
  const not = value === undefined || secret !== true ? `, not ${shown(value)}` : "";
  return refused(call, `${name} must be ${expected}${not}`, code);
}

function refused(call: CheckedCall, what: string, code = "invalid_option"): InvalidArgumentError {
  const { service, operation } = call;
  const stop = what.endsWith("?") ? "" : ".";
  return new InvalidArgumentError(`${operation}: ${what}${stop}`, { service, operation, code });
}

function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    default:
      return String(value);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The kinds of options that calls have. By shape, so that values of another realm or copy of a package count. */
export const must = {
  /** A whole number between bounds, both included. */
  beWhole(min: number, max: number = Number.MAX_SAFE_INTEGER): OptionRule {
    const isOne = (value: unknown): boolean =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
    const to = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
    return { expected: `a whole number from ${min}${to}`, isOne };
  },
  /** A whole number, or `Infinity` for no bound. */
  beCount(min: number): OptionRule {
    const isOne = (value: unknown): boolean =>
      typeof value === "number" && (Number.isInteger(value) || value === Infinity) && value >= min;
    return { expected: `a whole number from ${min}, or Infinity`, isOne };
  },
  /** A number between bounds, both included. */
  beNumber(min: number, max: number): OptionRule {
    const isOne = (value: unknown): boolean => typeof value === "number" && value >= min && value <= max;
    return { expected: `a number from ${min} to ${max}`, isOne };
  },
  /** A span that may be nothing, and has no end with `Infinity`. */
  beWaitMs: {
    expected: "a number of milliseconds from 0, or Infinity",
    isOne: (value: unknown): boolean => typeof value === "number" && value >= 0,
  },
  /** The time that a call may take. */
  beTimeoutMs: {
    expected: "a number of milliseconds above 0, or Infinity",
    isOne: (value: unknown): boolean => typeof value === "number" && value > 0,
  },
  beText: { expected: "a string", isOne: (value: unknown): boolean => typeof value === "string" },
  beFullText: {
    expected: "a string that is not empty",
    isOne: (value: unknown): boolean => typeof value === "string" && value !== "",
  },
  beTexts: {
    expected: "a list of strings",
    isOne: (value: unknown): boolean =>
      Array.isArray(value) && value.every((item) => typeof item === "string"),
  },
  beTextMap: {
    expected: "an object of strings",
    isOne: (value: unknown): boolean =>
      isObject(value) && Object.values(value).every((item) => typeof item === "string"),
  },
  beTextOrBytes: {
    expected: "a string or a Uint8Array; write an object as JSON",
    isOne: (value: unknown): boolean => typeof value === "string" || isBytes(value),
  },
  beBigint: {
    expected: "a bigint from 0",
    isOne: (value: unknown): boolean => typeof value === "bigint" && value >= 0n,
  },
  beBoolean: { expected: "true or false", isOne: (value: unknown): boolean => typeof value === "boolean" },
  beFunction: { expected: "a function", isOne: (value: unknown): boolean => typeof value === "function" },
  beSignal: {
    expected: "an AbortSignal",
    isOne: (value: unknown): boolean =>
      isObject(value) && typeof value.aborted === "boolean" && typeof value.addEventListener === "function",
  },
  /** An object with these methods. */
  haveMethods(expected: string, ...methods: readonly string[]): OptionRule {
    const isOne = (value: unknown): boolean =>
      isObject(value) && methods.every((name) => typeof value[name] === "function");
    return { expected, isOne };
  },
  /** One of a few words. */
  beOneOf(...words: readonly string[]): OptionRule {
    return {
      expected: `one of ${words.join(", ")}`,
      isOne: (value) => words.some((word) => word === value),
    };
  },
  /** A list of a few words. */
  beSomeOf(...words: readonly string[]): OptionRule {
    const isOne = (value: unknown): boolean =>
      Array.isArray(value) && value.every((item) => words.some((word) => word === item));
    return { expected: `a list of ${words.join(", ")}`, isOne };
  },
  /** An object with options of its own. */
  follow<Options>(rules: OptionRules<Options>): OptionRule {
    return { expected: "an object", isOne: isObject, inner: rules };
  },
  beAnything: { expected: "anything", isOne: (): boolean => true },
} as const;
