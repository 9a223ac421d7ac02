// Likeness of two words by the character trigrams they share: the measure behind typing errors.

/** The distinct trigrams of a word, padded so that its beginning weighs more than its end. */
export function trigrams(word: string): ReadonlySet<string> {
  const characters = [" ", " ", ...word, " "];
  const found = new Set<string>();
  for (let i = 2; i < characters.length; i++) {
    found.add(`${characters[i - 2]}${characters[i - 1]}${characters[i]}`);
  }
  return found;
}
