// The rows of one page out of a collection of any size, with an amount of work that has a bound.

/** An order of items. */
export interface Sorting<Item> {
  /** Asked once for each item. */
  readonly key: (item: Item) => string | number;
  readonly down: boolean;
}

/** What to take from a collection. */
export interface Picking<Item> {
  /** In its natural order. */
  readonly from: Iterable<Item>;
  /** How many `from` has. */
  readonly size: number;
  /** Everything when absent. */
  readonly matches?: ((item: Item) => boolean) | undefined;
  /** The natural order when absent. */
  readonly sort?: Sorting<Item> | undefined;
  /** The number of the page, from 1; the last one when it is beyond. */
  readonly page: number;
}

/** One page of a collection. */
export interface Picked<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
  /** How many match; of those that were looked at. */
  readonly matching: number;
  /** How many were not looked at, because there are too many for a page. */
  readonly unseen: number;
  /** Whether `sort` was obeyed: too many items stay in their natural order. */
  readonly sorted: boolean;
}

/** Rows of a page. */
export const pageSize = 50;

/** Items that are looked at for one page, some 50 ns each. */
const mostSeen = 100_000;

/** Items that are sorted for one page, some 500 ns each. */
const mostSorted = 10_000;

/** Takes one page. */
export function pick<Item>({ from, size, matches, sort, page }: Picking<Item>): Picked<Item> {
  // Without a question the wanted rows can be counted out; with one, how many there are must be found out first.
  const plain = matches === undefined && (sort === undefined || size > mostSorted);
  const reachable = Math.min(size, mostSeen);
  if (plain) {
    const last = Math.max(1, Math.ceil(reachable / pageSize));
    const shown = Math.min(page, last);
    const items = stretch(from, (shown - 1) * pageSize, Math.min(shown * pageSize, reachable));
    const sorted = sort === undefined;
    return { items, page: shown, pages: last, matching: reachable, unseen: size - reachable, sorted };
  }
  const found: Item[] = [];
  let seen = 0;
  for (const item of from) {
    if (seen === mostSeen) {
      break;
    }
    seen += 1;
    if (matches === undefined || matches(item)) {
      found.push(item);
    }
  }
  const sorts = sort !== undefined && found.length <= mostSorted;
  const ordered = sorts ? sorted(found, sort) : found;
  const pages = Math.max(1, Math.ceil(found.length / pageSize));
  const shown = Math.min(page, pages);
  return {
    items: ordered.slice((shown - 1) * pageSize, shown * pageSize),
    page: shown,
    pages,
    matching: found.length,
    unseen: size - seen,
    sorted: sorts || sort === undefined,
  };
}

function sorted<Item>(items: readonly Item[], { key, down }: Sorting<Item>): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  const sign = down ? -1 : 1;
  keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : 0));
  return keyed.map(({ item }) => item);
}

function stretch<Item>(from: Iterable<Item>, start: number, end: number): Item[] {
  const items: Item[] = [];
  let index = 0;
  for (const item of from) {
    if (index >= end) {
      break;
    }
    if (index >= start) {
      items.push(item);
    }
    index += 1;
  }
  return items;
}
