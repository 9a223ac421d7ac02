// A stream over which nothing comes is dead, whatever its socket says: the server sends a comment every 30 s.

import { type Clock, linkSignals } from "@x/core";
import { GridNetworkError } from "../errors.ts";

/** A stream that brings no byte for so long is dead, in milliseconds: the server sends a comment every 30 s. */
const longestSilenceMs = 75_000;

/** Ends a connection over which nothing comes. */
interface SilenceWatch extends Disposable {
  readonly signal: AbortSignal;
  /** Something that the server must do in time. */
  wait<T>(step: Promise<T>): Promise<T>;
  watch(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** @param outer ends the connection too */
export function createSilenceWatch(clock: Clock, outer: AbortSignal): SilenceWatch {
  const linked = linkSignals(outer);
  const wait = <T>(step: Promise<T>): Promise<T> => {
    const timer = clock.setTimer(longestSilenceMs, () => linked.abort(silent()));
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

function silent(): GridNetworkError {
  return new GridNetworkError(`events: nothing came for ${longestSilenceMs / 1_000} s.`, {
    method: "events",
    phase: "receive",
  });
}
