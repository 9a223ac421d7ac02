// What stands above a list: a search box and tabs, both of which change the address and nothing else.
import { html, type Markup } from "../html.ts";
import type { PageQuery } from "./query.ts";
import { clipped, whole } from "./words.ts";

/** A tab. */
export interface Tab {
  /** The value in the address; the first tab's is left out of it. */
  readonly value: string;
  readonly title: string;
  readonly count?: number;
}

/** Tabs, of which one is chosen. */
export function tabs(query: PageQuery, name: string, label: string, all: readonly Tab[]): Markup {
  const chosen = all.find(({ value }) => value === query.get(name)) ?? all[0];
  const links = all.map((tab) => {
    const current = tab === chosen ? html` aria-current="true"` : html``;
    const count = tab.count === undefined ? html`` : html` <small>${whole(tab.count)}</small>`;
    const value = tab === all[0] ? undefined : tab.value;
    return html`<a href="${query.href({ [name]: value })}"${current} data-key="${name}-${tab.value}">${tab.title}${count}</a>`;
  });
  return html`<nav class="tabs" aria-label="${label}">${links}</nav>`;
}

/** A field of a form that is part of the address. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
}

const hiddenField = ([name, value]: readonly [string, string]): Markup =>
  html`<input type="hidden" name="${name}" value="${value}" data-key="keep-${name}">`;

/** A search box: the list follows while it is typed in. */
export function search(query: PageQuery, label: string): Markup {
  const kept = query.entries().filter(([name]) => name !== "q" && name !== "page");
  return html`<form class="search" role="search" method="get" action="${query.path}" data-live>${kept.map(hiddenField)}<input type="search" name="q" value="${query.get("q")}" aria-label="${label}" placeholder="${label}" autocomplete="off" spellcheck="false" maxlength="256" data-key="q"><button>Search</button></form>`;
}

/** A question of several words that the server answers. */
export function question(query: PageQuery, fields: readonly Field[], button: string): Markup {
  const names = new Set(fields.map(({ name }) => name));
  const kept = query.entries().filter(([name]) => !names.has(name) && name !== "page");
  const inputs = fields.map(
    ({ name, label, placeholder = "" }) =>
      html`<label data-key="${name}"><span>${label}</span><input name="${name}" value="${query.get(name)}" placeholder="${placeholder}" autocomplete="off" spellcheck="false" maxlength="1024"></label>`,
  );
  return html`<form class="question" method="get" action="${query.path}" data-live>${kept.map(hiddenField)}${inputs}<button>${button}</button></form>`;
}

/** What a page says instead of a list that is empty: a sentence, and what to type. */
export function gettingStarted(sentence: string, code: string): Markup {
  return html`<p>${sentence}</p><pre><code>${code}</code></pre>`;
}

/** A list of facts about one thing; those that are `""` are left out. */
export function facts(all: readonly (readonly [name: string, value: string | number | Markup])[]): Markup {
  return html`<dl class="facts">${all
    .filter(([, value]) => value !== "")
    .map(
      ([name, value]) =>
        html`<div data-key="${name}"><dt>${name}</dt><dd>${typeof value === "string" ? clipped(value, 1_000) : value}</dd></div>`,
    )}</dl>`;
}

/** A state in its colour: `good`, `warn`, `bad`, or `quiet`. */
export function state(word: string, tone: "good" | "warn" | "bad" | "quiet"): Markup {
  return html`<span class="state ${tone}">${word}</span>`;
}
