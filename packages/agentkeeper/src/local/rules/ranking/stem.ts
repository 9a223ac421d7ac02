// A small English stemmer: endings are cut by fixed rules, so that every daemon ranks alike.

const asciiWord = /^[a-z]{4,}$/;
const pluralOfSibilant = /(?:sses|xes|ches|shes|zes)$/;
const vowel = /[aeiouy]/;
// The consonants of "running", "stopped", "bigger"; l, s and z stay double as in "call", "pass", "buzz".
const doubledConsonant = /([bcdfghjkmnpqrtvwx])\1$/;

/** The stem of one lower-case token. Tokens that are short or not plain ASCII letters are their own stem. */
export function stem(token: string): string {
  if (!asciiWord.test(token)) return token;
  const cut = cutSuffix(cutPlural(token));
  return cut.length >= 4 && cut.endsWith("e") ? cut.slice(0, -1) : cut;
}

function cutPlural(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (pluralOfSibilant.test(word)) return word.slice(0, -2);
  if (word.endsWith("s") && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

function cutSuffix(word: string): string {
  if (word.length >= 8 && word.endsWith("ization")) return word.slice(0, -5);
  if (word.length >= 7 && word.endsWith("ation")) return word.slice(0, -3);
  if (word.length >= 6 && word.endsWith("tion")) return word.slice(0, -3);
  if (word.length >= 6 && word.endsWith("ing") && vowel.test(word.slice(0, -3)))
    return undouble(word.slice(0, -3));
  if (word.length >= 5 && word.endsWith("ed") && vowel.test(word.slice(0, -2)))
    return undouble(word.slice(0, -2));
  if (word.length >= 6 && /(?:er|or)$/.test(word)) return undouble(word.slice(0, -2));
  return word;
}

function undouble(word: string): string {
  return doubledConsonant.test(word) ? word.slice(0, -1) : word;
}
