// What sends cost our client: `client-load.ts URL CALLS` sends one message after the other.

import { AgentClient } from "@x/openagents";

const [url = "", callsText] = process.argv.slice(2);
const calls = Number(callsText);
await using client = new AgentClient();
await client.connectToServer({ url, throwOnError: true });

async function run(count: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    await client.sendAgentMessage("somebody", { text: "Is the report there?" });
  }
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1_000, cpuSeconds: (used.user + used.system) / 1e6 };
}

await run(calls / 2);
console.log(JSON.stringify({ calls, ...(await run(calls)) }));
