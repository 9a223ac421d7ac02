// Load: each caller acquires a key of its own and releases it, again and again, with our client.
// `node acquire.ts PORT CALLERS MILLISECONDS` prints what a call cost.

import { AgentKeeperClient } from "@x/agentkeeper";

const [port = 0, callers = 1, spanMs = 1_000] = process.argv.slice(2).map(Number);
await using client = new AgentKeeperClient({ host: "127.0.0.1", port });
await using agent = await client.register({
  name: "bench",
  description: "acquires and releases",
  version: "1.0.0",
  ttlSeconds: 3_600,
});

async function callsUntil(end: number, key: string): Promise<number> {
  let calls = 0;
  while (performance.now() < end) {
    const lease = await client.acquireLease(key, agent.agentId, { ttlSeconds: 60 });
    await lease?.release();
    calls += 2;
  }
  return calls;
}

async function measure(
  milliseconds: number,
): Promise<{ calls: number; seconds: number; cpuSeconds: number }> {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const counts = await Promise.all(
    Array.from({ length: callers }, (_, caller) => callsUntil(begin + milliseconds, `key-${caller}`)),
  );
  const seconds = (performance.now() - begin) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { calls: counts.reduce((sum, calls) => sum + calls, 0), seconds, cpuSeconds: (user + system) / 1e6 };
}

await measure(spanMs / 3);
console.log(JSON.stringify(await measure(spanMs)));
