// Command-line flags: one table that is parser, check and help text at once.
import { parseArgs } from "node:util";
import { parseAddress } from "./address.ts";

/** One flag. `read` answers the value, or throws a {@link FlagError} that says what is expected. */
export interface Flag<Value> {
  /** How the value is written in the help text; absent for a flag without a value. */
  readonly placeholder?: string;
  readonly help: string;
  /** What holds when the flag is not given, in words for the help text. */
  readonly fallback?: string;
  read(text: string | undefined): Value;
}

/** A command line that cannot be understood. The message names the flag and what was expected. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

type Values<Flags> = {
  readonly [Name in keyof Flags]: Flags[Name] extends Flag<infer Value> ? Value : never;
};

/**
 * Reads a command line. `--flag=value` and `--flag value` are the same; the last one counts.
 *
 * @throws {FlagError} for an unknown flag, a stray argument, or a value that cannot be read
 */
export function parseFlags<const Flags extends Readonly<Record<string, Flag<unknown>>>>(
  flags: Flags,
  args: readonly string[],
): Values<Flags> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      { type: flag.placeholder === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  let given: Readonly<Record<string, unknown>>;
  try {
    given = parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new FlagError(text.split("\n")[0]?.replace(/\. To specify.*$/, "") ?? text);
  }
  const values = Object.entries(flags).map(([name, flag]) => {
    const text = given[name];
    try {
      return [name, flag.read(typeof text === "string" ? text : text === true ? "true" : undefined)];
    } catch (error) {
      throw error instanceof FlagError ? new FlagError(`--${name}: ${error.message}`) : error;
    }
  });
  return Object.fromEntries(values) as Values<Flags>;
}

/** The help text of a table of flags, one line each, the width of the longest. */
export function describeFlags(flags: Readonly<Record<string, Flag<unknown>>>): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const left = flag.placeholder === undefined ? `--${name}` : `--${name}=${flag.placeholder}`;
    return [
      left,
      flag.fallback === undefined ? flag.help : `${flag.help} (default: ${flag.fallback})`,
    ] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** A flag with an address as its value, left as text. @param off a word that stands for no address */
export function addressFlag(help: string, fallback: string, off?: string): Flag<string | undefined> {
  return {
    placeholder: "HOST:PORT",
    help,
    fallback,
    read(text) {
      if (text !== undefined && text !== off && parseAddress(text) === undefined) {
        throw new FlagError(`expected HOST:PORT, :PORT or [IPV6]:PORT, got "${text}"`);
      }
      return text;
    },
  };
}

/** A flag without a value. */
export function switchFlag(help: string): Flag<boolean> {
  return { help, read: (text) => text !== undefined };
}

/** A flag with one of a few words as its value. */
export function choiceFlag<const Choice extends string>(
  help: string,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
): Flag<Choice> {
  return {
    placeholder: choices.join("|"),
    help,
    fallback,
    read(text) {
      const choice = text === undefined ? fallback : choices.find((candidate) => candidate === text);
      if (choice === undefined) {
        throw new FlagError(`expected ${choices.join(" or ")}, got "${text}"`);
      }
      return choice;
    },
  };
}

/** A flag with a whole number as its value. */
export function integerFlag(
  help: string,
  fallback: number,
  bounds: { readonly min: number; readonly max: number },
): Flag<number> {
  return {
    placeholder: "N",
    help,
    fallback: String(fallback),
    read(text) {
      const value = text === undefined ? fallback : /^\d+$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= bounds.min && value <= bounds.max)) {
        throw new FlagError(`expected a whole number from ${bounds.min} to ${bounds.max}, got "${text}"`);
      }
      return value;
    },
  };
}

/** A flag with any text as its value; `undefined` when it is not given. */
export function textFlag(placeholder: string, help: string, fallback?: string): Flag<string | undefined> {
  return {
    placeholder,
    help,
    ...(fallback === undefined ? {} : { fallback }),
    read(text) {
      if (text === "") {
        throw new FlagError("expected a value");
      }
      return text;
    },
  };
}
