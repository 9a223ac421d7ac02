// Agents that want the same slot at the same moment, over warm connections.
import { createFakeClock, waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import type { LocalAgentDraftOptions } from "../../src/local/index.ts";
import { type Answer, at, type Draft, startDraft, type TestAgent } from "./fixture.ts";

/** A slot of its own for each round, from tomorrow on. */
function slotOf(round: number): { readonly start: string; readonly end: string } {
  const startMs = Date.parse(at("00:00", 1)) + round * 3_600_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return { start: iso(startMs), end: iso(startMs + 1_800_000) };
}

/** The agents in another order for each round, the same in every run. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed * 2_654_435_761 + 1;
  const keyed = items.map((item) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return { item, key: state };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

interface Team extends Draft {
  readonly agents: readonly TestAgent[];
  readonly strongest: TestAgent;
}

async function startRacers(size: number, options: LocalAgentDraftOptions): Promise<Team> {
  const draft = await startDraft(options);
  const owner = await draft.signIn();
  const strongest = await owner.agent(1);
  const agents = [strongest];
  for (let rank = 2; rank <= size; rank++) {
    agents.push(await owner.agent(rank));
  }
  return { ...draft, agents, strongest };
}

/** All agents ask for one slot at once. `meanwhile` runs while they wait. */
async function raceFor(
  { agents }: Team,
  round: number,
  meanwhile: () => Promise<void> = async () => {},
): Promise<ReadonlyMap<TestAgent, Answer>> {
  const { start, end } = slotOf(round);
  const answers = new Map<TestAgent, Answer>();
  const attempts = shuffled(agents, round).map(async (agent) => {
    answers.set(agent, await agent.commit(start, end, {}, { "idempotency-key": `round-${round}` }));
  });
  await meanwhile();
  await Promise.all(attempts);
  return answers;
}

/** How many commits have no answer yet, as the operator's port tells. */
async function openCommits({ server }: Team): Promise<number> {
  const metrics = await (await fetch(`${server.metricsUrl}metrics`)).text();
  return Number(/^agentdraft_commits_open (\d+)$/m.exec(metrics)?.[1]);
}

test.each([
  ["AD-75", 5],
  ["AD-76", 20],
])(
  "%s %i agents, 300 rounds with a window of 10 ms: one winner in each, always the strongest",
  async (_, size) => {
    // The window ends when the test says so: what is judged is the rule, not how fast this machine is today.
    const clock = createFakeClock({ wall: Date.now() });
    await using team = await startRacers(size, { arbitrationMs: 10, clock });
    for (let round = 0; round < 300; round++) {
      const answers = await raceFor(team, round, async () => {
        await waitUntil(async () => (await openCommits(team)) === size);
        await clock.advance(10);
      });
      const winners = team.agents.filter((agent) => answers.get(agent)?.status === 201);
      expect([round, winners.map(({ agentId }) => agentId)]).toEqual([round, [team.strongest.agentId]]);
      for (const agent of team.agents.slice(1)) {
        expect(answers.get(agent)?.body).toMatchObject({
          error: "outranked",
          winning_agent_id: team.strongest.agentId,
          winning_agent_priority: 1,
        });
      }
    }
  },
  60_000,
);

test("AD-77 without a window every extra 201 is evicted, and the strongest survives", async () => {
  await using team = await startRacers(5, { arbitrationMs: 0 });
  for (let round = 0; round < 50; round++) {
    const answers = await raceFor(team, round);
    expect(answers.get(team.strongest)?.status).toBe(201);
    for (const [agent, answer] of answers) {
      if (answer.status === 201) {
        const now = await agent.get(`/v1/bookings/${answer.body.booking_id}`);
        expect(now.body.status).toBe(agent === team.strongest ? "COMMITTED" : "EVICTED");
        const history = await agent.get(`/v1/audit?resource=${answer.body.booking_id}&type=booking.evicted`);
        expect(history.body.events).toHaveLength(agent === team.strongest ? 0 : 1);
      }
    }
  }
});

test("AD-78 without a window and without bumping there is one 201", async () => {
  await using team = await startRacers(5, { arbitrationMs: 0, bumpWindowSeconds: 0 });
  for (let round = 0; round < 50; round++) {
    const statuses = [...(await raceFor(team, round)).values()].map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409, 409, 409]);
  }
});

test("AD-3.4-5 a client that goes away within the window does not withdraw its commit", async () => {
  const clock = createFakeClock({ wall: Date.now() });
  await using team = await startRacers(2, { arbitrationMs: 10, clock });
  const { start, end } = slotOf(0);
  const gone = new AbortController();
  const attempt = fetch(`${team.url}/v1/bookings`, {
    method: "POST",
    headers: { authorization: `Bearer ${team.strongest.key}`, "content-type": "application/json" },
    body: JSON.stringify({ start, end, title: "still wanted" }),
    signal: gone.signal,
  });
  const cut = expect(attempt).rejects.toThrow();
  await waitUntil(async () => (await openCommits(team)) === 1);
  gone.abort();
  await cut;
  await waitUntil(() => team.server.openRequests === 0);
  await clock.advance(10);
  await waitUntil(async () => (await openCommits(team)) === 0);
  const list = await team.strongest.get("/v1/bookings");
  expect(list.body.bookings).toMatchObject([{ status: "COMMITTED", title: "still wanted" }]);
});
