// The words of a collection with who uses them, findable by likeness through their trigrams.
import { addTo, removeFrom } from "./postings.ts";
import { trigrams } from "./trigrams.ts";

/** A word somebody uses, and how alike it is to the one that was looked for. */
export interface Alike<User> {
  readonly likeness: number;
  readonly users: ReadonlySet<User>;
}

export interface Vocabulary<User> {
  add(word: string, user: User): void;
  remove(word: string, user: User): void;
  /** How many steps `alike` takes for a word, before its answer. */
  costOf(word: string): number;
  /** The words at least `minimum` alike to `word` by Dice coefficient, in no order. */
  alike(word: string, minimum: number): Alike<User>[];
}

interface Word<User> {
  readonly trigrams: ReadonlySet<string>;
  readonly users: Set<User>;
}

export function createVocabulary<User>(): Vocabulary<User> {
  const words = new Map<string, Word<User>>();
  const byTrigram = new Map<string, Set<Word<User>>>();

  return {
    add(word, user) {
      let entry = words.get(word);
      if (entry === undefined) {
        entry = { trigrams: trigrams(word), users: new Set() };
        words.set(word, entry);
        for (const trigram of entry.trigrams) addTo(byTrigram, trigram, entry);
      }
      entry.users.add(user);
    },

    remove(word, user) {
      const entry = words.get(word);
      if (entry === undefined) return;
      entry.users.delete(user);
      if (entry.users.size > 0) return;
      words.delete(word);
      for (const trigram of entry.trigrams) removeFrom(byTrigram, trigram, entry);
    },

    costOf(word) {
      let steps = 0;
      for (const trigram of trigrams(word)) steps += byTrigram.get(trigram)?.size ?? 0;
      return steps;
    },

    alike(word, minimum) {
      const wanted = trigrams(word);
      const shared = new Map<Word<User>, number>();
      for (const trigram of wanted) {
        for (const entry of byTrigram.get(trigram) ?? []) shared.set(entry, (shared.get(entry) ?? 0) + 1);
      }
      const found: Alike<User>[] = [];
      for (const [{ trigrams, users }, count] of shared) {
        const likeness = (2 * count) / (wanted.size + trigrams.size);
        if (likeness >= minimum) found.push({ likeness, users });
      }
      return found;
    },
  };
}
