// Whether agents are still there: heartbeats, and a look at those that miss three of them. Nothing of it is stored.
import type { Clock, Timer } from "@x/core/service";

export interface Liveness {
  /** An agent is registered, or a core begins with it: its heartbeats are waited for from now on. */
  watch(agentId: string): void;
  /** A heartbeat came. */
  heard(agentId: string): void;
  /** The agent is registered no more. */
  forget(agentId: string): void;
  /** When its latest heartbeat came, by the wall clock. */
  heardMs(agentId: string): number | undefined;
  /** It missed its heartbeats, and did not answer the latest look either. */
  isDegraded(agentId: string): boolean;
  close(): void;
}

/** Three heartbeats, and how often who misses them is looked at, in milliseconds. */
const missedMs = 90_000;
const lookEveryMs = 30_000;

interface Watched {
  heardMs: number | undefined;
  degraded: boolean;
  timer: Timer;
}

export function createLiveness(clock: Clock, look: (agentId: string) => Promise<boolean>): Liveness {
  const agents = new Map<string, Watched>();

  const wait = (agentId: string, ms: number): Timer =>
    clock.setTimer(ms, () => void missed(agentId), { ref: false });

  const missed = async (agentId: string): Promise<void> => {
    const before = agents.get(agentId);
    const isThere = await look(agentId);
    const watched = agents.get(agentId);
    // A heartbeat that came meanwhile says more.
    if (watched !== undefined && watched === before) {
      watched.degraded = !isThere;
      watched.timer = wait(agentId, lookEveryMs);
    }
  };

  const begin = (agentId: string, heardMs: number | undefined): void => {
    agents.get(agentId)?.timer.cancel();
    agents.set(agentId, { heardMs, degraded: false, timer: wait(agentId, missedMs) });
  };

  return {
    watch: (agentId) => begin(agentId, agents.get(agentId)?.heardMs),
    heard: (agentId) => begin(agentId, clock.now().wall),
    forget(agentId): void {
      agents.get(agentId)?.timer.cancel();
      agents.delete(agentId);
    },
    heardMs: (agentId) => agents.get(agentId)?.heardMs,
    isDegraded: (agentId) => agents.get(agentId)?.degraded === true,
    close(): void {
      for (const { timer } of agents.values()) {
        timer.cancel();
      }
      agents.clear();
    },
  };
}
