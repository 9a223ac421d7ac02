// Keeps an agent online for as long as it lives.

import { type Clock, linkSignals, must, reportProblem, sleep } from "@x/core";
import { type CallOptions, checkCall } from "./call-options.ts";

/** How to keep an agent online. */
export interface HeartbeatOptions {
  /** Between two heartbeats, in milliseconds, 1,000 to 3,600,000. A node counts as online for 90 s. @default 30_000 */
  readonly intervalMs?: number | undefined;
  /** Gets what a heartbeat failed with; the next one is sent all the same. @default a process warning */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Heartbeats that go on until they are stopped. */
export interface Heartbeats extends Disposable {
  stop(): void;
}

/** Sends a heartbeat at once and then every so often. Between them it does not keep the process alive. */
export function startHeartbeat(
  client: { heartbeat(options: CallOptions): Promise<unknown> },
  clock: Clock,
  options: HeartbeatOptions,
): Heartbeats {
  checkCall<HeartbeatOptions>("startHeartbeat", options, {
    intervalMs: must.beNumber(1_000, 3_600_000),
    onError: must.beFunction,
    signal: must.beSignal,
  });
  const { intervalMs = 30_000, onError } = options;
  const ending = linkSignals(options.signal);
  const { signal } = ending;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await client.heartbeat({ signal }).catch((error: unknown) => {
        if (!signal.aborted) {
          reportProblem(error, "a heartbeat failed", onError);
        }
      });
      await sleep(intervalMs, { signal, clock, ref: false }).catch(nothing);
    }
  };
  // It ends with the signal and by nothing else.
  void run();
  const stop = (): void => ending.abort();
  return { stop, [Symbol.dispose]: stop };
}

function nothing(): void {}
