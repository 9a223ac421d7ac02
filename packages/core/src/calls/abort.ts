// Abort hygiene: whatever waits on a caller's signal takes its listener off again, also when nothing was aborted.

import { type Clock, systemClock, type Timer } from "../clock.ts";

function nothing(): void {}

/**
 * Calls back once when the signal aborts, at once if it has aborted already. The function that it returns takes the
 * listener off; it may be called any number of times.
 */
export function onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  if (signal === undefined) {
    return nothing;
  }
  if (signal.aborted) {
    callback(signal.reason);
    return nothing;
  }
  const listener = (): void => callback(signal.reason);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/** A signal that aborts with any of its sources, or by `abort`. Disposing takes it off the sources. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * One signal for several sources, absent ones ignored. Dispose it when the work is over, else each source keeps a
 * listener for as long as it lives (`AbortSignal.any` has no way to let go early).
 */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const removers: (() => void)[] = [];
  const unlink = (): void => {
    for (const remove of removers.splice(0)) {
      remove();
    }
  };
  const abort = (reason?: unknown): void => {
    unlink();
    controller.abort(reason);
  };
  for (const source of sources) {
    if (controller.signal.aborted) {
      break;
    }
    removers.push(onAbort(source, abort));
  }
  return { signal: controller.signal, abort, [Symbol.dispose]: unlink };
}

/** How to wait. */
export interface SleepOptions {
  /** Ends the wait at once; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /**
   * Whether the wait keeps the process alive.
   * @default true
   */
  readonly ref?: boolean | undefined;
}

/**
 * Resolves after `delayMs` milliseconds.
 *
 * @throws the reason of the signal, as soon as it aborts.
 */
export function sleep(delayMs: number, options: SleepOptions = {}): Promise<void> {
  const { signal, clock = systemClock, ref = true } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let timer: Timer | undefined;
    const removeListener = onAbort(signal, (reason) => {
      timer?.cancel();
      reject(reason);
    });
    timer = clock.setTimer(
      delayMs,
      () => {
        removeListener();
        resolve();
      },
      { ref },
    );
  });
}

/**
 * The promise's outcome, or a rejection with the signal's reason if that comes first. The promise itself goes on; a
 * rejection that comes after the abort is swallowed, since nobody waits for it any more.
 */
export function raceSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) {
    return promise;
  }
  return new Promise((resolve, reject) => {
    const removeListener = onAbort(signal, reject);
    promise.then(
      (value) => {
        removeListener();
        resolve(value);
      },
      (error: unknown) => {
        removeListener();
        reject(error);
      },
    );
  });
}
