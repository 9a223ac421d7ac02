// Waits for a person: asks again and again until the answer is final, or the patience of the caller ends.

import { deadlineIn, sleep } from "@x/core";
import { ApprovalTimeout } from "../errors.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";

/** How to wait. `timeoutMs` is the deadline of each single question. */
export interface WaitOptions extends CallOptions {
  /** How long to wait in all, in milliseconds. @default until the decision or the expiry of the request */
  readonly waitTimeoutMs?: number | undefined;
  /** Pause between two questions, in milliseconds. @default 5000 */
  readonly pollIntervalMs?: number | undefined;
}

/**
 * Asks at once, then after each pause, and a last time when the wait is over.
 *
 * @throws ApprovalTimeout when nobody has decided in time; the request stays as it is
 * @throws CancelledError when the signal aborts
 */
export async function waitForDecision<T>(
  connection: Connection,
  operation: string,
  id: string,
  options: WaitOptions,
  ask: () => Promise<T>,
  isDecided: (answer: T) => boolean,
): Promise<T> {
  const { waitTimeoutMs, pollIntervalMs = 5_000, signal } = options;
  const { clock } = connection;
  const startMono = clock.now().mono;
  const deadline = deadlineIn(waitTimeoutMs, clock);
  for (;;) {
    const answer = await ask();
    if (isDecided(answer)) {
      return answer;
    }
    const remainingMs = deadline.remaining();
    if (remainingMs <= 0) {
      const waitedSeconds = (clock.now().mono - startMono) / 1_000;
      throw new ApprovalTimeout(
        `${operation}: nobody has decided on ${id} after ${waitedSeconds.toFixed(1)} s; it is still pending.`,
        { operation, approvalId: id, waitedSeconds },
      );
    }
    // An abort during the pause is seen by the next question, which makes the error.
    await sleep(Math.min(pollIntervalMs, remainingMs), { signal, clock }).catch(ignore);
  }
}

function ignore(): void {}
