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

/** Some appends of the journal. */
interface Appends {
  readonly count: number;
  /** All of them together. */
  readonly ms: number;
  readonly slowestMs: number;
}

const noAppends: Appends = { count: 0, ms: 0, slowestMs: 0 };

/** Counts the journal's appends until somebody takes them. */
export interface AppendTally {
  add(appendMs: number): void;
  /** Those since this was last called. */
  take(): Appends;
}

export function createAppendTally(): AppendTally {
  let appends = noAppends;
  return {
    add(appendMs) {
      const { count, ms, slowestMs } = appends;
      appends = { count: count + 1, ms: ms + appendMs, slowestMs: Math.max(slowestMs, appendMs) };
    },
    take() {
      const taken = appends;
      appends = noAppends;
      return taken;
    },
  };
}

/** Keeps the history until the daemon stops. It counts real time, also where the daemon's own is a test's. */
export function startHistory(keeper: Keeper, metrics: KeeperMetrics, tally: AppendTally): KeeperHistory {
  const { runner, eventsByTopic } = keeper;
  let appends = noAppends;
  const history: KeeperHistory = startSamples({
    read: {
      calls: perSecond(() => metrics.totals().calls),
      errors: perSecond(() => metrics.totals().errors),
      events: perSecond(() => [...eventsByTopic.values()].reduce((sum, count) => sum + count, 0)),
      appendMs() {
        appends = tally.take();
        return appends.count === 0 ? 0 : appends.ms / appends.count;
      },
      slowestAppendMs: () => appends.slowestMs,
      queued: () => keeper.queued,
      waiting: () => runner.peek((state) => state.waiters.size + state.leaseTickets.size),
      pending: () => runner.peek((state) => state.taskCounts.pending),
      alive: () => runner.peek((state) => state.agentCounts.alive),
      unreachable: () => runner.peek((state) => state.agentCounts.unreachable),
      dead: () => runner.peek((state) => state.agentCounts.dead),
    },
  });
  keeper.stopping.addEventListener("abort", history.close, { once: true });
  return history;
}
