// Patterns of one field, each leading somewhere, found by a value without trying them all: those without a wildcard by
// the value itself, those with one by the literal text they begin or end with.
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

/** A value to look up, which cuts each of its ends once however many indexes it is looked up in. */
export interface Probe {
  readonly text: string;
  prefix(length: number): string;
  suffix(length: number): string;
}

export function probe(text: string): Probe {
  const prefixes: string[] = [];
  const suffixes: string[] = [];
  return {
    text,
    prefix: (length) => (prefixes[length] ??= text.slice(0, length)),
    suffix: (length) => (suffixes[length] ??= text.slice(text.length - length)),
  };
}

interface Branch<Target> {
  readonly pattern: Pattern;
  readonly target: Target;
}

export function createPatternIndex<Target>(): PatternIndex<Target> {
  const branches = new Map<string, Branch<Target>>();
  const exact = new Map<string, Target[]>();
  const byPrefix = createAffixIndex<Target>("prefix");
  const bySuffix = createAffixIndex<Target>("suffix");

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
      if (!pattern.exact) (longerPrefix(pattern) ? byPrefix : bySuffix).add(affixOf(pattern), branch);
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
      if (!pattern.exact) (longerPrefix(pattern) ? byPrefix : bySuffix).delete(affixOf(pattern), branch);
      else {
        const others = (exact.get(pattern.prefix) ?? []).filter((other) => other !== target);
        if (others.length === 0) exact.delete(pattern.prefix);
        else exact.set(pattern.prefix, others);
      }
    },

    collect(value, found) {
      const targets = exact.get(value.text);
      if (targets !== undefined) found.push(...targets);
      byPrefix.collect(value, found);
      bySuffix.collect(value, found);
    },
  };
}

/** The longer literal end tells more patterns apart. */
function longerPrefix({ prefix, suffix }: Pattern): boolean {
  return prefix.length >= suffix.length;
}

function affixOf(pattern: Pattern): string {
  return longerPrefix(pattern) ? pattern.prefix : pattern.suffix;
}

interface AffixIndex<Target> {
  add(affix: string, branch: Branch<Target>): void;
  delete(affix: string, branch: Branch<Target>): void;
  collect(value: Probe, found: Target[]): void;
}

/** Wildcard patterns by a literal text at one end of the value. One look-up for each length of text in use. */
function createAffixIndex<Target>(end: "prefix" | "suffix"): AffixIndex<Target> {
  const byLength = new Map<number, Map<string, Set<Branch<Target>>>>();

  return {
    add(affix, branch) {
      const byAffix = byLength.get(affix.length) ?? new Map<string, Set<Branch<Target>>>();
      const branches = byAffix.get(affix) ?? new Set<Branch<Target>>();
      byLength.set(affix.length, byAffix.set(affix, branches.add(branch)));
    },

    delete(affix, branch) {
      const byAffix = byLength.get(affix.length);
      const branches = byAffix?.get(affix);
      if (byAffix === undefined || branches === undefined) return;
      branches.delete(branch);
      if (branches.size === 0) byAffix.delete(affix);
      if (byAffix.size === 0) byLength.delete(affix.length);
    },

    collect(value, found) {
      for (const [length, byAffix] of byLength) {
        if (length > value.text.length) continue;
        const branches = byAffix.get(value[end](length));
        if (branches === undefined) continue;
        for (const { pattern, target } of branches) if (pattern.matches(value.text)) found.push(target);
      }
    },
  };
}
