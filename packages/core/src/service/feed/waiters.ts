// Those who wait for the next event of one stream: each is woken once, and whoever leaves takes its timer and listener along.
import type { Clock, Timer } from "../../clock.ts";
import type { WaitEnd, WaitOptions } from "./feed.ts";

/** One who waits. */
export interface Waiter {
  readonly ended: Promise<WaitEnd>;
  /** Ends the wait, if it has not ended. */
  end(why: WaitEnd): void;
  /** Ends the wait with an error. */
  fail(reason: unknown): void;
}

/** Those who wait. */
export interface Waiters {
  readonly size: number;
  /** Waits for an event behind a place. */
  enter(after: number, options: WaitOptions): Waiter;
  /** There are events up to this place. */
  wake(place: number): void;
  /** Ends every wait. */
  close(): void;
}

/** @param onEmpty called when the last one has left */
export function createWaiters(clock: Clock, onEmpty?: () => void): Waiters {
  const waiting = new Set<{ readonly after: number; end(why: WaitEnd): void }>();

  return {
    get size() {
      return waiting.size;
    },

    enter(after: number, { withinMs, signal }: WaitOptions): Waiter {
      const { promise, resolve, reject } = Promise.withResolvers<WaitEnd>();
      let timer: Timer | undefined;
      const leave = (): boolean => {
        if (!waiting.delete(waiter)) {
          return false;
        }
        timer?.cancel();
        signal?.removeEventListener("abort", onAbort);
        if (waiting.size === 0) {
          onEmpty?.();
        }
        return true;
      };
      const waiter = {
        after,
        ended: promise,
        end(why: WaitEnd): void {
          if (leave()) {
            resolve(why);
          }
        },
        fail(reason: unknown): void {
          if (leave()) {
            reject(reason);
          }
        },
      };
      const onAbort = (): void => waiter.end("ended");
      waiting.add(waiter);
      if (signal?.aborted === true) {
        onAbort();
        return waiter;
      }
      signal?.addEventListener("abort", onAbort, { once: true });
      if (withinMs !== undefined) {
        timer = clock.setTimer(withinMs, () => waiter.end("over"), { ref: false });
      }
      return waiter;
    },

    wake(place: number): void {
      for (const waiter of waiting) {
        if (waiter.after < place) {
          waiter.end("more");
        }
      }
    },

    close(): void {
      for (const waiter of waiting) {
        waiter.end("ended");
      }
    },
  };
}
