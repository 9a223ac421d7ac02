// Works through the queue: claims tasks, keeps the claims alive while a handler runs, and says how it went.
import {
  hasCode,
  isServiceError,
  linkSignals,
  messageOf,
  must,
  type OptionRules,
  reportProblem,
  sleep,
  systemClock,
} from "@x/core/base";
import type { AgentHandle } from "../client/agent-handle.ts";
import { check, leaseTtlRule, requiredFunction } from "../client/checks.ts";
import type { AgentKeeperClient } from "../client/client.ts";
import type { LeaseHandle } from "../client/lease-handle.ts";
import type { ClaimedTask } from "../types.ts";
import { agentRule, clientRule } from "./rules.ts";
import { endByError, endOfAgent, type WorkEnd } from "./work-end.ts";

export interface TaskWorkerOptions {
  readonly client: AgentKeeperClient;
  readonly agent: AgentHandle;
  /**
   * Does the work and answers the output: a text, bytes, or nothing. A throw fails the task with the error's message; so does
   * an output that cannot be sent or is refused. The signal aborts when the claim or the agent is lost, or the worker is told
   * to stop at once; what the handler answers then is dropped. `task.lostCount` says how many workers the task has cost.
   */
  readonly handle: (
    task: ClaimedTask,
    context: { readonly signal: AbortSignal },
  ) => Promise<Uint8Array | string | undefined>;
  /** Tasks at the same time, 1 to 10,000. @default 1 */
  readonly concurrency?: number;
  /** Only tasks of these types. Needs our own daemon. @default all */
  readonly types?: readonly string[];
  /**
   * How long each claim holds without a renewal, 1 to 604,800 seconds; it is renewed at a third of that.
   * @default 60
   */
  readonly claimTtlSeconds?: number;
  /**
   * Gets what could not be told to the daemon, what it refused, and why the worker ended if nobody asked for it. A process
   * warning by default.
   */
  readonly onError?: (error: unknown) => void;
}

const workerRules: OptionRules<TaskWorkerOptions> = {
  client: clientRule,
  agent: agentRule,
  handle: requiredFunction,
  concurrency: must.beWhole(1, 10_000),
  types: must.beTexts,
  claimTtlSeconds: leaseTtlRule,
  onError: must.beFunction,
};

export interface TaskWorker extends AsyncDisposable {
  /** Tasks in work. */
  readonly running: number;
  /** Resolves when the worker has ended, with why. Never rejects. */
  readonly ended: Promise<WorkEnd>;
  /**
   * Claims no more, gives back what was on its way to it, and waits for what is in work; with `now` the handlers' signals
   * abort, and their tasks fail and are tried again as far as they have retries. Idempotent.
   */
  stop(options?: { readonly now?: boolean }): Promise<void>;
}

/** The pause before claiming again after the daemon could not be asked. */
const claimRetryMs = 1_000;

/** Characters of an error's message that surely fit into the bytes that a failure may have. */
const longestReason = 2_000;

/**
 * Starts to work.
 *
 * @throws InvalidArgumentError `invalid_option`, `ttl_out_of_range`
 */
export function startTaskWorker(options: TaskWorkerOptions): TaskWorker {
  check("startTaskWorker", options, workerRules);
  const { client, agent, handle, concurrency = 1, types, claimTtlSeconds = 60, onError } = options;
  const { agentId } = agent;
  const claiming = new AbortController();
  const working = new AbortController();
  let running = 0;
  let end: WorkEnd | undefined;

  const report = (error: unknown, what: string): void => reportProblem(error, what, onError);
  const finish = (how: WorkEnd): void => {
    if (end === undefined) {
      end = how;
      claiming.abort();
      if (how.reason === "agent_lost" || how.reason === "refused") {
        report(how.error, "the task worker cannot claim and has ended");
      }
    }
  };

  const nextTask = async (): Promise<ClaimedTask | undefined> => {
    while (!claiming.signal.aborted) {
      try {
        return await client.claimTask(agentId, {
          signal: claiming.signal,
          ...(types === undefined ? {} : { types }),
        });
      } catch (error) {
        // Also after a refusal: an agent that is being deregistered says so itself.
        await sleep(claimRetryMs, { signal: claiming.signal }).catch(() => undefined);
        if (isServiceError(error) && !error.retryable) {
          finish(endByError(error));
        }
      }
    }
    return undefined;
  };

  /** A claim is a lease on the task's id: taking it again gives a handle that renews it. */
  const claimOf = async (task: ClaimedTask): Promise<LeaseHandle | null> => {
    using held = linkSignals(agent.signal);
    const over = systemClock.setTimer(claimTtlSeconds * 1_000, () => held.abort(), { ref: false });
    try {
      return await untilTold(held.signal, () =>
        client.acquireLease(task.id, agentId, { ttlSeconds: claimTtlSeconds, autoRenew: true }),
      );
    } catch (error) {
      await fail(task, task.token, held.signal, `the claim could not be kept: ${messageOf(error)}`);
      throw error;
    } finally {
      over.cancel();
    }
  };

  const work = async (task: ClaimedTask): Promise<void> => {
    const claim = await claimOf(task);
    if (claim === null) {
      return;
    }
    try {
      await workUnder(task, claim);
    } finally {
      // The claim ended with the task. If the daemon could not be told, it must end too, so that another takes the task.
      claim.abandon();
    }
  };

  const workUnder = async (task: ClaimedTask, claim: LeaseHandle): Promise<void> => {
    // Until when the claim is this worker's.
    using held = linkSignals(claim.signal, agent.signal);
    using wanted = linkSignals(held.signal, working.signal);
    // Only a daemon that said the token of the claim can be asked to look at it.
    const token = task.token === null ? null : claim.lease.token;
    let output: Uint8Array | string | undefined;
    let failure: string | undefined;
    try {
      output = await handle(task, { signal: wanted.signal });
    } catch (error) {
      failure = messageOf(error);
    }
    if (held.signal.aborted) {
      return;
    }
    if (working.signal.aborted) {
      failure ??= "the worker was stopped";
    }
    if (failure === undefined) {
      await complete(task, token, held.signal, output);
    } else {
      await fail(task, token, held.signal, failure);
    }
  };

  const complete = async (
    task: ClaimedTask,
    token: bigint | null,
    held: AbortSignal,
    output: Uint8Array | string | undefined,
  ): Promise<void> => {
    const outcome = { ...(output === undefined ? {} : { output }), ...(token === null ? {} : { token }) };
    try {
      await untilTold(held, () => client.completeTask(task.id, agentId, outcome));
    } catch (error) {
      // What cannot be told is a failure: else the claim would lapse, and the same come again for ever.
      if (!held.aborted && !isLost(error)) {
        await fail(task, token, held, `the outcome was refused: ${messageOf(error)}`);
      }
      throw error;
    }
  };

  const fail = async (
    task: ClaimedTask,
    token: bigint | null,
    held: AbortSignal,
    reason: string,
  ): Promise<void> => {
    let asked = false;
    await untilTold(held, async () => {
      // Without a token a repeat might fail a later claim of the same agent.
      if (!asked || token !== null || (await isClaimStill(task))) {
        asked = true;
        await client.failTask(task.id, agentId, {
          reason: cut(reason),
          ...(token === null ? {} : { token }),
        });
      }
    });
  };

  const isClaimStill = async ({ id, claimedAt }: ClaimedTask): Promise<boolean> => {
    const now = await client.getTask(id);
    return (
      now.status === "CLAIMED" &&
      now.claimedByAgentId === agentId &&
      now.claimedAt?.getTime() === claimedAt?.getTime()
    );
  };

  const lane = async (): Promise<void> => {
    for (let task = await nextTask(); task !== undefined; task = await nextTask()) {
      running += 1;
      try {
        await work(task);
      } catch (error) {
        report(error, `the outcome of task ${task.id} could not be told`);
      }
      running -= 1;
    }
  };

  const run = async (): Promise<WorkEnd> => {
    using _ = onceAborted(agent.signal, () => finish(endOfAgent(agent.signal.reason)));
    await Promise.all(Array.from({ length: concurrency }, lane));
    // What was on its way to a claim that was given up.
    await client.settled();
    return end ?? { reason: "stopped" };
  };

  const ended = run();
  return {
    get running() {
      return running;
    },
    ended,
    async stop({ now = false } = {}): Promise<void> {
      finish({ reason: "stopped" });
      if (now) {
        working.abort(new DOMException("the worker was stopped", "AbortError"));
      }
      await ended;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      finish({ reason: "stopped" });
      await ended;
    },
  };
}

/** Calls back when the signal aborts, at once if it has; disposing takes the listener off. */
function onceAborted(signal: AbortSignal, callback: () => void): Disposable {
  const linked = linkSignals(signal);
  if (linked.signal.aborted) {
    callback();
  } else {
    linked.signal.addEventListener("abort", callback, { once: true });
  }
  return linked;
}

/** Whether the daemon says that the task is not, or no longer, under this claim. */
const isLost = (error: unknown): boolean =>
  hasCode(
    error,
    "task_not_found",
    "task_not_yours",
    "task_not_claimed",
    "lease_token_mismatch",
    "agent_not_found",
    "agent_dead",
  );

const cut = (reason: string): string => reason.slice(0, longestReason).toWellFormed();

/** Repeats a call that may be repeated while the daemon cannot be reached, for as long as the claim is held. */
async function untilTold<Reply>(held: AbortSignal, call: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (held.aborted || !isServiceError(error) || !error.retryable) {
        throw error;
      }
      await sleep(claimRetryMs, { signal: held }).catch(() => undefined);
      if (held.aborted) {
        throw error;
      }
    }
  }
}
