// Wildcard patterns by a literal piece of theirs: the beginning, the end, or a few characters from between two
// wildcards. A value holds a piece of every pattern that matches it, so few patterns need to be tried.
import type { Pattern } from "./wildcard.ts";

/** A value to look up, which is cut into pieces once however many shelves it is looked up on. */
export interface Probe {
  readonly text: string;
  /** Its beginning, its end, or each of its runs, of so many characters; each text once. */
  pieces(from: Side, length: number): readonly string[];
}

/** Which part of a pattern or value a piece is of. */
export type Side = "beginning" | "end" | "middle";

const sides: readonly Side[] = ["beginning", "end", "middle"];

/** Runs in the middle are this long, or shorter where the literal text is: each value has few of them. */
const runLength = 4;

export interface LiteralShelves<Item extends Shelved> {
  add(item: Item): void;
  delete(item: Item): void;
  /** Tells each item that may match the value, and possibly some that do not. */
  visit(value: Probe, visitor: (item: Item) => void): void;
}

/** What can be put on a shelf. */
export interface Shelved {
  readonly pattern: Pattern;
}

interface Place {
  readonly side: Side;
  readonly piece: string;
}

export function probe(text: string): Probe {
  const cut: Record<Side, (readonly string[])[]> = { beginning: [], end: [], middle: [] };
  return {
    text,
    pieces(from, length) {
      const known = cut[from][length];
      if (known !== undefined) return known;
      const pieces = length > text.length ? [] : cutFrom(text, from, length);
      cut[from][length] = pieces;
      return pieces;
    },
  };
}

export function createLiteralShelves<Item extends Shelved>(): LiteralShelves<Item> {
  const shelves: Record<Side, Map<number, Map<string, Set<Item>>>> = {
    beginning: new Map(),
    end: new Map(),
    middle: new Map(),
  };
  const places = new Map<Item, Place>();
  const crowdAt = ({ side, piece }: Place): number => shelves[side].get(piece.length)?.get(piece)?.size ?? 0;

  /** Where the fewest others are; of equals the longest piece, which tells more values apart. */
  const bestPlace = (pattern: Pattern): Place => {
    let best: Place = { side: "beginning", piece: "" };
    let bestCrowd = Number.POSITIVE_INFINITY;
    for (const place of placesOf(pattern)) {
      const crowd = crowdAt(place);
      if (crowd < bestCrowd || (crowd === bestCrowd && place.piece.length > best.piece.length)) {
        best = place;
        bestCrowd = crowd;
      }
    }
    return best;
  };

  return {
    add(item) {
      const place = bestPlace(item.pattern);
      places.set(item, place);
      const byPiece = shelves[place.side].get(place.piece.length) ?? new Map<string, Set<Item>>();
      const items = byPiece.get(place.piece) ?? new Set<Item>();
      shelves[place.side].set(place.piece.length, byPiece.set(place.piece, items.add(item)));
    },

    delete(item) {
      const place = places.get(item);
      if (place === undefined) return;
      places.delete(item);
      const shelf = shelves[place.side];
      const byPiece = shelf.get(place.piece.length);
      const items = byPiece?.get(place.piece);
      items?.delete(item);
      if (items?.size === 0) byPiece?.delete(place.piece);
      if (byPiece?.size === 0) shelf.delete(place.piece.length);
    },

    visit(value, visitor) {
      // Most patterns of most fields have no wildcard.
      if (places.size === 0) return;
      for (const side of sides) {
        for (const [length, byPiece] of shelves[side]) {
          for (const piece of value.pieces(side, length)) byPiece.get(piece)?.forEach(visitor);
        }
      }
    },
  };
}

/** Where a pattern may be put; nowhere if it is nothing but wildcards. */
function* placesOf({ prefix, suffix, middles }: Pattern): Generator<Place> {
  if (prefix !== "") yield { side: "beginning", piece: prefix };
  if (suffix !== "") yield { side: "end", piece: suffix };
  for (const middle of middles) {
    for (const piece of cutFrom(middle, "middle", Math.min(runLength, middle.length))) {
      yield { side: "middle", piece };
    }
  }
}

function cutFrom(text: string, side: Side, length: number): string[] {
  switch (side) {
    case "beginning":
      return [text.slice(0, length)];
    case "end":
      return [text.slice(text.length - length)];
    case "middle": {
      const runs = new Set<string>();
      for (let start = 0; start + length <= text.length; start++) runs.add(text.slice(start, start + length));
      return [...runs];
    }
  }
}
