// Finds out that a peer is gone although its connection still looks open.

import type { Http2Session } from "node:http2";

/** How a connection is kept alive and watched. */
export interface KeepaliveOptions {
  /** Pause between two pings, in milliseconds. */
  readonly pingIntervalMs: number;
  /**
   * How long an answer to a ping may take before the connection counts as dead, in milliseconds.
   *
   * @default 20_000
   */
  readonly pingTimeoutMs?: number | undefined;
  /**
   * Ping also while no call is open. Servers of other makers may answer that with a GOAWAY.
   *
   * @default false
   */
  readonly whileIdle?: boolean | undefined;
}

/** A running watch over one session. */
export interface Keepalive {
  /** Pings at the next opportunity if the last sign of life is older than the interval. */
  wake(): void;
  stop(): void;
}

/** Default for `pingTimeoutMs`. */
const defaultPingTimeoutMs = 20_000;

/**
 * Pings a session at intervals until it is stopped; its timers keep no process alive.
 *
 * @param isActive whether there is a reason to ping now.
 * @param onDead called once when a ping went unanswered; the caller ends the connection.
 */
export function startKeepalive(
  session: Http2Session,
  options: KeepaliveOptions,
  isActive: () => boolean,
  onDead: () => void,
): Keepalive {
  const { pingIntervalMs, pingTimeoutMs = defaultPingTimeoutMs, whileIdle = false } = options;
  let stopped = false;
  let lastSignAt = performance.now();
  let waiting: NodeJS.Timeout | undefined;

  const ping = (): void => {
    if (stopped || waiting !== undefined || session.destroyed || !(whileIdle || isActive())) {
      return;
    }
    waiting = setTimeout(() => {
      // After a pause of this very process the timer comes before the bytes that wait in the socket: read these first.
      setImmediate(() => setImmediate(judge));
    }, pingTimeoutMs);
    waiting.unref();
    session.ping((error) => {
      // An error says that the session ended, which its own events tell better.
      clearTimeout(waiting);
      waiting = undefined;
      if (error === null) {
        lastSignAt = performance.now();
      }
    });
  };
  const judge = (): void => {
    if (!stopped && waiting !== undefined && !session.destroyed) {
      onDead();
    }
  };
  const interval = setInterval(ping, pingIntervalMs);
  interval.unref();

  return {
    wake(): void {
      if (performance.now() - lastSignAt >= pingIntervalMs) {
        ping();
      }
    },
    stop(): void {
      stopped = true;
      clearInterval(interval);
      clearTimeout(waiting);
    },
  };
}
