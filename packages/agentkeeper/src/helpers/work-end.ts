// Why a worker or an elector has ended: nothing that runs by itself ends without a word.
import { isError, NotFoundError } from "@x/core/base";

/**
 * `stopped`: by its own `stop()`. `agent_ended`: its agent was deregistered, or the client was closed. `agent_lost`: the
 * daemon does not know the agent, or holds it for dead. `refused`: the daemon refuses what it needs.
 */
export interface WorkEnd {
  readonly reason: "stopped" | "agent_ended" | "agent_lost" | "refused";
  /** What ended it; absent when it was stopped. */
  readonly error?: unknown;
}

/** What the end of its agent means for whatever works for it. */
export function endOfAgent(reason: unknown): WorkEnd {
  const isDeliberate = isError(reason) && reason.name === "AbortError";
  return { reason: isDeliberate ? "agent_ended" : "agent_lost", error: reason };
}

/** What an error that no repeat cures means. */
export function endByError(error: unknown): WorkEnd {
  return { reason: error instanceof NotFoundError ? "agent_lost" : "refused", error };
}
