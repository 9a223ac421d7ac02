// What is given back behind its caller's back: a call that took something was given up before its answer came.
import { sleep } from "@x/core/base";

export interface GiveBacks {
  /** Aborts when the client closes: calls that take something end then, so that this can still be given back. */
  readonly closing: AbortSignal;
  /** Watches over a call that takes something, until it has ended. */
  during<Answer>(call: Promise<Answer>): Promise<Answer>;
  /** Gives something back; a failure leaves it to its time to live. */
  add(giveBack: () => Promise<unknown>): void;
  /** Resolves when nothing is being given back any more. */
  settled(): Promise<void>;
  /** Ends the calls, and gives what they took back as far as that is quick. */
  close(): Promise<void>;
}

/** How long the end of a client may wait for it, in milliseconds. */
const closeWithinMs = 1_000;

export function createGiveBacks(): GiveBacks {
  const closing = new AbortController();
  const calls = new Set<Promise<unknown>>();
  const running = new Set<Promise<unknown>>();

  const keep = (among: Set<Promise<unknown>>, work: Promise<unknown>): void => {
    const quiet = work.then(
      () => undefined,
      () => undefined,
    );
    among.add(quiet);
    quiet.then(() => among.delete(quiet));
  };
  const settled = async (): Promise<void> => {
    while (running.size > 0) {
      await Promise.all(running);
    }
  };

  return {
    closing: closing.signal,
    during(call) {
      keep(calls, call);
      return call;
    },
    add: (giveBack) => keep(running, giveBack()),
    settled,
    async close(): Promise<void> {
      closing.abort(new DOMException("the client was closed", "AbortError"));
      const over = new AbortController();
      const inTime = sleep(closeWithinMs, { signal: over.signal }).catch(() => undefined);
      const all = (async (): Promise<void> => {
        await Promise.all(calls);
        await settled();
      })();
      await Promise.race([all, inTime]);
      over.abort();
    },
  };
}
