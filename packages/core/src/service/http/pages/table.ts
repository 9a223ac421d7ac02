// Tables: rows under titles that may sort, what leads through their pages, and on a telephone one card for each row.
import { html, type Markup } from "../html.ts";
import { type Picked, pageSize, type Sorting } from "./pick.ts";
import type { PageQuery } from "./query.ts";
import { whole } from "./words.ts";

/** What stands in a cell. */
export type Cell = string | number | Markup;

/** A column. */
export interface Column {
  readonly title: string;
  /** `number`: to the right; `word`: never broken; text that may break by default. */
  readonly kind?: "number" | "word";
  /** What `sort` in the address is for this column; it cannot be sorted by when absent. */
  readonly sort?: string;
  /** Left out where there is little room. */
  readonly wide?: boolean;
}

/** A row. */
export interface Row {
  /** What the row is, so that it keeps its place in the reader's eyes when others come and go. */
  readonly key: string;
  /** Where links to the row lead. */
  readonly id?: string;
  readonly cells: readonly Cell[];
}

/** The order that an address asks for. */
export interface Order {
  readonly by: string;
  readonly down: boolean;
}

/** The order in an address: `sort=name` or `sort=-name` for downwards. */
export function orderIn(query: PageQuery, fallback: string): Order {
  const sort = query.get("sort") === "" ? fallback : query.get("sort");
  return sort.startsWith("-") ? { by: sort.slice(1), down: true } : { by: sort, down: false };
}

/** The order by one of several keys; `undefined` for one that is none of these. */
export function sortingBy<Item>(
  keys: Readonly<Record<string, (item: Item) => string | number>>,
  { by, down }: Order,
): Sorting<Item> | undefined {
  const key = Object.hasOwn(keys, by) ? keys[by] : undefined;
  return key === undefined ? undefined : { key, down };
}

/** A table of rows as they are, or what to say where there is none. */
export function table(
  columns: readonly Column[],
  rows: readonly Row[],
  none: Markup,
  sorting?: { readonly query: PageQuery; readonly order: Order },
): Markup {
  if (rows.length === 0) {
    return html`<div class="none">${none}</div>`;
  }
  const head = columns.map((column) => headCell(column, sorting));
  // The roles are said again, because on a telephone the style takes them away.
  const body = rows.map(
    ({ key, id, cells }) =>
      html`<tr role="row" tabindex="-1" data-key="${key}"${id === undefined ? html`` : html` id="${id}"`}>${cells.map(
        (cell, index) => bodyCell(columns[index], cell),
      )}</tr>`,
  );
  return html`<div class="scroll"><table role="table"><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body}</tbody></table></div>`;
}

function classOf(column: Column | undefined): Markup {
  const classes = [column?.kind ?? "", column?.wide === true ? "wide" : ""].filter((name) => name !== "");
  return classes.length === 0 ? html`` : html` class="${classes.join(" ")}"`;
}

function headCell(
  column: Column,
  sorting: { readonly query: PageQuery; readonly order: Order } | undefined,
): Markup {
  if (sorting === undefined || column.sort === undefined) {
    return html`<th role="columnheader" scope="col"${classOf(column)}>${column.title}</th>`;
  }
  const { query, order } = sorting;
  const current = order.by === column.sort;
  const next = current && !order.down ? `-${column.sort}` : column.sort;
  const state = current ? html` aria-sort="${order.down ? "descending" : "ascending"}"` : html``;
  return html`<th role="columnheader" scope="col"${classOf(column)}${state}><a href="${query.href({ sort: next })}">${column.title}</a></th>`;
}

function bodyCell(column: Column | undefined, cell: Cell): Markup {
  return html`<td role="cell"${classOf(column)} data-label="${column?.title ?? ""}">${cell}</td>`;
}

/** Says which rows of how many are shown, and leads to the others; nothing where there is none. */
export function pager<Item>(
  picked: Picked<Item>,
  query: PageQuery,
  [one, several]: readonly [one: string, several: string],
): Markup {
  const { page, pages, matching, unseen, sorted, items } = picked;
  if (matching === 0 && unseen === 0) {
    return html``;
  }
  const first = (page - 1) * pageSize + 1;
  const range =
    pages === 1
      ? `${whole(matching)} ${matching === 1 ? one : several}`
      : `${whole(first)} to ${whole(first + items.length - 1)} of ${whole(matching)} ${several}`;
  const notes = [
    unseen > 0 ? `; ${whole(unseen)} more were not looked at` : "",
    sorted ? "" : "; too many to sort: search or filter first",
  ].join("");
  const link = (key: string, text: string, to: number): Markup =>
    to < 1 || to > pages
      ? html`<span class="off" data-key="${key}">${text}</span>`
      : html`<a href="${query.href({ page: to === 1 ? undefined : to })}" data-key="${key}" rel="${key}">${text}</a>`;
  const links =
    pages === 1
      ? html``
      : html`<nav class="pages" aria-label="Pages">${link("prev", "‹ Back", page - 1)} <span>page ${whole(page)} of ${whole(pages)}</span> ${link("next", "Next ›", page + 1)}</nav>`;
  return html`<div class="pager"><span>${range}${notes}</span>${links}</div>`;
}
