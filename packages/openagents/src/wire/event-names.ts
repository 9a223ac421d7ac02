// What an event may be called, and what is wrong with a name that it may not have.

const shape = /^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+$/;

/** Names of the right shape, or nearly, that say nothing. */
const reservedEventNames: ReadonlySet<string> = new Set([
  "event",
  "message",
  "test",
  "temp",
  "tmp",
  "placeholder",
  "unknown",
  "default",
  "generic",
  "sample",
  "example",
  "transport.message",
  "base.event",
  "system.event",
]);

/** Why a name is none. */
export type EventNameRule = "empty" | "reserved" | "no dot" | "characters" | "part too short";

/** The rule that a name breaks; `undefined` for a valid one. */
export function brokenEventNameRule(name: string): EventNameRule | undefined {
  if (name.trim() === "") {
    return "empty";
  }
  if (reservedEventNames.has(name)) {
    return "reserved";
  }
  if (!name.includes(".")) {
    return "no dot";
  }
  // `$` alone would let one newline through.
  if (!shape.test(name) || name.endsWith("\n")) {
    return "characters";
  }
  return name.split(".").some((part) => part.length < 2) ? "part too short" : undefined;
}

const words: Readonly<Record<EventNameRule, string>> = {
  empty: "is empty",
  reserved: "is a placeholder that says nothing; name what happened, such as 'task.completed'",
  "no dot": "needs at least two parts with a dot between them, such as 'task.completed'",
  characters: "may have lower-case letters, digits and '_' only, each part beginning with a letter",
  "part too short": "has a part of one character; each needs at least two",
};

/** What is wrong with a name, as a sentence; `undefined` for a valid one. */
export function eventNameProblem(name: string): string | undefined {
  const rule = brokenEventNameRule(name);
  return rule === undefined ? undefined : `event_name '${name}' ${words[rule]}`;
}
