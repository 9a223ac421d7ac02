// Whether the public documentation of a server's options says what its table of settings does.
import { readFileSync } from "node:fs";
import type { Setting, Settings } from "../service/start/settings.ts";

/** `1..900` and `@default 30` of one documented member. */
const documented = /\/\*\*(?<doc>(?:[^*]|\*(?!\/))*)\*\/\s*readonly (?<name>\w+)[?:]/g;

/**
 * Where the comments on the options in a source file contradict the table, or say nothing of a bound or default that is a
 * number; empty when they agree.
 *
 * @param file the source that declares the interface of the values
 */
export function settingsDocProblems<Values>(file: URL, settings: Settings<Values>): string[] {
  const docs = new Map<string, string>();
  for (const { groups } of readFileSync(file, "utf8").matchAll(documented)) {
    docs.set(groups?.name ?? "", groups?.doc ?? "");
  }
  return Object.entries<Setting<unknown>>(settings).flatMap(([name, { expected, fallback }]) => {
    const doc = docs.get(name) ?? "";
    const problems: string[] = [];
    const bounds = /^a whole number from (\d+) to (\d+)$/.exec(expected);
    if (bounds !== null && !doc.includes(`${bounds[1]}..${bounds[2]}`)) {
      problems.push(`${name}: its comment does not say ${bounds[1]}..${bounds[2]}`);
    }
    const said = /@default (\S+)/.exec(doc)?.[1];
    const isPlain = ["number", "boolean", "string"].includes(typeof fallback);
    if (isPlain && said?.replaceAll(/["_]/g, "") !== String(fallback)) {
      problems.push(`${name}: its comment says @default ${said}, and it is ${String(fallback)}`);
    }
    return problems;
  });
}
