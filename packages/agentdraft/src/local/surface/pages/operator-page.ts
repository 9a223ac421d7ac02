// The page on the operator's port: whether the server works, and nothing of what its calendars hold.
import { html, type Page, section } from "@x/core/service";

export interface OperatorFacts {
  readonly url: () => string;
  readonly healthy: () => boolean;
  readonly dev: boolean;
}

export function operatorPage({ url, healthy, dev }: OperatorFacts): Page {
  return {
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
  };
}
