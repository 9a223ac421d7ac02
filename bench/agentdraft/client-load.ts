// What calls cost our client: `client-load.ts URL KEY CALLS`, one after the other.

import { AgentDraft } from "@x/agentdraft";

const [baseUrl = "", apiKey = "", callsText] = process.argv.slice(2);
const calls = Number(callsText);
await using client = new AgentDraft({ apiKey, baseUrl });
const firstHour = Math.ceil(Date.now() / 3_600_000) + 24;

async function run(from: number, count: number): Promise<{ seconds: number; cpuSeconds: number }> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  for (let index = from; index < from + count; index += 2) {
    const start = new Date((firstHour + index) * 3_600_000);
    const booking = await client.bookings.commit({ start, end: new Date(start.getTime() + 1_800_000) });
    await client.bookings.cancel(booking.bookingId);
  }
  const used = process.cpuUsage(cpu);
  return { seconds: (performance.now() - begin) / 1_000, cpuSeconds: (used.user + used.system) / 1e6 };
}

await run(0, calls / 4);
console.log(JSON.stringify({ calls, ...(await run(calls, calls)) }));
