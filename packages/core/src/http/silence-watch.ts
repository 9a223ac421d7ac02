// A stream over which nothing comes is dead, whatever its socket says: servers send a comment now and then.

import { linkSignals } from "../calls/abort.ts";
import type { Clock } from "../clock.ts";

/** Ends a connection over which nothing comes. */
export interface SilenceWatch extends Disposable {
  /** Aborts with what `silent` made, and with the outer signal. */
  readonly signal: AbortSignal;
  /** Something that the server must do in time. */
  wait<T>(step: Promise<T>): Promise<T>;
  watch(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** How long a connection may be silent, and what it ends with then. */
export interface SilenceWatchOptions {
  readonly clock: Clock;
  /** Ends the connection too. */
  readonly signal: AbortSignal;
  readonly longestMs: number;
  readonly silent: (longestMs: number) => Error;
}

export function createSilenceWatch({ clock, signal, longestMs, silent }: SilenceWatchOptions): SilenceWatch {
  const linked = linkSignals(signal);
  const wait = <T>(step: Promise<T>): Promise<T> => {
    const timer = clock.setTimer(longestMs, () => linked.abort(silent(longestMs)));
    return step.finally(() => timer.cancel());
  };
  return {
    signal: linked.signal,
    wait,
    async *watch(chunks): AsyncGenerator<Uint8Array> {
      const iterator = chunks[Symbol.asyncIterator]();
      try {
        for (;;) {
          // Only while something is waited for: a slow reader is not a silent server.
          const step = await wait(iterator.next());
          if (step.done) {
            return;
          }
          yield step.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
    [Symbol.dispose]: () => linked[Symbol.dispose](),
  };
}
