// An agent card as the ranking sees it: three fields of counted stems, and the words they came from.
import { stem } from "./stem.ts";
import { tokenize } from "./tokens.ts";

/** What ranking reads of an agent card. */
export interface RankedCard {
  readonly name: string;
  readonly description: string;
  readonly tools: readonly string[];
  readonly capabilities: readonly { readonly name: string; readonly description: string }[];
}

/** How much one occurrence in name, tools and description counts. */
export const fieldWeights: readonly [name: number, tools: number, description: number] = [2.0, 1.5, 1.0];

/** Three numbers, one per field, in the order of {@link fieldWeights}. */
export type PerField = [name: number, tools: number, description: number];

/**
 * How much of a card is read, in characters of tools and of description with capabilities, and how many of its distinct words may
 * be found with typing errors: the bounds of a card alone would let one hold up everybody else.
 */
const readTools = 16_384;
const readDescription = 32_768;
const readWords = 1_024;

/** A card, tokenized and stemmed once. */
export interface Document {
  /** How often a stem stands in each field. */
  readonly counts: ReadonlyMap<string, Readonly<PerField>>;
  /** Length of each field in tokens. */
  readonly lengths: Readonly<PerField>;
  /** The distinct tokens of all fields, not stemmed, as many as are kept. */
  readonly words: readonly string[];
}

const documents = new WeakMap<RankedCard, Document>();

/** The document of a card. It is kept as long as the card object, which must not change meanwhile. */
export function documentOf(card: RankedCard): Document {
  const known = documents.get(card);
  if (known !== undefined) return known;
  const document = read(card);
  documents.set(card, document);
  return document;
}

function read(card: RankedCard): Document {
  const capabilities = card.capabilities.flatMap(({ name, description }) => [name, description]);
  const fields = [
    card.name,
    beginning(card.tools, readTools),
    beginning([card.description, ...capabilities], readDescription),
  ];
  const counts = new Map<string, PerField>();
  const lengths: PerField = [0, 0, 0];
  const words = new Set<string>();
  for (const [field, text] of fields.entries()) {
    for (const token of tokenize(text)) {
      const root = stem(token);
      const count = counts.get(root) ?? [0, 0, 0];
      count[field as 0 | 1 | 2] += 1;
      lengths[field as 0 | 1 | 2] += 1;
      counts.set(root, count);
      if (words.size < readWords) words.add(token);
    }
  }
  for (const [root, count] of counts) counts.set(root, shared(count));
  return { counts, lengths, words: [...words] };
}

const sharedCounts = new Map<string, PerField>();

/** Most stems stand once in one field: with one object for all of these a search stays within the processor's caches. */
function shared(count: PerField): PerField {
  if (Math.max(...count) > 8) return count;
  const key = count.join();
  const known = sharedCounts.get(key);
  if (known !== undefined) return known;
  sharedCounts.set(key, count);
  return count;
}

/** The texts in one, as far as they are read. */
function beginning(texts: readonly string[], characters: number): string {
  let text = "";
  for (const next of texts) {
    if (text.length >= characters) break;
    text += `${next.slice(0, characters)} `;
  }
  return text.slice(0, characters);
}
