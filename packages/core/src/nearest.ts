// The known word that somebody most likely meant.

/** How many letters must be added, dropped, changed or swapped with their neighbour to make one word of the other. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Of known words the one nearest to `word`; `undefined` when none is near enough to be meant. */
export function nearestOf(word: string, known: Iterable<string>): string | undefined {
  const meant = plain(word.slice(0, 64));
  let nearest: string | undefined;
  let least = Math.max(1, Math.floor(meant.length * 0.4)) + 1;
  for (const candidate of known) {
    const other = plain(candidate);
    // What somebody began to write, or wrote with a unit too few, is as near as one letter.
    const away =
      meant.length > 1 && other.startsWith(meant)
        ? Math.min(1, distance(meant, other))
        : distance(meant, other);
    if (away < least) {
      least = away;
      nearest = candidate;
    }
  }
  return nearest;
}

/** `; did you mean x?`, or nothing. */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  write = (name: string): string => name,
): string {
  const nearest = nearestOf(word, known);
  return nearest === undefined ? "" : `; did you mean ${write(nearest)}?`;
}
