// A registered agent, kept alive by heartbeats until it is deregistered or found dead.
import { NotFoundError, reportProblem, type Timer } from "@x/core";
import type { CallOptions } from "./call-options.ts";
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

/** Starts the heartbeats, one every half time to live. `onEnd` is called once, when they have ended. */
export function keepAlive(
  connection: Connection,
  registration: Registration,
  onEnd: (handle: AgentHandle & { stop(reason: unknown): void }) => void,
): AgentHandle & { stop(reason: unknown): void } {
  const { clock } = connection;
  const { agentId } = registration;
  const intervalMs = Math.max(500, (registration.ttlSeconds * 1_000) / 2);
  const lifetime = new AbortController();
  let inFlight: Promise<void> | undefined;
  let deregistering: Promise<void> | undefined;
  let timer: Timer | undefined;

  const stop = (reason: unknown): void => {
    if (!lifetime.signal.aborted) {
      timer?.cancel();
      lifetime.abort(reason);
      onEnd(handle);
    }
  };

  const beatIn = (delayMs: number): void => {
    timer = clock.setTimer(
      Math.max(0, delayMs),
      () => {
        inFlight = beat();
      },
      { ref: false },
    );
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
      if (!lifetime.signal.aborted && deregistering === undefined) {
        beatIn(sentAt + intervalMs - clock.now().mono);
      }
    } catch (error) {
      if (error instanceof NotFoundError) {
        stop(error);
      } else if (!lifetime.signal.aborted && deregistering === undefined) {
        beatIn(heartbeatRetryMs);
      }
    }
  };

  const deregister = async (options: CallOptions | undefined): Promise<void> => {
    timer?.cancel();
    await inFlight;
    await connection.call("deregister", "safe", options, (call) =>
      connection.registry.deregister({ agentId }, call),
    );
    stop(new DOMException(`agent ${agentId} was deregistered`, "AbortError"));
  };

  const handle: AgentHandle & { stop(reason: unknown): void } = {
    agentId,
    signal: lifetime.signal,
    stop,
    deregister(options?: CallOptions): Promise<void> {
      deregistering ??= deregister(options).catch((error: unknown) => {
        // Let a later call try again, and the agent live until then.
        deregistering = undefined;
        if (error instanceof NotFoundError) {
          stop(error);
        } else if (!lifetime.signal.aborted) {
          beatIn(0);
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
  beatIn(registration.sentAtMono + intervalMs - clock.now().mono);
  return handle;
}
