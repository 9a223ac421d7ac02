// The page on the operator's port: whether the server works, and nothing of what its calendars hold.
import { html, type Pages, section, servePages } from "@x/core/service";

export interface OperatorFacts {
  readonly version: string;
  readonly url: () => string;
  readonly store: string;
  readonly healthy: () => boolean;
  readonly dev: boolean;
}

/** Serves the page. `onFault` gets what it failed with. */
export function operatorPages(
  { version, url, store, healthy, dev }: OperatorFacts,
  onFault: (error: unknown, path: string) => void,
): Pages {
  return servePages({
    name: "AgentDraft",
    pages: [
      {
        path: "/",
        title: "Overview",
        render: () => [
          section(
            "server",
            healthy() ? "The server works." : "The store takes no writes.",
            dev ? html`<p>It runs for development: sign-in tokens are shown.</p>` : html``,
            html`<p>Calendars are at <a href="${url()}/dashboard">${url()}/dashboard</a>; figures at <a href="/metrics">/metrics</a>.</p>`,
          ),
        ],
      },
    ],
    facts: () => [url(), `store ${store}`, version],
    health: () =>
      healthy() ? { well: true, words: "healthy" } : { well: false, words: "the store takes no writes" },
    onFault,
  });
}
