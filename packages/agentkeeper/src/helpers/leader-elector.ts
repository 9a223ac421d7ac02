// Runs a function only while an agent leads its group.
import {
  type Clock,
  clockRule,
  isServiceError,
  must,
  NotFoundError,
  type OptionRules,
  reportProblem,
  sleep,
  systemClock,
  type Timer,
} from "@x/core/base";
import type { AgentHandle } from "../client/agent-handle.ts";
import { check, requiredFunction } from "../client/checks.ts";
import type { AgentKeeperClient } from "../client/client.ts";
import type { ElectionState } from "../types.ts";
import { agentRule, clientRule } from "./rules.ts";
import { endByError, endOfAgent, type WorkEnd } from "./work-end.ts";

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
  /**
   * Runs while the agent leads. When the signal aborts it should end soon; no second one starts before it has. When it ends
   * before, by a throw or a return, nobody does the work: `whenLeadEnds` says what follows.
   */
  readonly lead: (leadership: Leadership) => Promise<void>;
  /**
   * `resign` lets go of the leadership, so that a standby leads, and stands again after `pauseMs`, behind the others.
   * `again` keeps it and runs `lead` once more after `pauseMs`, under the same term.
   * @default "resign"
   */
  readonly whenLeadEnds?: "resign" | "again";
  /** The pause after `lead` has ended by itself, in milliseconds; 0 to 3,600,000. @default 1000 */
  readonly pauseMs?: number;
  /** Called after every time of leading, whatever ended it. */
  readonly onStopped?: (leadership: Omit<Leadership, "signal">) => void | Promise<void>;
  /**
   * Gets what `lead` or `onStopped` threw, and why the elector ended if nobody asked for it. A process warning by default.
   */
  readonly onError?: (error: unknown) => void;
  /** The client's time, for tests. @default systemClock */
  readonly clock?: Clock;
}

const electorRules: OptionRules<LeaderElectorOptions> = {
  client: clientRule,
  agent: agentRule,
  group: { ...must.beFullText, required: true },
  lead: requiredFunction,
  whenLeadEnds: must.beOneOf("resign", "again"),
  pauseMs: must.beNumber(0, 3_600_000),
  onStopped: must.beFunction,
  onError: must.beFunction,
  clock: clockRule,
};

/** A running candidacy. */
export interface LeaderElector extends AsyncDisposable {
  readonly isLeader: boolean;
  /** Who leads, as far as is known. */
  readonly state: ElectionState | undefined;
  /** Resolves when the elector has ended, with why. Never rejects. */
  readonly ended: Promise<WorkEnd>;
  /** Ends the leading, waits for `lead` and `onStopped`, and resigns so that a standby takes over at once. Idempotent. */
  stop(): Promise<void>;
}

/** How often a leader that was cut off looks whether it is heard again. */
const returnPollMs = 500;

/** The pause before a resignation that could not be told is told again. */
const resignRetryMs = 1_000;

/**
 * Enters the election, and leads whenever it is the agent's turn.
 *
 * @throws InvalidArgumentError `invalid_option`
 * @throws NotFoundError `agent_not_found`, `agent_dead`
 */
export async function startLeaderElector(options: LeaderElectorOptions): Promise<LeaderElector> {
  check("startLeaderElector", options, electorRules);
  const { client, agent, group, lead, onStopped, onError, clock = systemClock } = options;
  const { whenLeadEnds = "resign", pauseMs = 1_000 } = options;
  /** Aborts with the elector's end. */
  const over = new AbortController();
  const whenEnded = Promise.withResolvers<WorkEnd>();
  let end: WorkEnd | undefined;
  /** The agent has let go, and does not stand for the moment. */
  let rests = false;
  let state: ElectionState | undefined;
  let current: { readonly term: bigint; readonly controller: AbortController } | undefined;
  let running: Promise<void> = Promise.resolve();
  let returning: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let timer: Timer | undefined;
  let started = false;

  const report = (error: unknown): void => reportProblem(error, `leading ${group} failed`, onError);

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    sleep(ms, { signal, clock }).catch(() => undefined);

  const runTerm = async (term: bigint, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) {
      return;
    }
    do {
      try {
        await lead({ group, term, signal });
      } catch (error) {
        if (!signal.aborted) {
          report(error);
        }
      }
      if (whenLeadEnds === "again") {
        await pause(pauseMs, signal);
      }
    } while (!signal.aborted && whenLeadEnds === "again");
    try {
      await onStopped?.({ group, term });
    } catch (error) {
      report(error);
    }
    if (!signal.aborted) {
      await letGo(term);
    }
  };

  /** Nobody does the work any more: another may, and this agent stands again behind it. */
  const letGo = async (term: bigint): Promise<void> => {
    rests = true;
    endTerm(`the work of term ${term} of ${group} has ended`);
    while (!isOver() && !(await hasResigned())) {
      await pause(resignRetryMs, over.signal);
    }
    await pause(pauseMs, over.signal);
    rests = false;
    // Not awaited: what follows may lead again, which waits for this.
    returning = campaign().catch(awaitReturn);
  };

  const hasResigned = async (): Promise<boolean> => {
    try {
      await resign();
      return true;
    } catch (error) {
      if (isServiceError(error) && !error.retryable) {
        finish(endByError(error));
      }
      return false;
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
    const leads = next.leaderAgentId === agent.agentId && !isOver() && !rests;
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
    if (!isOver() && !rests) {
      follow(await client.campaign(group, agent.agentId));
    }
  };

  const onAgentLost = (): void => {
    endTerm(`the agent that led ${group} is no longer registered`);
    if (started) {
      finish(endOfAgent(agent.signal.reason));
    }
  };
  agent.signal.addEventListener("abort", onAgentLost, { once: true });
  const changes = client.watchElection(group, follow, {
    onResync: campaign,
    onEnd(error) {
      // Who does not hear of changes must not lead, nor stand in the way of others.
      if (error !== undefined && started) {
        finish(endByError(error));
      }
    },
  });

  const stop = async (): Promise<void> => {
    over.abort();
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
    if (stopping === undefined) {
      end ??= { reason: "stopped" };
      // A promise first: what `stop` begins with looks whether it has begun.
      stopping = Promise.resolve().then(stop);
      const tellEnd = (): void => whenEnded.resolve(end ?? { reason: "stopped" });
      stopping.then(tellEnd, tellEnd);
    }
    return stopping;
  };
  /** The elector ends by itself. */
  const finish = (how: WorkEnd): void => {
    if (end === undefined) {
      end = how;
      if (how.reason !== "agent_ended") {
        report(how.error);
      }
      stopOnce().catch(report);
    }
  };

  try {
    await changes.ready;
    started = true;
    follow(await client.campaign(group, agent.agentId));
    if (agent.signal.aborted) {
      onAgentLost();
    }
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
    ended: whenEnded.promise,
    stop: stopOnce,
    async [Symbol.asyncDispose](): Promise<void> {
      // Leaving a scope must not hide the error that ended it.
      await stopOnce().catch(report);
    },
  };
}
