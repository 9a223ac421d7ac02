// The last hour of a daemon in numbers, for the charts of its page.
import { perSecond, type Samples, startSamples } from "@x/core/service";
import type { Keeper } from "./engine.ts";
import type { KeeperMetrics } from "./metrics.ts";

export type KeeperHistory = Samples<
  | "calls"
  | "errors"
  | "events"
  | "appendMs"
  | "slowestAppendMs"
  | "queued"
  | "waiting"
  | "pending"
  | "alive"
  | "unreachable"
  | "dead"
>;

/** Starts to keep the history. It counts real time, also where the daemon's own is a test's. */
export function startHistory(keeper: Keeper, metrics: KeeperMetrics): KeeperHistory {
  const { runner, counters } = keeper;
  let appends = metrics.takeAppends();
  return startSamples({
    read: {
      calls: perSecond(() => metrics.totals().calls),
      errors: perSecond(() => metrics.totals().errors),
      events: perSecond(() => [...counters.eventsByTopic.values()].reduce((sum, count) => sum + count, 0)),
      appendMs() {
        appends = metrics.takeAppends();
        return appends.count === 0 ? 0 : (appends.seconds / appends.count) * 1_000;
      },
      slowestAppendMs: () => appends.slowestSeconds * 1_000,
      queued: () => runner.queued,
      waiting: () => runner.peek((state) => state.waiters.size + state.leaseTickets.size),
      pending: () => runner.peek((state) => state.taskCounts.pending),
      alive: () => runner.peek((state) => state.agentCounts.alive),
      unreachable: () => runner.peek((state) => state.agentCounts.unreachable),
      dead: () => runner.peek((state) => state.agentCounts.dead),
    },
  });
}
