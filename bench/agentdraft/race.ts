// Agents that race for one slot with warm clients: how often one wins, how often the strongest, and how long it takes.

import { AgentDraft, Conflict } from "@x/agentdraft";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, startDraft } from "./calendar.ts";

const rounds = 300;
/** Not counted: both sides run compiled code afterwards. */
const warmUps = 30;

export async function measureRaces(): Promise<void> {
  for (const windowMs of [0, 10]) {
    for (const agents of [5, 20]) {
      await race(agents, windowMs);
    }
  }
}

async function race(agentCount: number, windowMs: number): Promise<void> {
  await using server = await startDraft([`--arbitration-ms=${windowMs}`]);
  const agents = await createAgents(server.url, agentCount);
  const clients = agents.map(({ apiKey, priority }) => ({
    priority,
    client: new AgentDraft({ apiKey, baseUrl: server.url, maxRetries: 0 }),
  }));
  await Promise.all(clients.map(({ client }) => client.agents.me()));

  const timesMs: number[] = [];
  let [oneWinner, strongestWins, errors] = [0, 0, 0];
  const firstHour = Math.ceil(Date.now() / 3_600_000) + 24;
  for (let round = -warmUps; round < rounds; round += 1) {
    if (round === 0) {
      timesMs.length = 0;
      [oneWinner, strongestWins, errors] = [0, 0, 0];
    }
    const start = new Date((firstHour + warmUps + round) * 3_600_000);
    const end = new Date(start.getTime() + 1_800_000);
    const winners: number[] = [];
    await Promise.all(
      shuffled(clients).map(async ({ client, priority }) => {
        const begin = performance.now();
        try {
          await client.bookings.commit({ start, end });
          winners.push(priority);
        } catch (error) {
          errors += error instanceof Conflict ? 0 : 1;
        }
        timesMs.push(performance.now() - begin);
      }),
    );
    oneWinner += winners.length === 1 ? 1 : 0;
    strongestWins += winners.includes(1) ? 1 : 0;
  }
  await Promise.all(clients.map(({ client }) => client.close()));

  const what = `race of ${agentCount}, W = ${windowMs} ms`;
  const p99 = quantile(timesMs, 0.99);
  const times = `p50 ${count(quantile(timesMs, 0.5))} ms, p99 ${count(p99)} ms`;
  const shares = `one winner ${percent(oneWinner)}, strongest wins ${percent(strongestWins)}, ${errors} errors`;
  row(what, `${shares}, ${times}`);
  if (windowMs > 0) {
    const exact = (oneWinner + strongestWins) / (2 * rounds) - errors;
    row(`${what}: one winner, the strongest, no error`, percent(exact * rounds), {
      value: exact,
      target: { atLeast: 1 },
    });
    row(`${what}: p99`, `${count(p99)} ms`, { value: p99, target: { atMost: 30, unit: " ms" } });
  }
}

function percent(ofRounds: number): string {
  return `${((100 * ofRounds) / rounds).toFixed(1)} %`;
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
