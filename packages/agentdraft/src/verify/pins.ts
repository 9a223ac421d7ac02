// A pin that is named is a pin: one whose value is missing must not let everything pass.

import { invalidOption } from "./moment.ts";

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/**
 * Refuses options that name a pin and give it no value (a variable that was never set), or misspell its name.
 *
 * @param texts pins that are compared as texts
 * @param others pins that are objects or lists
 * @throws InvalidArgumentError `invalid_option`
 */
export function demandPins(
  operation: string,
  options: object,
  texts: readonly string[],
  others: readonly string[],
): void {
  const named = options as Readonly<Record<string, unknown>>;
  const isGiven = (name: string): boolean =>
    texts.includes(name)
      ? typeof named[name] === "string"
      : typeof named[name] === "object" && named[name] !== null;
  const pins = [...texts, ...others];
  const empty = pins.find((name) => name in options && !isGiven(name));
  if (empty !== undefined) {
    throw invalidOption(
      operation,
      `${empty} is named, and has no value to compare with; leave it out to pin nothing`,
    );
  }
  for (const name of Object.keys(options)) {
    const meant = pins.find((pin) => pin !== name && plain(pin) === plain(name));
    if (meant !== undefined) {
      throw invalidOption(operation, `there is no ${name}; did you mean ${meant}?`);
    }
  }
}
