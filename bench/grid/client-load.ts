// What calls cost our client: `client-load.ts URL SEED TARGET CALLS` sends one task after the other.

import { GridClient } from "@x/grid";

const [url = "", identity = "", target = "", callsText] = process.argv.slice(2);
const calls = Number(callsText);
await using client = new GridClient({ url, identity });

async function run(count: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    await client.sendTask(target, "Please analyze this report");
  }
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1_000, cpuSeconds: (used.user + used.system) / 1e6 };
}

await run(calls / 2);
console.log(JSON.stringify({ calls, ...(await run(calls)) }));
