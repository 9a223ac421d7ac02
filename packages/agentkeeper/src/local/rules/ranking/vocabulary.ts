// The words of a collection with who uses them, findable by likeness through their trigrams.
import { addTo, removeFrom } from "./postings.ts";
import { dice, trigrams } from "./trigrams.ts";

/** A word somebody uses, and how alike it is to the one that was looked for. */
export interface Alike<User> {
  readonly likeness: number;
  readonly users: ReadonlySet<User>;
}

export interface Vocabulary<User> {
  add(word: string, user: User): void;
  remove(word: string, user: User): void;
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

    alike(word, minimum) {
      const wanted = trigrams(word);
      const candidates = new Set<Word<User>>();
      for (const trigram of wanted) for (const entry of byTrigram.get(trigram) ?? []) candidates.add(entry);
      const found: Alike<User>[] = [];
      for (const { trigrams, users } of candidates) {
        const likeness = dice(wanted, trigrams);
        if (likeness >= minimum) found.push({ likeness, users });
      }
      return found;
    },
  };
}
