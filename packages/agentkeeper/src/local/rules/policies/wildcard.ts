// The wildcard patterns of policies: `*` stands for any run of characters, everything else for itself.

/** A compiled pattern of one policy field. */
export interface Pattern {
  readonly text: string;
  /** The literal text before the first wildcard; all of it if there is none. */
  readonly prefix: string;
  /** The literal text after the last wildcard; "" if there is none. */
  readonly suffix: string;
  /** The literal texts between two wildcards, in order, without empty ones. */
  readonly middles: readonly string[];
  /** Whether the pattern has no wildcard, so that it matches `prefix` and nothing else. */
  readonly exact: boolean;
  /** Whether the whole of `value` fits. Takes time in proportion to the two lengths, whatever the pattern. */
  matches(value: string): boolean;
}

/**
 * Compiles a pattern: `*` matches any run of characters, the empty one and line breaks included; `\*` and `\\` are a
 * literal star and backslash; every other character, a lone backslash too, is literal and case-sensitive.
 */
export function compilePattern(text: string): Pattern {
  const [prefix = "", ...rest] = literalsOf(text);
  const suffix = rest.pop();
  if (suffix === undefined) {
    return { text, prefix, suffix: "", middles: [], exact: true, matches: (value) => value === prefix };
  }
  const middles = rest.filter((literal) => literal !== "");
  const searches = middles.map(searchFor);
  const shortest = prefix.length + suffix.length;

  const matches = (value: string): boolean => {
    if (value.length < shortest || !value.startsWith(prefix) || !value.endsWith(suffix)) return false;
    const end = value.length - suffix.length;
    let from = prefix.length;
    // Taking each literal where it first occurs leaves the most room for those behind it, so no choice is undone.
    for (const search of searches) {
      from = search(value, from, end);
      if (from === -1) return false;
    }
    return true;
  };
  return { text, prefix, suffix, middles, exact: false, matches };
}

/** The literal texts between the wildcards: one more than there are wildcards. */
function literalsOf(text: string): string[] {
  const literals: string[] = [];
  let literal = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    if (character === "*") {
      literals.push(literal);
      literal = "";
    } else if (character === "\\" && (next === "*" || next === "\\")) {
      literal += next;
      i++;
    } else {
      literal += character;
    }
  }
  literals.push(literal);
  return literals;
}

/** Finds a literal in `value` between `from` and `end`; answers the position behind it, or -1. */
type Search = (value: string, from: number, end: number) => number;

/** Knuth-Morris-Pratt: `indexOf` may take the product of the lengths, this never more than their sum. */
function searchFor(literal: string): Search {
  const fallbacks = fallbacksOf(literal);
  return (value, from, end) => {
    let matched = 0;
    for (let i = from; i < end; i++) {
      const unit = value.charCodeAt(i);
      while (matched > 0 && literal.charCodeAt(matched) !== unit) matched = fallbacks[matched - 1] ?? 0;
      if (literal.charCodeAt(matched) === unit) matched++;
      if (matched === literal.length) return i + 1;
    }
    return -1;
  };
}

/** For each length of a matched beginning: the longest shorter beginning that also ends there. */
function fallbacksOf(literal: string): Uint32Array {
  const fallbacks = new Uint32Array(literal.length);
  let matched = 0;
  for (let i = 1; i < literal.length; i++) {
    const unit = literal.charCodeAt(i);
    while (matched > 0 && literal.charCodeAt(matched) !== unit) matched = fallbacks[matched - 1] ?? 0;
    if (literal.charCodeAt(matched) === unit) matched++;
    fallbacks[i] = matched;
  }
  return fallbacks;
}
