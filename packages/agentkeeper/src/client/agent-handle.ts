// A registered agent, kept alive by heartbeats until it is deregistered or found dead.
import { NotFoundError, reportProblem, type Timer } from "@x/core/base";
import type { CallOptions } from "./call-options.ts";
import { checkCall } from "./checks.ts";
import type { Connection } from "./connection.ts";

/** A registration of this process. */
export interface AgentHandle extends AsyncDisposable {
  readonly agentId: string;
  /**
   * Aborts once, when the agent is no longer registered: the daemon does not know it or holds it for dead, it was
   * deregistered, or the client was closed. Work that needs the agent should take this signal.
   */
  readonly signal: AbortSignal;
  /**
   * The monotonic time (`performance.now()`) until which the daemon cannot hold the agent for dead, as far as heartbeats
   * have been confirmed. What must not run beside its successor, such as leading, ends by then.
   */
  aliveUntilMono(): number;
  /**
   * Ends the registration; leases are released and leaderships passed on. Waits for a heartbeat on its way, so that
   * none arrives later. Repeated calls answer the same.
   *
   * @throws NotFoundError `agent_not_found`
   * @see rpc RegistryService.Deregister
   */
  deregister(options?: CallOptions): Promise<void>;
}

/** The pause before a heartbeat that failed is tried again. */
const heartbeatRetryMs = 500;

/** What an agent's heartbeats need to know. */
export interface Registration {
  readonly agentId: string;
  readonly ttlSeconds: number;
  /** Monotonic milliseconds at which the registration was sent: the daemon counts from no earlier. */
  readonly sentAtMono: number;
}

/** Heartbeats on their way, wherever they are sent from. */
export interface Heartbeats {
  /** Sends no more, and resolves when none is on its way. */
  pause(): Promise<void>;
  /** Sends one at once, and goes on. */
  resume(): void;
  /** Ends them for good. */
  stop(): void;
}

/** What heartbeats tell their agent. */
export interface HeartbeatNews {
  /** The daemon has applied one that was sent at this monotonic time. */
  confirmed(sentAtMono: number): void;
  /** The daemon does not know the agent, or holds it for dead. */
  lost(error: unknown): void;
}

/** An agent as its client sees it. */
export interface OwnedAgent extends AgentHandle {
  /** Ends the heartbeats; the daemon is not told. */
  stop(reason: unknown): void;
}

/** Sends heartbeats from this thread, one every half time to live. */
export function sendHeartbeats(
  connection: Connection,
  { agentId, ttlSeconds, sentAtMono }: Registration,
  news: HeartbeatNews,
): Heartbeats {
  const { clock } = connection;
  const intervalMs = Math.max(500, (ttlSeconds * 1_000) / 2);
  let inFlight: Promise<void> | undefined;
  let timer: Timer | undefined;
  let paused = false;

  const beatIn = (delayMs: number): void => {
    if (!paused) {
      timer = clock.setTimer(
        Math.max(0, delayMs),
        () => {
          inFlight = beat();
        },
        { ref: false },
      );
    }
  };

  const beat = async (): Promise<void> => {
    const sentAt = clock.now().mono;
    try {
      await connection.call(
        "heartbeat",
        "safe",
        { timeoutMs: Math.min(10_000, intervalMs), maxRetries: 0 },
        (call) => connection.registry.heartbeat({ agentId }, call),
      );
      news.confirmed(sentAt);
      beatIn(sentAt + intervalMs - clock.now().mono);
    } catch (error) {
      if (error instanceof NotFoundError) {
        news.lost(error);
      } else {
        beatIn(heartbeatRetryMs);
      }
    }
  };

  beatIn(sentAtMono + intervalMs - clock.now().mono);
  return {
    async pause(): Promise<void> {
      paused = true;
      timer?.cancel();
      await inFlight;
    },
    resume(): void {
      paused = false;
      beatIn(0);
    },
    stop(): void {
      paused = true;
      timer?.cancel();
    },
  };
}

/** Keeps an agent alive with heartbeats of this thread. `onEnd` is called once, when they have ended. */
export function keepAlive(
  connection: Connection,
  registration: Registration,
  onEnd: (handle: OwnedAgent) => void,
): OwnedAgent {
  return createAgentHandle(
    connection,
    registration,
    (news) => sendHeartbeats(connection, registration, news),
    onEnd,
  );
}

/** The handle around heartbeats that `start` begins. */
export function createAgentHandle(
  connection: Connection,
  registration: Registration,
  start: (news: HeartbeatNews) => Heartbeats,
  onEnd: (handle: OwnedAgent) => void,
): OwnedAgent {
  const { agentId, ttlSeconds } = registration;
  const lifetime = new AbortController();
  let deregistering: Promise<void> | undefined;
  let { sentAtMono } = registration;

  const stop = (reason: unknown): void => {
    if (!lifetime.signal.aborted) {
      heartbeats.stop();
      connection.candidacies.over(agentId);
      lifetime.abort(reason);
      onEnd(handle);
    }
  };

  const deregister = async (options: CallOptions | undefined): Promise<void> => {
    checkCall("deregister", options);
    await heartbeats.pause();
    await connection.call("deregister", "safe", options, (call) =>
      connection.registry.deregister({ agentId }, call),
    );
    stop(new DOMException(`agent ${agentId} was deregistered`, "AbortError"));
  };

  const handle: OwnedAgent = {
    agentId,
    signal: lifetime.signal,
    aliveUntilMono: () => sentAtMono + 2 * Math.max(ttlSeconds, 2) * 1_000,
    stop,
    deregister(options?: CallOptions): Promise<void> {
      deregistering ??= deregister(options).catch((error: unknown) => {
        // Let a later call try again, and the agent live until then.
        deregistering = undefined;
        if (error instanceof NotFoundError) {
          stop(error);
        } else if (!lifetime.signal.aborted) {
          heartbeats.resume();
        }
        throw error;
      });
      return deregistering;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        await handle.deregister();
      } catch (error) {
        // Leaving a scope must not hide the error that ended it; an agent that is gone is what was wanted.
        if (!(error instanceof NotFoundError)) {
          reportProblem(error, `agent ${agentId} could not be deregistered`);
        }
      }
    },
  };
  const heartbeats = start({
    confirmed(sentAt) {
      sentAtMono = sentAt;
    },
    lost: stop,
  });
  return handle;
}
