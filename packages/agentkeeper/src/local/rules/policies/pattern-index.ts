// Patterns of one field, each leading somewhere, found by a value without trying them all: those without a wildcard by
// the value itself, those with one by a literal piece of theirs.
import { createLiteralShelves, type Probe } from "./literal-shelves.ts";
import { compilePattern, type Pattern } from "./wildcard.ts";

export interface PatternIndex<Target> {
  readonly size: number;
  /** The target of a pattern, made by `create` if the pattern is new. */
  ensure(text: string, create: () => Target): Target;
  get(text: string): Target | undefined;
  delete(text: string): void;
  /** Appends the targets of all patterns that match the value to `found`, in no order. */
  collect(value: Probe, found: Target[]): void;
}

interface Branch<Target> {
  readonly pattern: Pattern;
  readonly target: Target;
}

export function createPatternIndex<Target>(): PatternIndex<Target> {
  const branches = new Map<string, Branch<Target>>();
  const exact = new Map<string, Target[]>();
  const wild = createLiteralShelves<Branch<Target>>();

  return {
    get size() {
      return branches.size;
    },

    ensure(text, create) {
      const known = branches.get(text);
      if (known !== undefined) return known.target;
      const branch = { pattern: compilePattern(text), target: create() };
      const { pattern, target } = branch;
      branches.set(text, branch);
      if (!pattern.exact) wild.add(branch);
      // Two texts may mean one value: `a\b` and `a\\b`.
      else if (exact.has(pattern.prefix)) exact.get(pattern.prefix)?.push(target);
      else exact.set(pattern.prefix, [target]);
      return target;
    },

    get: (text) => branches.get(text)?.target,

    delete(text) {
      const branch = branches.get(text);
      if (branch === undefined) return;
      const { pattern, target } = branch;
      branches.delete(text);
      if (!pattern.exact) wild.delete(branch);
      else {
        const others = (exact.get(pattern.prefix) ?? []).filter((other) => other !== target);
        if (others.length === 0) exact.delete(pattern.prefix);
        else exact.set(pattern.prefix, others);
      }
    },

    collect(value, found) {
      const targets = exact.get(value.text);
      if (targets !== undefined) found.push(...targets);
      wild.visit(value, ({ pattern, target }) => {
        if (pattern.matches(value.text)) found.push(target);
      });
    },
  };
}
