// The settings of a server in one table: what programs may pass, what the command line takes, defaults, bounds and help.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { messageOf } from "../../errors/foreign.ts";
import { didYouMean } from "../../nearest.ts";
import { type ListenAddress, parseAddress } from "./address.ts";

/** One flag of the command line. */
export interface Flag {
  /** @default the name of its setting: `holdTtlSeconds` is `--hold-ttl-seconds` */
  readonly name?: string;
  /** How the value is written in the help text; absent for a flag without a value. */
  readonly placeholder?: string;
  readonly help: string;
  /** What holds when the flag is not given, in words for the help text. */
  readonly fallback?: string;
  /** Whether it may come more than once, and all of them count. @default the last one counts */
  readonly repeats?: boolean;
}

/** One setting. */
export interface Setting<Value> {
  /** How the command line gives it; none for what only programs can give. */
  readonly flags: readonly Flag[];
  readonly fallback: Value;
  /** What a value must be, in words, such as `a whole number from 1 to 900`. */
  readonly expected: string;
  /** A value never shows in an error. @default false */
  readonly secret?: boolean;
  /** The value as it is used; `undefined` for what it must not be. */
  accept(value: unknown): Value | undefined;
  /**
   * From the texts of its flags, in their order, to what {@link Setting.accept} takes; `undefined` when none was given. A flag that
   * repeats gives all of its texts, in the order of the command line.
   */
  parse(texts: readonly (string | undefined)[]): unknown;
}

/** A table of settings by the names of their options. */
export type Settings<Values> = { readonly [Name in keyof Values]: Setting<Values[Name]> };

/** What programs pass: any of the settings, of which some take other forms than they are used in. */
export type OptionsOf<Values> = { readonly [Name in keyof Values]?: unknown };

/** Settings that contradict each other, or a command line that cannot be read. On a command line the exit code is 2. */
export class SettingError extends TypeError {
  override readonly name = "SettingError";
}

const shown = (value: unknown): string => inspect(value, { depth: 0, breakLength: Infinity }).slice(0, 80);

/**
 * The values of a table, from what a program has passed; what is absent or `undefined` has its default.
 *
 * @throws {TypeError} for a name that is none of the table, and for a value of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 */
export function readSettings<Values>(settings: Settings<Values>, options: OptionsOf<Values>): Values {
  const names = Object.keys(settings) as (keyof Values & string)[];
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(settings, name)) {
      throw new TypeError(`there is no option ${name}${didYouMean(name, names)}`);
    }
  }
  const read = <Name extends keyof Values>(name: Name): Values[Name] => {
    const { fallback, expected, secret, accept }: Setting<Values[Name]> = settings[name];
    const given: unknown = options[name];
    if (given === undefined) {
      return fallback;
    }
    const value = accept(given);
    if (value === undefined) {
      const Kind = typeof given === "number" ? RangeError : TypeError;
      throw new Kind(`${String(name)} must be ${expected}${secret === true ? "" : `, not ${shown(given)}`}`);
    }
    return value;
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Values;
}

/** A whole number. Public documentation of an option repeats its bounds; this is where they hold. */
export function whole(
  help: string,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max: number },
): Setting<number> {
  return {
    flags: [{ placeholder: "N", help, fallback: `${fallback}; ${min} to ${max}` }],
    fallback,
    expected: `a whole number from ${min} to ${max}`,
    accept: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
        ? value
        : undefined,
    parse: ([text]) => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text),
  };
}

/** On or off; off by default. */
export function toggle(help: string): Setting<boolean> {
  return {
    flags: [{ help }],
    fallback: false,
    expected: "true or false",
    accept: (value) => (typeof value === "boolean" ? value : undefined),
    parse: ([text]) => (text === undefined ? undefined : true),
  };
}

/** One of a few words. */
export function choice<const Choice extends string>(
  help: string,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
): Setting<Choice> {
  return {
    flags: [{ placeholder: choices.join("|"), help, fallback }],
    fallback,
    expected: choices.join(" or "),
    accept: (value) => choices.find((one) => one === value),
    parse: ([text]) => text,
  };
}

/** What a text must be. */
export interface TextKind<Fallback> {
  readonly placeholder: string;
  /** What it must be, in words. */
  readonly expected: string;
  /** @default any that is not empty */
  readonly isOne?: (text: string) => boolean;
  readonly fallback: Fallback;
  /** What holds without it, in words. @default the fallback */
  readonly without?: string;
}

/** A text, checked. */
export function text<Fallback extends string | undefined>(
  help: string,
  { placeholder, expected, isOne = (given) => given !== "", fallback, without }: TextKind<Fallback>,
): Setting<Fallback | string> {
  const inWords = without ?? fallback;
  return {
    flags: [{ placeholder, help, ...(inWords === undefined ? {} : { fallback: inWords }) }],
    fallback,
    expected,
    accept: (value) => (typeof value === "string" && isOne(value) ? value : undefined),
    parse: ([given]) => given,
  };
}

/** Where to listen, or `off` where that is allowed. */
export function address<const Off extends "off" | never = never>(
  help: string,
  without: string,
  off?: Off,
): Setting<ListenAddress | Off | undefined> {
  return {
    flags: [{ placeholder: "HOST:PORT", help, fallback: without }],
    fallback: undefined,
    expected: `HOST:PORT, :PORT or [IPV6]:PORT${off === undefined ? "" : `, or ${off}`}`,
    accept: (value) => (typeof value !== "string" ? undefined : value === off ? off : parseAddress(value)),
    parse: ([given]) => given,
  };
}

/** What only programs can give: an object that has these methods. */
export function objectWith<Value extends object, Fallback extends Value | undefined>(
  expected: string,
  methods: readonly (keyof Value & string)[],
  fallback: Fallback,
): Setting<Value | Fallback> {
  const isOne = (value: unknown): value is Value =>
    typeof value === "object" &&
    value !== null &&
    methods.every((name) => name in value && typeof value[name as keyof typeof value] === "function");
  return {
    flags: [],
    fallback,
    expected,
    accept: (value) => (isOne(value) ? value : undefined),
    parse: () => undefined,
  };
}

/** The same setting, for programs alone. */
export function onlyForPrograms<Value>(setting: Setting<Value>): Setting<Value> {
  return { ...setting, flags: [], parse: () => undefined };
}

/** A secret that the command line takes from a file, so that it stands in no list of processes. */
export function secretFile(
  flag: string,
  help: string,
  kind: Required<Pick<TextKind<undefined>, "expected" | "isOne" | "without">>,
): Setting<string | undefined> {
  const { expected, isOne, without } = kind;
  return {
    flags: [{ name: flag, placeholder: "FILE", help, fallback: without }],
    fallback: undefined,
    expected,
    secret: true,
    accept: (value) => (typeof value === "string" && isOne(value) ? value : undefined),
    parse: ([file]) => (file === undefined ? undefined : readFileFor(flag, file).trim()),
  };
}

/** The text of a file that a flag names. @throws {SettingError} */
export function readFileFor(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new SettingError(`--${flag}: ${messageOf(error)}`);
  }
}
