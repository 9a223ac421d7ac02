// What OpenAgents costs: sends and channel posts beside the official network, the way to a handler, a thousand listeners, a long queue,
// a long history, the client beside the official one, and the import. `BENCH_SPAN_MS` sets the time of each measurement of sends,
// `BENCH_PART` names one part.

import { measureClients } from "./openagents/client-cost.ts";
import { measureDelay } from "./openagents/delay.ts";
import { measureHistory } from "./openagents/history.ts";
import { measureImports } from "./openagents/imports.ts";
import { measureListeners } from "./openagents/listeners.ts";
import { measurePosts } from "./openagents/posts.ts";
import { measureQueue } from "./openagents/queue.ts";
import { measureSends } from "./openagents/sends.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 4_000);

export const run = (): Promise<void> =>
  runParts("OpenAgents", {
    sends: () => measureSends(spanMs),
    posts: () => measurePosts(spanMs),
    delay: measureDelay,
    listeners: measureListeners,
    queue: measureQueue,
    history: measureHistory,
    client: measureClients,
    imports: measureImports,
  });
