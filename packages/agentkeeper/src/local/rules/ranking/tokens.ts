// Text to tokens: what Find counts as a word.

const stopWords: ReadonlySet<string> = new Set(
  "a an and are as at be by for from in into is it of on or that the this to using with".split(" "),
);

// "moneyConverter" is two words to a reader; "HTTPServer" stays one, because a capital follows a capital.
const caseBoundary = /([\p{Ll}\p{Nd}])(?=\p{Lu})/gu;
const letterOrDigitRuns = /[\p{L}\p{Nd}]+/gu;

/** Splits text into lower-case words, in order and with repeats, without the stop words. */
export function tokenize(text: string): string[] {
  const spaced = text.normalize("NFKC").replace(caseBoundary, "$1 ").toLowerCase();
  return (spaced.match(letterOrDigitRuns) ?? []).filter((token) => !stopWords.has(token));
}
