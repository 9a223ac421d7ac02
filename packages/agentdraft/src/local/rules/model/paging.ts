// Pages of lists whose items never move: a cursor is a place in the list.

import { invalid, type Refusal } from "./refusal.ts";
import type { Page } from "./replies.ts";

/** Which page. */
export interface PageOf {
  readonly cursor: string | null;
  /** 1..100 */
  readonly limit: number;
}

/** A place in a list; undefined for what is none. */
export function readCursor(cursor: string): number | undefined {
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined;
}

export const foreignCursor: Refusal = invalid("cursor", "this cursor was not made by an earlier answer");

/** A page from the end of a list of ids, newest first. What comes later is before the first page, and moves none. */
export function newestPage<Item>(
  ids: readonly string[],
  { cursor, limit }: PageOf,
  show: (id: string) => Item | undefined,
): Page<Item> | Refusal {
  const from = cursor === null ? ids.length : readCursor(cursor);
  if (from === undefined) {
    return foreignCursor;
  }
  const items: Item[] = [];
  let before = Math.min(from, ids.length);
  for (; before > 0 && items.length < limit; before -= 1) {
    const item = show(ids[before - 1] ?? "");
    if (item !== undefined) {
      items.push(item);
    }
  }
  return { items, nextCursor: before > 0 ? String(before) : null };
}
