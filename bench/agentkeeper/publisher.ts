// Load: acquires and releases keys that carry the time of their call, `node publisher.ts PORT`.
// Asked `{ pairs, callers, everyMs }`, it answers when that is done with the sequence of the last event.

import { AgentKeeperClient } from "@x/agentkeeper";
import { serveParent } from "../shared/programs.ts";

export interface Burst {
  readonly pairs: number;
  readonly callers: number;
  /** Pause between the starts of two calls of a caller; 0 for none. */
  readonly everyMs: number;
}

const client = new AgentKeeperClient({ host: "127.0.0.1", port: Number(process.argv[2]) });
const agent = await client.register({
  name: "publisher",
  description: "makes events",
  version: "1.0.0",
  ttlSeconds: 3_600,
});

async function publish(pairs: number, everyMs: number): Promise<void> {
  const begin = performance.now();
  for (let pair = 0; pair < pairs; pair += 1) {
    const wait = begin + pair * everyMs - performance.now();
    if (everyMs > 0 && wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    const lease = await client.acquireLease(`t:${process.hrtime.bigint()}`, agent.agentId, {
      ttlSeconds: 600,
    });
    await lease?.release();
  }
}

serveParent<Burst>(async ({ pairs, callers, everyMs }) => {
  await Promise.all(Array.from({ length: callers }, () => publish(Math.ceil(pairs / callers), everyMs)));
  const { lastSequence } = await client.getServerInfo();
  return { lastSequence: Number(lastSequence) };
});
