// A filter that few events pass, over a long audit log: what the others wait for it.
import { AgentDraft } from "@x/agentdraft";
import { watchTurns } from "../shared/longest-turn.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, startDraft } from "./calendar.ts";

const events = 40_000;
const readers = 8;
const writers = 32;

export async function measureAudit(): Promise<void> {
  using turns = watchTurns();
  await using server = await startDraft(["--arbitration-ms=0"], turns.nodeFlags);
  const [agent] = await createAgents(server.url, 1);
  await using client = new AgentDraft({ apiKey: agent?.apiKey ?? "", baseUrl: server.url });
  await book(client);
  const read = async (): Promise<number> => {
    const began = performance.now();
    await client.audit.list({ type: "booking.evicted", limit: 100 });
    return performance.now() - began;
  };
  await read();
  await turns.longestMs(server.pid);
  const waitedMs = await Promise.all(Array.from({ length: readers }, read));
  const longestMs = await turns.longestMs(server.pid);
  row(
    `audit log filtered by a type that no event has, ${count(events)} events, ${readers} readers: the server's longest turn`,
    `${count(longestMs)} ms; an answer takes ${count(quantile(waitedMs, 0.5))} ms`,
    { value: longestMs, target: { atMost: 50, unit: " ms" } },
  );
}

/** Commits and cancels: an event each. */
async function book(client: AgentDraft): Promise<void> {
  const firstHour = Math.ceil(Date.now() / 3_600_000) + 24;
  const write = async (writer: number): Promise<void> => {
    const start = new Date((firstHour + writer) * 3_600_000);
    const slot = { start, end: new Date(start.getTime() + 1_800_000) };
    for (let index = 0; index < events / 2 / writers; index += 1) {
      const { bookingId } = await client.bookings.commit(slot);
      await client.bookings.cancel(bookingId);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
}
