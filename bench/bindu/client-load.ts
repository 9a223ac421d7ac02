// What calls cost our client: `client-load.ts ADDRESS CALLS` asks one thing after the other.

import { GrpcAgentClient } from "@x/bindu-bridge";

const [address = "", callsText] = process.argv.slice(2);
const calls = Number(callsText);
await using client = new GrpcAgentClient(address);

async function run(count: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; index < count; index += 1) {
    await client([{ role: "user", content: "What is the capital of France?" }]);
  }
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1_000, cpuSeconds: (used.user + used.system) / 1e6 };
}

await run(calls / 2);
console.log(JSON.stringify({ calls, ...(await run(calls)) }));
