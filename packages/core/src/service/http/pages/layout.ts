// The frame of every page: where one is, where else one can go, whether the server is well and the page up to date.
import { html, type Markup } from "../html.ts";
import type { Page, Region } from "./page.ts";
import { whole } from "./words.ts";

/** What all pages of a server say. */
export interface Site {
  /** The service's name. */
  readonly name: string;
  readonly pages: readonly Page[];
  /** Facts about the server, such as its address, its store and its version. */
  facts(): readonly string[];
  /** Whether the server is well, in a word or a sentence. */
  health(): { readonly well: boolean; readonly words: string };
}

/** The parts that stand around every page and change too. */
export function frameRegions(site: Site, current: Page): readonly Region[] {
  const { well, words } = site.health();
  const items = site.pages
    .filter((page) => page.under === undefined)
    .map((page) => {
      const here = page.path === (current.under ?? current.path);
      const mark = here ? html` aria-current="${current.under === undefined ? "page" : "true"}"` : html``;
      const count = page.count === undefined ? html`` : html` <small>${whole(page.count())}</small>`;
      return html`<a href="${page.path}"${mark} data-key="${page.path}">${page.title}${count}</a>`;
    });
  return [
    { id: "health", markup: html`<span class="state ${well ? "good" : "bad"}">${words}</span>` },
    { id: "menu", markup: items.length < 2 ? html`` : html`${items}` },
    { id: "facts", markup: html`${site.facts().map((fact) => html`<span>${fact}</span>`)}` },
  ];
}

/** A whole document. */
export function documentOf(
  site: Site,
  current: Page,
  frame: readonly Region[],
  regions: readonly Region[],
  version: string,
): string {
  const part = (id: string): Markup => frame.find((each) => each.id === id)?.markup ?? html``;
  const up =
    current.under === undefined ? html`` : html`<a href="${current.under}" rel="up" class="up">‹ Back</a>`;
  const title = current.path === "/" ? site.name : `${current.title} · ${site.name}`;
  const file = (name: string): string => `${assetPath}${version}/${name}`;
  // Whoever runs no scripts still sees a page that is at most five seconds old.
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<noscript><meta http-equiv="refresh" content="5"></noscript>
<title>${title}</title>
<link rel="icon" href="${file("icon.svg")}" type="image/svg+xml">
${["palette", "frame", "figures", "lists"].map(
  (sheet) => html`<link rel="stylesheet" href="${file(`${sheet}.css`)}">
`,
)}<script src="${file("app.js")}" type="module"></script>
</head>
<body data-version="${version}">
<a class="skip" href="#content">To the content</a>
<header>
<div class="bar"><h1><a href="/">${site.name}</a></h1> <span id="health">${part("health")}</span>
<span class="live"><noscript>without scripts: every 5 s</noscript><output id="live" class="quiet"></output> <button id="pause" type="button" aria-pressed="false" hidden>Pause</button></span></div>
<nav id="menu" class="menu" aria-label="Pages of ${site.name}">${part("menu")}</nav>
</header>
<p id="trouble" role="alert" hidden></p>
<main id="content" tabindex="-1">${up}
${regions.map(({ id, markup }) => html`<div class="region" id="${id}">${markup}</div>\n`)}</main>
<footer><p id="facts">${part("facts")}</p><p class="keys"><kbd>/</kbd> search <kbd>j</kbd> <kbd>k</kbd> rows <kbd>Enter</kbd> open <kbd>Esc</kbd> back <kbd>p</kbd> pause</p></footer>
</body>
</html>
`.markup;
}

/** Below this path stand the files for browsers; no page of a service may. */
export const assetPath = "/_/";
