// The agent as which the model acts: registered while the server runs, with the leases and claims that it holds.
import { FailedPreconditionError, isServiceError } from "@x/core/base";
import type { Log } from "@x/core/service";
import type { AgentHandle } from "../client/agent-handle.ts";
import type { RegisterOptions } from "../client/agents.ts";
import type { AgentKeeperClient } from "../client/client.ts";
import type { LeaseHandle } from "../client/lease-handle.ts";

export interface Identity {
  /** As it is registered now. */
  readonly agentId: string;
  /**
   * The agent's id for a call that acts as it. An agent that was lost meanwhile is registered anew.
   *
   * @throws FailedPreconditionError `agent_lost`, once after each loss: what the agent held is no longer its own
   */
  act(): Promise<string>;
  /** Keeps a lease at hand until it ends. */
  hold(handle: LeaseHandle): void;
  /** What is held under a key. */
  held(key: string): LeaseHandle | undefined;
  /** Ends the registration, and with it every lease and claim. */
  close(): Promise<void>;
}

/** How long the end of the registration may take when the server stops, in milliseconds. */
const deregisterMs = 1_000;

export async function startIdentity(
  client: AgentKeeperClient,
  card: RegisterOptions,
  log: Log,
): Promise<Identity> {
  const leases = new Map<string, LeaseHandle>();
  let agent: AgentHandle = await client.register(card);
  let renewing: Promise<void> | undefined;

  const registerAnew = async (): Promise<void> => {
    const lost = agent.agentId;
    agent = await client.register(card);
    log.warn({ lost, agentId: agent.agentId }, "the agent was lost and is registered anew");
  };

  return {
    get agentId() {
      return agent.agentId;
    },
    async act() {
      if (!agent.signal.aborted) {
        return agent.agentId;
      }
      renewing ??= registerAnew().finally(() => {
        renewing = undefined;
      });
      await renewing;
      throw new FailedPreconditionError(
        `the daemon took this agent for dead, as after a long sleep of the machine or a restart of the daemon; its leases and claims are gone. It is registered anew as ${agent.agentId}: take again what you need.`,
        { service: "agentkeeper", operation: "mcp", code: "agent_lost", retryable: true },
      );
    },
    hold(handle) {
      const { taskId } = handle.lease;
      // An earlier handle of the same lease would go on renewing it by its own time.
      leases.get(taskId)?.abandon();
      leases.set(taskId, handle);
      handle.signal.addEventListener(
        "abort",
        () => {
          if (leases.get(taskId) === handle) {
            leases.delete(taskId);
          }
        },
        { once: true },
      );
    },
    held: (key) => leases.get(key),
    async close() {
      try {
        await agent.deregister({ timeoutMs: deregisterMs, maxRetries: 0 });
      } catch (error) {
        // Without a daemon the agent dies by its silence.
        if (isServiceError(error)) {
          log.warn({ reason: error.message }, "the agent could not be deregistered");
        } else {
          throw error;
        }
      }
    },
  };
}
