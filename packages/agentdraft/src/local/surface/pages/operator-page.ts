// The page on the operator's port: whether the server works, and nothing of what its calendars hold.
import { html } from "@x/core/service";

export interface OperatorFacts {
  readonly version: string;
  readonly url: string;
  readonly store: string;
  readonly healthy: boolean;
  readonly dev: boolean;
}

export function operatorPage({ version, url, store, healthy, dev }: OperatorFacts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentDraft</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 40rem; margin: 0 auto; padding: 2rem 1.5rem; }
</style>
</head>
<body>
<h1>AgentDraft</h1>
<p>${healthy ? "The server works." : "The store takes no writes."}</p>
<p>Version ${version}, store ${store}${dev ? ", for development: sign-in tokens are shown" : ""}.</p>
<p>Calendars are at <a href="${url}/dashboard">${url}/dashboard</a>; figures at <a href="/metrics">/metrics</a>.</p>
</body>
</html>
`.markup;
}
