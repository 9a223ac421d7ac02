// What a service gives the kit for each of its pages.
import { html, type Markup } from "../html.ts";
import type { PageQuery } from "./query.ts";

/** A part of a page that is sent anew when it has changed. */
export interface Region {
  /** Unique on its page, and the same at each rendering. */
  readonly id: string;
  readonly markup: Markup;
}

/** What a page is asked for. */
export interface PageView {
  /** What stands in the place of `:id` in the page's path; `""` where there is none. */
  readonly id: string;
  readonly query: PageQuery;
}

/** One page. */
export interface Page {
  /** Such as `/`, `/agents`, or `/agents/:id`. */
  readonly path: string;
  /** In the navigation and the title of the window. */
  readonly title: string;
  /** How many things it lists, for the navigation. */
  readonly count?: () => number;
  /** The path of the page that this one belongs to: it is not in the navigation then, and Esc leads back there. */
  readonly under?: string;
  /**
   * The page's parts, top to bottom: the same ids for the same address. Called at each request and, while somebody looks,
   * once a second: it must take few milliseconds however much the service holds.
   */
  render(view: PageView): readonly Region[] | Promise<readonly Region[]>;
}

/** A part with a heading. */
export function section(id: string, title: string | Markup, ...body: readonly Markup[]): Region {
  return {
    id,
    markup: html`<section aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`,
  };
}

/** A part without one. */
export function region(id: string, ...body: readonly Markup[]): Region {
  return { id, markup: html`${body}` };
}
