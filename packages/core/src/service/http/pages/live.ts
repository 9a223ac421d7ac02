// What goes to a page that is open: its parts, as soon as they have changed, but never more often than a reader can follow
// and never so often that it costs the server.
import { setTimeout as pause } from "node:timers/promises";
import type { SseEvent } from "../sse.ts";
import type { Region } from "./page.ts";

/** What one event tells a page. */
export interface Update {
  /** The version of the files that the page should run with. */
  readonly version: string;
  /** The new content of the parts that have changed, by their ids; all of them in the first event. */
  readonly regions: Readonly<Record<string, string>>;
}

/** How much of the server's time one open page may take: a page that takes 5 ms is made anew every 100 ms at most. */
const share = 0.05;

/** Everything that a page sees from now on. Ends with the signal; throws what the rendering throws. */
export async function* follow(
  render: () => Promise<readonly Region[]>,
  version: string,
  refreshMs: number,
  signal: AbortSignal,
): AsyncGenerator<SseEvent> {
  const sent = new Map<string, string>();
  while (!signal.aborted) {
    const startedAt = performance.now();
    const regions: Record<string, string> = {};
    for (const { id, markup } of await render()) {
      if (sent.get(id) !== markup.markup) {
        sent.set(id, markup.markup);
        regions[id] = markup.markup;
      }
    }
    const tookMs = performance.now() - startedAt;
    const update: Update = { version, regions };
    // Also when nothing has changed: a page that hears nothing says that the server does not answer.
    yield { event: "update", data: JSON.stringify(update) };
    await pause(Math.max(refreshMs, tookMs / share), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}
