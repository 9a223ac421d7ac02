// Orders of lists, and their pages.

/** Of ids, which are ASCII. */
export const compareIds = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const page = <Item>(items: readonly Item[], offset: number, limit: number): readonly Item[] =>
  items.slice(offset, offset + limit);
