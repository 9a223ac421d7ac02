// The last hour of a daemon in numbers, for the charts of its page.
import { perSecond, type Samples, startSamples } from "@x/core/service";
import type { Engine } from "./engine.ts";
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

/** Keeps the history until the daemon stops. It counts real time, also where the daemon's own is a test's. */
export function startHistory(engine: Engine, metrics: KeeperMetrics): KeeperHistory {
  const { peek } = engine;
  // Since the last sample.
  let appends = { count: 0, ms: 0, slowestMs: 0 };
  let slowestAppendMs = 0;
  engine.observe({
    onAppend({ appendMs }) {
      appends.count += 1;
      appends.ms += appendMs;
      appends.slowestMs = Math.max(appends.slowestMs, appendMs);
    },
  });
  const history: KeeperHistory = startSamples({
    read: {
      calls: perSecond(() => metrics.totals().calls),
      errors: perSecond(() => metrics.totals().errors),
      events: perSecond(() => metrics.totals().events),
      appendMs() {
        const { count, ms, slowestMs } = appends;
        appends = { count: 0, ms: 0, slowestMs: 0 };
        slowestAppendMs = slowestMs;
        return count === 0 ? 0 : ms / count;
      },
      slowestAppendMs: () => slowestAppendMs,
      queued: () => engine.queued,
      waiting: () => peek((state) => state.waiters.size + state.leaseTickets.size),
      pending: () => peek((state) => state.taskCounts.pending),
      alive: () => peek((state) => state.agentCounts.alive),
      unreachable: () => peek((state) => state.agentCounts.unreachable),
      dead: () => peek((state) => state.agentCounts.dead),
    },
  });
  engine.stopping.addEventListener("abort", history.close, { once: true });
  return history;
}
