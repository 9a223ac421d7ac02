// Lists that come in pages, as one stream of items.

/** One page as a daemon answers it. */
export interface PageAnswer<Item> {
  readonly items: readonly Item[];
  /** "" after the last page. */
  readonly nextPageToken: string;
}

/** All items, each page fetched when its first item is wanted. */
export async function* pages<Item>(
  fetchPage: (pageToken: string) => Promise<PageAnswer<Item>>,
): AsyncGenerator<Item, undefined> {
  let pageToken = "";
  do {
    const { items, nextPageToken } = await fetchPage(pageToken);
    yield* items;
    pageToken = nextPageToken;
  } while (pageToken !== "");
}
