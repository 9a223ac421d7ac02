// Runs a function only while an agent leads its group.
import { type Clock, NotFoundError, reportProblem, systemClock, type Timer } from "@x/core/base";
import type { AgentHandle } from "../client/agent-handle.ts";
import type { AgentKeeperClient } from "../client/client.ts";
import type { ElectionState } from "../types.ts";

/** A time in which an agent leads. */
export interface Leadership {
  readonly group: string;
  readonly term: bigint;
  /**
   * Aborts when the leadership is over: another leads, the agent is lost, its heartbeats have not been confirmed for so
   * long that the daemon may have given it up, or the elector was stopped.
   */
  readonly signal: AbortSignal;
}

export interface LeaderElectorOptions {
  readonly client: AgentKeeperClient;
  readonly agent: AgentHandle;
  readonly group: string;
  /** Runs while the agent leads. When the signal aborts it should end soon; no second one starts before it has. */
  readonly lead: (leadership: Leadership) => Promise<void>;
  /** Called after every time of leading, whatever ended it. */
  readonly onStopped?: (leadership: Omit<Leadership, "signal">) => void | Promise<void>;
  /** Gets what `lead` or `onStopped` threw. A process warning by default. */
  readonly onError?: (error: unknown) => void;
  /** The client's time, for tests. @default systemClock */
  readonly clock?: Clock;
}

/** A running candidacy. */
export interface LeaderElector extends AsyncDisposable {
  readonly isLeader: boolean;
  /** Who leads, as far as is known. */
  readonly state: ElectionState | undefined;
  /** Ends the leading, waits for `lead` and `onStopped`, and resigns so that a standby takes over at once. Idempotent. */
  stop(): Promise<void>;
}

/** How often a leader that was cut off looks whether it is heard again. */
const returnPollMs = 500;

/** Enters the election, and leads whenever it is the agent's turn. */
export async function startLeaderElector(options: LeaderElectorOptions): Promise<LeaderElector> {
  const { client, agent, group, lead, onStopped, onError, clock = systemClock } = options;
  let state: ElectionState | undefined;
  let current: { readonly term: bigint; readonly controller: AbortController } | undefined;
  let running: Promise<void> = Promise.resolve();
  let returning: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let timer: Timer | undefined;
  let started = false;

  const report = (error: unknown): void => reportProblem(error, `leading ${group} failed`, onError);

  const runTerm = async (term: bigint, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) {
      return;
    }
    try {
      await lead({ group, term, signal });
    } catch (error) {
      if (!signal.aborted) {
        report(error);
      }
    }
    try {
      await onStopped?.({ group, term });
    } catch (error) {
      report(error);
    }
  };

  const endTerm = (reason: string): void => {
    timer?.cancel();
    current?.controller.abort(new DOMException(reason, "AbortError"));
    current = undefined;
  };

  const isOver = (): boolean => stopping !== undefined || agent.signal.aborted;
  /** How long the daemon surely holds the agent for alive. */
  const certainMs = (): number => agent.aliveUntilMono() - clock.now().mono;

  /** Leading ends by itself when nobody has confirmed for too long that the agent still lives. */
  const watchCertainty = (): void => {
    timer?.cancel();
    const leftMs = certainMs();
    if (leftMs <= 0) {
      endTerm(`no heartbeat of the leader of ${group} was confirmed in time`);
      awaitReturn();
    } else {
      timer = clock.setTimer(leftMs, watchCertainty, { ref: false });
    }
  };

  /** The daemon may still hold the agent for the leader, as when it was away itself: then nobody else ever leads. */
  const awaitReturn = (): void => {
    timer?.cancel();
    if (isOver()) {
      return;
    }
    timer = clock.setTimer(
      returnPollMs,
      () => {
        if (certainMs() <= 0) {
          awaitReturn();
        } else {
          returning = campaign().catch(awaitReturn);
        }
      },
      { ref: false },
    );
  };

  const follow = (next: ElectionState): void => {
    state = next;
    const leads = next.leaderAgentId === agent.agentId && !isOver();
    if (current !== undefined && (!leads || current.term !== next.term)) {
      endTerm(`term ${current.term} of ${group} is over`);
    }
    if (!leads || current !== undefined) {
      return;
    }
    if (certainMs() <= 0) {
      awaitReturn();
      return;
    }
    const controller = new AbortController();
    current = { term: next.term, controller };
    // One after the other: the next term of this agent waits until the last one has let go.
    running = running.then(() => runTerm(next.term, controller.signal));
    watchCertainty();
  };

  /** Campaigning again changes nothing for a candidate, and answers who leads now. */
  const campaign = async (): Promise<void> => {
    if (!isOver()) {
      follow(await client.campaign(group, agent.agentId));
    }
  };

  const onAgentLost = (): void => endTerm(`the agent that led ${group} is no longer registered`);
  agent.signal.addEventListener("abort", onAgentLost, { once: true });
  const changes = client.watchElection(group, follow, {
    onResync: campaign,
    onEnd(error) {
      // Who does not hear of changes must not lead, nor stand in the way of others.
      if (error !== undefined && started) {
        report(error);
        stopOnce().catch(report);
      }
    },
  });

  const stop = async (): Promise<void> => {
    endTerm(`the elector of ${group} was stopped`);
    agent.signal.removeEventListener("abort", onAgentLost);
    await changes.close();
    await returning;
    await running;
    if (!agent.signal.aborted) {
      await resign();
    }
  };
  const resign = async (): Promise<void> => {
    try {
      await client.resign(group, agent.agentId);
    } catch (error) {
      // An agent that is gone leads nothing.
      if (!(error instanceof NotFoundError)) {
        throw error;
      }
    }
  };
  const stopOnce = (): Promise<void> => {
    stopping ??= stop();
    return stopping;
  };

  try {
    await changes.ready;
    started = true;
    follow(await client.campaign(group, agent.agentId));
  } catch (error) {
    changes.cancel();
    agent.signal.removeEventListener("abort", onAgentLost);
    // The candidacy may stand, if only its answer was lost; nobody would run what it leads to.
    await resign().catch(report);
    throw error;
  }
  return {
    get isLeader() {
      return current !== undefined;
    },
    get state() {
      return state;
    },
    stop: stopOnce,
    async [Symbol.asyncDispose](): Promise<void> {
      // Leaving a scope must not hide the error that ended it.
      await stopOnce().catch(report);
    },
  };
}
