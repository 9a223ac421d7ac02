// Lists in pages: the items of a list that keep their place by a number that only grows.
import type { Page, PageRequest } from "./commands.ts";
import { limits } from "./limits.ts";
import type { PlacedMap } from "./placed-map.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** What to page through. */
export interface Pageable<Source, Item> {
  /** What is listed: a token is good for the list that it came from. */
  readonly name: string;
  readonly source: PlacedMap<string, Source>;
  readonly placeOf: (source: Source) => number;
  readonly matches: (source: Source) => boolean;
  readonly view: (source: Source) => Item;
  /** How many bytes an item adds to an answer; the page ends before it would be too large. @default none counted */
  readonly sizeOf?: (item: Item) => number;
  readonly sequence: number;
}

/** What a page may hold, by the measure of `sizeOf`. */
const mostPageBytes = 3_800_000;

/** How many items one page looks at: what matches rarely must not hold up everybody else. */
const mostLookedAt = 10_000;

/**
 * One page. An item that exists during the whole listing is neither missed nor shown twice. A page may have fewer items
 * than were asked for, or none, and not be the last.
 */
export function pageOf<Source, Item>(
  list: Pageable<Source, Item>,
  { size, token }: PageRequest,
): Page<Item> | Refusal {
  const after = readToken(list.name, token);
  if (size > limits.pageSize) {
    return refuse(
      "LIMIT_OUT_OF_RANGE",
      `page_size must be at most ${limits.pageSize}, or 0 for the default`,
      {
        field: "page_size",
        limit: String(limits.pageSize),
      },
    );
  }
  if (after === undefined) {
    return refuse("PAGE_TOKEN_INVALID", `page_token is none that a list of ${list.name} gave`, {
      field: "page_token",
    });
  }
  const most = size || limits.pageSizeDefault;
  const items: Item[] = [];
  let last = after;
  let lookedAt = 0;
  let bytes = 0;
  const page = (nextToken: string): Page<Item> => ({ items, nextToken, sequence: list.sequence });
  for (const source of list.source.behind(after)) {
    if (lookedAt === mostLookedAt) {
      return page(writeToken(list.name, last));
    }
    lookedAt += 1;
    if (list.matches(source)) {
      const item = list.view(source);
      bytes += list.sizeOf?.(item) ?? 0;
      if (items.length === most || (bytes > mostPageBytes && items.length > 0)) {
        return page(writeToken(list.name, last));
      }
      items.push(item);
    }
    last = list.placeOf(source);
  }
  return page("");
}

function writeToken(name: string, place: number): string {
  return Buffer.from(`${name}:${place}`).toString("base64url");
}

function readToken(name: string, token: string): number | undefined {
  if (token === "") {
    return 0;
  }
  const [of, place = ""] = Buffer.from(token, "base64url").toString().split(":");
  return of === name && /^\d{1,16}$/.test(place) ? Number(place) : undefined;
}
