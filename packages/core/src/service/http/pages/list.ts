// A list of any size: tabs and a search box, a table that sorts, and what leads through its pages.
import { html, type Markup } from "../html.ts";
import { gettingStarted, search } from "./controls.ts";
import { type Region, section } from "./page.ts";
import { type Picking, pick } from "./pick.ts";
import type { PageQuery } from "./query.ts";
import { type Column, orderIn, pager, type Row, sortingBy, table } from "./table.ts";

/** A list of things of one kind. */
export interface List<Item> extends Pick<Picking<Item>, "from" | "size" | "matches"> {
  /** Unique on its page. */
  readonly id: string;
  readonly title: string;
  /** What one of them is called, and several. */
  readonly words: readonly [one: string, several: string];
  readonly columns: readonly Column[];
  /** What is compared, by the names that the columns and the address give to an order. */
  readonly keys: Readonly<Record<string, (item: Item) => string | number>>;
  /** The order when the address names none; `""` for that of `from`. */
  readonly order: string;
  /** The order that `from` has by itself, so that nothing need be sorted for it. */
  readonly naturalOrder?: string;
  readonly tabs?: Markup;
  /** What can be searched, in words, such as `Search keys and holders`. */
  readonly searches: string;
  /** The texts of an item in which to search. */
  texts(item: Item): readonly string[];
  row(item: Item): Row;
  /** How many there are behind every tab. @default size */
  readonly known?: number;
  /** What to say, and what to type, while there is none at all. */
  readonly start: { readonly sentence: string; readonly code: string };
}

/** The list as a part of its page. */
export function listSection<Item>(query: PageQuery, list: List<Item>): Region {
  const { id, title, words, columns, keys, from, size, matches, known = size, start } = list;
  const order = orderIn(query, list.order);
  const text = query.get("q").toLowerCase();
  const isFound = (item: Item): boolean =>
    (matches === undefined || matches(item)) &&
    list.texts(item).some((each) => each.toLowerCase().includes(text));
  const picked = pick({
    from,
    size,
    matches: text === "" ? matches : isFound,
    sort: order.by === list.naturalOrder && !order.down ? undefined : sortingBy(keys, order),
    page: query.page,
  });
  const none =
    known > 0 || text !== ""
      ? html`<p>No ${words[0]} is like that.</p>`
      : gettingStarted(start.sentence, start.code);
  return section(
    id,
    title,
    html`<div class="controls">${list.tabs ?? html``}${search(query, list.searches)}</div>`,
    table(columns, picked.items.map(list.row), none, { query, order }),
    pager(picked, query, words),
  );
}
