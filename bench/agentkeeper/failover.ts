// How long a standby waits for its callback from the moment at which the leader begins to deregister.

import { type AgentHandle, AgentKeeperClient } from "@x/agentkeeper";
import { startDaemon } from "../shared/daemon.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

const warmUps = 50;

export async function measureFailover(spanMs: number): Promise<void> {
  await using daemon = await startDaemon();
  // Two agents have two programs, and so two connections.
  await using leading = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port });
  await using waiting = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port });
  const timesMs: number[] = [];
  for (let turn = 0; turn < warmUps + Math.ceil(spanMs / 10); turn += 1) {
    const timeMs = await failover(`group-${turn}`, leading, waiting);
    if (turn >= warmUps) {
      timesMs.push(timeMs);
    }
  }
  const p50 = quantile(timesMs, 0.5);
  row(
    "failover: deregister of the leader to the standby's callback",
    `p50 ${count(p50)} ms, p99 ${count(quantile(timesMs, 0.99))} ms`,
    { value: p50, target: { atMost: 5, unit: " ms p50" } },
  );
}

async function failover(
  group: string,
  leading: AgentKeeperClient,
  waiting: AgentKeeperClient,
): Promise<number> {
  const leader = await candidate(leading, group);
  await using standby = await candidate(waiting, group);
  const first = Promise.withResolvers<void>();
  const promoted = Promise.withResolvers<number>();
  using watch = waiting.watchElection(group, ({ leaderAgentId }) => {
    first.resolve();
    if (leaderAgentId === standby.agentId) {
      promoted.resolve(performance.now());
    }
  });
  await watch.ready;
  await first.promise;
  const begin = performance.now();
  await Promise.all([leader.deregister(), promoted.promise]);
  return (await promoted.promise) - begin;
}

async function candidate(client: AgentKeeperClient, group: string): Promise<AgentHandle> {
  const agent = await client.register({ name: "candidate", description: "leads or waits", version: "1.0.0" });
  await client.campaign(group, agent.agentId);
  return agent;
}
