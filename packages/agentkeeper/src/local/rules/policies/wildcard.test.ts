import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "./wildcard.ts";

type Piece = { readonly star: true } | { readonly star: false; readonly character: string };

/** The rules once more, as slow as they read: a pattern is stars and characters, and a star tries every length. */
function naiveMatch(pattern: readonly Piece[], value: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return value === "";
  if (!first.star)
    return value.startsWith(first.character) && naiveMatch(rest, value.slice(first.character.length));
  for (let taken = 0; taken <= value.length; taken++) {
    if (naiveMatch(rest, value.slice(taken))) return true;
  }
  return false;
}

function write(pattern: readonly Piece[]): string {
  return pattern.map((piece) => (piece.star ? "*" : piece.character.replace(/[*\\]/, "\\$&"))).join("");
}

// Few letters and many stars, so that beginnings repeat, and matches and near misses are common.
const character = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("a", "b") },
  { weight: 1, arbitrary: fc.constantFrom("*", "\\", "\n", ":", "?", "[") },
);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Piece>({ star: true }) },
  { weight: 2, arbitrary: character.map((c): Piece => ({ star: false, character: c })) },
);
const pattern = fc.array(piece, { maxLength: 8 });
const value = fc.string({ unit: character, maxLength: 8 });

test("AK-P2 a pattern matches exactly what trying every length of every star matches", () => {
  fc.assert(
    fc.property(pattern, value, (pieces, text) => {
      expect(compilePattern(write(pieces)).matches(text)).toBe(naiveMatch(pieces, text));
    }),
    { numRuns: 20_000 },
  );
});

test("AK-P2 a value that was made from the pattern matches it", () => {
  const filled = fc.array(fc.tuple(piece, value), { maxLength: 9 });
  fc.assert(
    fc.property(filled, (parts) => {
      const text = parts.map(([part, fill]) => (part.star ? fill : part.character)).join("");
      expect(compilePattern(write(parts.map(([part]) => part))).matches(text)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["a\\*b", "a*b", true],
  ["a\\*b", "a\\*b", false],
  ["a\\\\b", "a\\b", true],
  ["a\\\\*", "a\\anything", true],
  ["a\\b", "a\\b", true],
  ["a\\", "a\\", true],
  ["\\\\\\*", "\\*", true],
  ["\\", "\\", true],
])(
  "AK-P2 in %j a backslash before star or backslash escapes it, any other is itself: %j is %j",
  (text, value, expected) => {
    expect(compilePattern(text).matches(value)).toBe(expected);
  },
);

test("AK-P2 ? [] . + and ( are literal, and case counts", () => {
  for (const literal of ["?", "[a]", ".", "a+", "(a|b)", "^a$", "{1}"]) {
    expect(compilePattern(literal).matches(literal)).toBe(true);
    expect(compilePattern(`*${literal}*`).matches(`x${literal}x`)).toBe(true);
  }
  expect(compilePattern("a?").matches("ab")).toBe(false);
  expect(compilePattern("A").matches("a")).toBe(false);
});

test("AK-P2 work grows with the sum of the two lengths, however unlucky the pattern", () => {
  // A backtracking matcher never ends here, and one built on indexOf compares 10^10 characters.
  const half = "a".repeat(100_000);
  const hopeless = compilePattern(`*${"a*".repeat(1_000)}${half}b*${half}b`);
  expect(hopeless.matches(`${half}${half}`)).toBe(false);
  expect(compilePattern(`*${half}b*`).matches(`${half}${half}`)).toBe(false);
  expect(compilePattern(`*${half}b*`).matches(`${half}${half}b`)).toBe(true);
});
