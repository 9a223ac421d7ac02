// Works through the queue: claims tasks, keeps the claims alive while a handler runs, and says how it went.
import { isServiceError, linkSignals, NotFoundError, reportProblem, sleep, systemClock } from "@x/core/base";
import type { AgentHandle } from "../client/agent-handle.ts";
import type { AgentKeeperClient } from "../client/client.ts";
import type { LeaseHandle } from "../client/lease-handle.ts";
import type { Task } from "../types.ts";

export interface TaskWorkerOptions {
  readonly client: AgentKeeperClient;
  readonly agent: AgentHandle;
  /**
   * Does the work and answers the output. A throw fails the task with the error's message. The signal aborts when the
   * claim or the agent is lost, or the worker is told to stop at once; what the handler answers then is dropped.
   */
  readonly handle: (
    task: Task,
    context: { readonly signal: AbortSignal },
  ) => Promise<Uint8Array | string | undefined>;
  /** Tasks at the same time. @default 1 */
  readonly concurrency?: number;
  /** Only tasks of these types. Needs our own daemon. @default all */
  readonly types?: readonly string[];
  /** How long each claim holds without a renewal, in seconds; it is renewed at a third of that. @default 60 */
  readonly claimTtlSeconds?: number;
  /** Gets what could not be told to the daemon. A process warning by default. */
  readonly onError?: (error: unknown) => void;
}

export interface TaskWorker extends AsyncDisposable {
  /** Tasks in work. */
  readonly running: number;
  /** Resolves when the worker has ended by itself, because its agent is lost or the client was closed. */
  readonly ended: Promise<void>;
  /**
   * Claims no more, and waits for what is in work; with `now` the handlers' signals abort, and their tasks fail and are
   * tried again as far as they have retries. Idempotent.
   */
  stop(options?: { readonly now?: boolean }): Promise<void>;
}

/** The pause before claiming again after the daemon could not be asked. */
const claimRetryMs = 1_000;

/** Characters of an error's message that surely fit into the bytes that a failure may have. */
const longestReason = 2_000;

/** Starts to work. */
export function startTaskWorker(options: TaskWorkerOptions): TaskWorker {
  const { client, agent, handle, concurrency = 1, types, claimTtlSeconds = 60, onError } = options;
  const claiming = new AbortController();
  const working = new AbortController();
  let running = 0;

  const report = (error: unknown, what: string): void => reportProblem(error, what, onError);
  const stopClaiming = (): void => claiming.abort();
  agent.signal.addEventListener("abort", stopClaiming, { once: true });

  const nextTask = async (): Promise<Task | undefined> => {
    while (!claiming.signal.aborted) {
      try {
        return await client.claimTask(agent.agentId, {
          signal: claiming.signal,
          ...(types === undefined ? {} : { types }),
        });
      } catch (error) {
        if (claiming.signal.aborted) {
          return undefined;
        }
        if (isServiceError(error) && !error.retryable) {
          stopClaiming();
          // A lost agent is told by its own signal.
          if (!(error instanceof NotFoundError)) {
            report(error, "the task worker cannot claim and has ended");
          }
          return undefined;
        }
        await sleep(claimRetryMs, { signal: claiming.signal }).catch(() => undefined);
      }
    }
    return undefined;
  };

  /** A claim is a lease on the task's id: taking it again gives a handle that renews it. */
  const claimOf = async (task: Task): Promise<LeaseHandle | null> => {
    using held = linkSignals(agent.signal);
    const over = systemClock.setTimer(claimTtlSeconds * 1_000, () => held.abort(), { ref: false });
    try {
      return await untilTold(held.signal, () =>
        client.acquireLease(task.id, agent.agentId, { ttlSeconds: claimTtlSeconds, autoRenew: true }),
      );
    } finally {
      over.cancel();
    }
  };

  const work = async (task: Task): Promise<void> => {
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

  const workUnder = async (task: Task, claim: LeaseHandle): Promise<void> => {
    // Until when the claim is this worker's.
    using held = linkSignals(claim.signal, agent.signal);
    using wanted = linkSignals(held.signal, working.signal);
    let output: Uint8Array | string | undefined;
    let failure: { readonly reason: string } | undefined;
    try {
      output = await handle(task, { signal: wanted.signal });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failure = { reason: reason.slice(0, longestReason) };
    }
    if (held.signal.aborted) {
      return;
    }
    if (failure !== undefined || working.signal.aborted) {
      await client.failTask(task.id, agent.agentId, failure ?? { reason: "the worker was stopped" });
    } else {
      const outcome = output === undefined ? {} : { output };
      await untilTold(held.signal, () => client.completeTask(task.id, agent.agentId, outcome));
    }
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

  const ended = Promise.all(Array.from({ length: concurrency }, lane)).then(() =>
    agent.signal.removeEventListener("abort", stopClaiming),
  );
  return {
    get running() {
      return running;
    },
    ended,
    async stop({ now = false } = {}): Promise<void> {
      stopClaiming();
      if (now) {
        working.abort(new DOMException("the worker was stopped", "AbortError"));
      }
      await ended;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stopClaiming();
      await ended;
    },
  };
}

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
