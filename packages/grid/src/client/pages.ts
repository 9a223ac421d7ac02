// All items of a list that is read by offset while it grows: each once, and an end even where the list shifts under the reader.

/** One page. */
interface PageOf<T> {
  readonly items: readonly T[];
  /** How many there are in all, where the server says it. */
  readonly total: number | null;
}

/** Reads page behind page. Items that come twice are passed over; a page without anything new is the last. */
export async function* allPages<T extends { readonly id: string }>(
  read: (offset: number) => Promise<PageOf<T>>,
): AsyncGenerator<T, void> {
  const seen: Set<string> = new Set();
  let offset = 0;
  for (;;) {
    const { items, total } = await read(offset);
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) {
      seen.add(id);
    }
    yield* fresh;
    offset += items.length;
    if (fresh.length === 0 || offset >= (total ?? Infinity)) {
      return;
    }
  }
}
