// Who waits for an event: told as soon as it comes, before any handler, so that a handler may wait too.

import { type Clock, linkSignals, type Timer } from "@x/core";
import type { AgentEvent } from "./agent-event.ts";
import type { Arrival } from "./arrival.ts";

/** How long to wait, and for what. */
export interface Wait {
  /** What the event must be. One that throws is no match. @default any event, under its name on the wire */
  readonly condition?: ((event: AgentEvent) => boolean) | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What has come and is not yet in the hands of handlers: to who waits within a handler it is still to come. */
  readonly waiting: Iterable<Arrival>;
}

export interface Waiters {
  /** The first event from now on; null when the time is over or the client disconnects. Rejects with the signal's reason. */
  wait(wait: Wait): Promise<AgentEvent | null>;
  offer(arrival: Arrival): void;
  /** Ends all waits with null. */
  end(): void;
}

export function createWaiters(clock: Clock): Waiters {
  const waiting = new Set<{ offer(arrival: Arrival): boolean; end(): void }>();
  return {
    wait({ condition, timeoutMs, signal, waiting: queued }) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const linked = linkSignals(signal);
        let timer: Timer | undefined;
        const stop = (): void => {
          waiting.delete(waiter);
          timer?.cancel();
          linked[Symbol.dispose]();
        };
        const finish = (event: AgentEvent | null): void => {
          stop();
          resolve(event);
        };
        const wants = (event: AgentEvent): boolean => {
          try {
            return condition === undefined || Boolean(condition(event));
          } catch {
            return false;
          }
        };
        const waiter = {
          offer(arrival: Arrival): boolean {
            const seen = arrival.seenBy(wants);
            if (seen !== undefined) {
              arrival.wasAwaited = true;
              finish(seen);
            }
            return seen !== undefined;
          },
          end: () => finish(null),
        };
        linked.signal.addEventListener("abort", () => {
          stop();
          reject(linked.signal.reason);
        });
        waiting.add(waiter);
        for (const arrival of queued) {
          // What ended a wait before is not awaited once more.
          if (!arrival.wasAwaited && waiter.offer(arrival)) {
            return;
          }
        }
        timer = timeoutMs === Infinity ? undefined : clock.setTimer(timeoutMs, () => finish(null));
      });
    },
    offer(arrival) {
      for (const waiter of waiting) {
        waiter.offer(arrival);
      }
    },
    end() {
      for (const waiter of waiting) {
        waiter.end();
      }
    },
  };
}
