// Races for what only one may have: a lease, a task, a term.
import { setTimeout as delay } from "node:timers/promises";
import type { AgentHandle, AgentKeeperClient } from "@x/agentkeeper";
import { createRandom, type Random } from "../../shared/histories/random.ts";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { clientOf, startServer } from "./servers.ts";

/** Longer than all rounds: nothing ends by its time, so that two holders at once are a fault for certain. */
const ttlSeconds = 3_600;
const racers = 8;

interface Racer {
  readonly client: AgentKeeperClient;
  readonly agent: AgentHandle;
  readonly random: Random;
}

/** Gives up at a moment of its own, now and then. */
function impatience({ random }: Racer): { readonly signal?: AbortSignal } {
  return random.chance(0.3) ? { signal: AbortSignal.timeout(random.between(1, 10)) } : {};
}

async function raceForLease(checks: Checks, all: readonly Racer[], until: number): Promise<void> {
  let inside: string | undefined;
  let highest = 0n;
  const faults: string[] = [];
  let grants = 0;
  await Promise.all(
    all.map(async (racer) => {
      const { client, agent, random } = racer;
      while (Date.now() < until || grants <= racers) {
        const wait = random.chance(0.5) ? { waitTimeoutMs: 200 } : {};
        const held = await client
          .acquireLease("the-key", agent.agentId, { ttlSeconds, ...wait, ...impatience(racer) })
          .catch(() => null);
        if (held === null) {
          await delay(1);
          continue;
        }
        grants += 1;
        if (inside !== undefined) {
          faults.push(`${agent.agentId} was let in beside ${inside}`);
        }
        const { token } = held.lease;
        if (token < highest) {
          faults.push(`token ${token} after ${highest}`);
        }
        highest = token;
        inside = agent.agentId;
        await delay(random.between(0, 2));
        inside = undefined;
        await held.release();
      }
    }),
  );
  checks.that("a key has one holder, and its tokens rise", grants > racers && faults.length === 0, {
    grants,
    faults,
  });
}

async function raceForTasks(checks: Checks, all: readonly Racer[], until: number): Promise<void> {
  const held = new Set<string>();
  const faults: string[] = [];
  let claims = 0;
  const produce = async ({ client }: Racer): Promise<void> => {
    for (let index = 0; Date.now() < until || claims <= racers; index += 1) {
      await client.createTask({ type: "w", requiredTools: ["t"], ttlSeconds, idempotencyKey: `k${index}` });
      await delay(2);
    }
  };
  const consume = async (racer: Racer): Promise<void> => {
    const { client, agent, random } = racer;
    while (Date.now() < until || claims <= racers) {
      const task = await client
        .tryClaimTask(agent.agentId, { waitTimeoutMs: 100, ...impatience(racer) })
        .catch(() => null);
      if (task === null) {
        await delay(1);
        continue;
      }
      claims += 1;
      if (held.has(task.id)) {
        faults.push(`${task.id} was claimed twice`);
      }
      held.add(task.id);
      await delay(random.between(0, 2));
      if (random.chance(0.2)) {
        held.delete(task.id);
        await client.failTask(task.id, agent.agentId, { reason: "again" });
      } else {
        // It stays here for good: nobody may claim what is done.
        await client.completeTask(task.id, agent.agentId);
      }
    }
  };
  const [first, ...others] = all;
  await Promise.all([...(first === undefined ? [] : [produce(first)]), ...others.map(consume)]);
  checks.that("a task is claimed by one at a time", claims > racers && faults.length === 0, {
    claims,
    faults,
  });
}

async function raceForTerms(checks: Checks, client: AgentKeeperClient): Promise<void> {
  const leaders = new Map<string, string>();
  const faults: string[] = [];
  const rounds = scaled(15, 200);
  for (let round = 0; round < rounds; round += 1) {
    const group = `g${round % 3}`;
    const candidates = await Promise.all(
      Array.from({ length: racers }, () =>
        client.register({ name: "c", description: "", version: "1", ttlSeconds }),
      ),
    );
    const states = await Promise.all(candidates.map(({ agentId }) => client.campaign(group, agentId)));
    for (const { term, leaderAgentId } of states) {
      const known = leaders.get(`${group} ${term}`);
      if (known !== undefined && known !== leaderAgentId) {
        faults.push(`term ${term} of ${group} has two leaders`);
      }
      leaders.set(`${group} ${term}`, String(leaderAgentId));
    }
    await Promise.all(
      candidates.map(async (each, index) => {
        if (index % 2 === 0) {
          await client.resign(group, each.agentId);
        }
        await each.deregister();
      }),
    );
  }
  checks.that("a term has one leader", leaders.size >= rounds && faults.length === 0, faults);
}

export const keeperRaces: Attack = async (checks) => {
  await using server = await startServer("agentkeeper");
  await using all = new AsyncDisposableStack();
  const crew: Racer[] = [];
  for (let index = 0; index < racers; index += 1) {
    const client = all.use(clientOf(server));
    const agent = await client.register({
      name: "r",
      description: "",
      version: "1",
      tools: ["t"],
      ttlSeconds,
    });
    crew.push({ client, agent, random: createRandom(index) });
  }
  const lengthMs = scaled(1_500, 30_000);
  await raceForLease(checks, crew, Date.now() + lengthMs);
  await raceForTasks(checks, crew, Date.now() + lengthMs);
  const [first] = crew;
  if (first !== undefined) {
    await raceForTerms(checks, first.client);
  }
  checks.that("the daemon lives", server.isAlive());
};
