// How pages write spans of time and large numbers.
import { html, type Markup } from "../html.ts";

/** A span of time in the two largest units that say something; a negative one is `0 s`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  }
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** How long ago something was, with the time itself for those who point at it. */
export function ago(atMs: number, nowMs: number): Markup {
  return spanAt(nowMs - atMs, atMs);
}

/** How long it is until something, likewise. */
export function until(atMs: number, nowMs: number): Markup {
  return spanAt(atMs - nowMs, atMs);
}

function spanAt(ms: number, atMs: number): Markup {
  const iso = new Date(atMs).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${span(ms)}</time>`;
}

/** A whole number with its thousands apart. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A measured number with as many digits as say something. */
export function measured(value: number): string {
  if (value >= 100 || Number.isInteger(value)) {
    return whole(value);
  }
  return value >= 10 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : "< 0.01";
}

/** A text that may be long, cut where a table would burst; whole for those who point at it. */
export function clipped(text: string, most = 120): Markup {
  return text.length <= most ? html`${text}` : html`<span title="${text}">${text.slice(0, most)}…</span>`;
}
