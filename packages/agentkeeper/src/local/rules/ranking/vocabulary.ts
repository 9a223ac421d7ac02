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
  /**
   * The words at least `minimum` alike to `word` by Dice coefficient, in no order, and how many steps it took to find them. None, at no
   * cost, where it would take more than `most`.
   */
  alike(
    word: string,
    minimum: number,
    most: number,
  ): { readonly cost: number; readonly words: Alike<User>[] };
}

interface Word<User> {
  readonly trigrams: ReadonlySet<string>;
  readonly users: Set<User>;
  // Notes of the look that goes on: its number, and how many trigrams were the same.
  look: number;
  shared: number;
}

export function createVocabulary<User>(): Vocabulary<User> {
  const words = new Map<string, Word<User>>();
  const byTrigram = new Map<string, Set<Word<User>>>();
  let look = 0;

  return {
    add(word, user) {
      let entry = words.get(word);
      if (entry === undefined) {
        entry = { trigrams: trigrams(word), users: new Set(), look: 0, shared: 0 };
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

    alike(word, minimum, most) {
      const wanted = trigrams(word);
      const sharing: Set<Word<User>>[] = [];
      let cost = 0;
      for (const trigram of wanted) {
        const entries = byTrigram.get(trigram);
        if (entries !== undefined) {
          sharing.push(entries);
          cost += entries.size;
        }
      }
      if (cost > most) return { cost: 0, words: [] };
      look += 1;
      const seen: Word<User>[] = [];
      for (const entries of sharing) {
        for (const entry of entries) {
          if (entry.look !== look) {
            entry.look = look;
            entry.shared = 0;
            seen.push(entry);
          }
          entry.shared += 1;
        }
      }
      const words: Alike<User>[] = [];
      for (const { trigrams, users, shared } of seen) {
        const likeness = (2 * shared) / (wanted.size + trigrams.size);
        if (likeness >= minimum) words.push({ likeness, users });
      }
      return { cost, words };
    },
  };
}
