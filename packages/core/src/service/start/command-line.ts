// A command line, read by the table of its settings: parser, check and help text from one place.
import { parseArgs } from "node:util";
import { didYouMean } from "../../nearest.ts";
import { type Flag, type OptionsOf, type Setting, SettingError, type Settings } from "./settings.ts";

/** What a command line says. */
export interface CommandLine<Values> {
  readonly options: OptionsOf<Values>;
  readonly positionals: readonly string[];
}

interface Place {
  readonly option: string;
  readonly flag: Flag;
}

const kebab = (option: string): string => option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** The flags of a table by their names, in its order. */
function flagsOf<Values>(settings: Settings<Values>): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const [option, { flags }] of Object.entries<Setting<unknown>>(settings)) {
    for (const flag of flags) {
      places.set(flag.name ?? kebab(option), { option, flag });
    }
  }
  return places;
}

/**
 * Reads a command line. `--flag=value` and `--flag value` are the same; the last one counts, unless the flag repeats; `-h` is
 * `--help`.
 *
 * @throws {SettingError} for an unknown flag, a stray argument, or a value that cannot be read
 */
export function parseCommandLine<Values>(
  settings: Settings<Values>,
  args: readonly string[],
  positionalNames: readonly string[] = [],
): CommandLine<Values> {
  const places = flagsOf(settings);
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const options = Object.fromEntries(
    [...places].map(([name, { flag }]) => [
      name,
      {
        type: flag.placeholder === undefined ? ("boolean" as const) : ("string" as const),
        ...(name === "help" ? { short: "h" } : {}),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") {
      positionals.push(token.value);
    } else if (token.kind === "option") {
      const text = textOf(places, token);
      const before = places.get(token.name)?.flag.repeats === true ? given.get(token.name) : undefined;
      given.set(token.name, [...(before ?? []), text]);
    }
  }
  checkPositionals(positionals, positionalNames);

  const read: Record<string, unknown> = {};
  for (const [option, setting] of Object.entries<Setting<unknown>>(settings)) {
    const names = setting.flags.map(({ name = kebab(option) }) => name);
    const value = setting.parse(names.flatMap((name) => given.get(name) ?? [undefined]));
    if (value !== undefined && names.length > 0) {
      if (setting.accept(value) === undefined) {
        const got =
          setting.secret === true ? "" : `, got "${given.get(names[0] ?? "")?.join(" ") ?? String(value)}"`;
        throw new SettingError(`--${names[0]}: expected ${setting.expected}${got}`);
      }
      read[option] = value;
    }
  }
  return { options: read as OptionsOf<Values>, positionals };
}

function textOf(
  places: ReadonlyMap<string, Place>,
  {
    name,
    rawName,
    value,
  }: { readonly name: string; readonly rawName: string; readonly value?: string | undefined },
): string {
  const place = places.get(name);
  if (place === undefined) {
    throw new SettingError(
      `unknown flag ${rawName}${didYouMean(name, places.keys(), (near) => `--${near}`)}`,
    );
  }
  const takesValue = place.flag.placeholder !== undefined;
  if (takesValue && (value === undefined || value === "")) {
    throw new SettingError(`--${name}: expected a value: --${name}=${place.flag.placeholder}`);
  }
  if (!takesValue && value !== undefined) {
    throw new SettingError(`--${name} takes no value, got "${value}"`);
  }
  return value ?? "";
}

function checkPositionals(given: readonly string[], names: readonly string[]): void {
  const [stray] = given.slice(names.length);
  if (stray !== undefined) {
    throw new SettingError(`unexpected argument "${stray}"`);
  }
  const [missing] = names.slice(given.length);
  if (missing !== undefined) {
    throw new SettingError(`expected ${names.join(" ")}, and ${missing} is missing`);
  }
}

/** The help text of a table, one line each flag, the width of the longest. */
export function describeFlags<Values>(settings: Settings<Values>): string {
  return twoColumns(
    [...flagsOf(settings)].map(([name, { flag }]) => [
      flag.placeholder === undefined ? `--${name}` : `--${name}=${flag.placeholder}`,
      flag.fallback === undefined ? flag.help : `${flag.help} (default: ${flag.fallback})`,
    ]),
  );
}

/** Rows of a name and what it is. */
export function twoColumns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
