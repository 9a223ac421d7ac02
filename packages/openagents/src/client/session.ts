// One connection's life: receiving for as long as it lasts, and making it again when it breaks.
// States: connected -> retrying -> connected ..., and from any of them -> over, once.

import { type Clock, createSubscription, raceSignal, type Subscription } from "@x/core";
import type { OpenAgentsError } from "../errors.ts";
import { systemNotices } from "../wire/names.ts";
import type { Link } from "./connectors/connector.ts";
import type { Inbox } from "./events/inbox.ts";
import { errorOf, isFatal, serviceName } from "./failure.ts";

export interface SessionOptions {
  readonly link: Link;
  readonly inbox: Inbox;
  readonly clock: Clock;
  readonly reconnect: boolean;
  readonly onReconnecting: (error: OpenAgentsError, delayMs: number) => void;
  readonly onReconnected: () => void;
  /** It ended by itself. */
  readonly onOver: (error: OpenAgentsError) => void;
  readonly onOverflow: (dropped: number) => void;
}

export interface Session {
  readonly link: Link;
  readonly isConnected: boolean;
  /** Resolves when it is connected again, or over. */
  online(signal: AbortSignal): Promise<void>;
  /** Ends it without a word to the server. */
  stop(): Promise<void>;
}

const backoff = { baseMs: 500, capMs: 30_000 };

/** Begins to receive. The link has been entered. */
export function startSession(options: SessionOptions): Session {
  const { link, inbox } = options;
  let state: "connected" | "retrying" | "over" = "connected";
  let changed = Promise.withResolvers<void>();
  const become = (next: typeof state): void => {
    state = next;
    changed.resolve();
    changed = Promise.withResolvers();
  };

  const subscription: Subscription<never, undefined> = createSubscription<never, never, undefined>(
    {
      service: serviceName,
      operation: "receive",
      // What was missed waits in the agent's queue, or behind the cursor of the log.
      resumable: true,
      async *open({ signal, ready }) {
        await link.receive(
          {
            accept(batch) {
              for (const { wire } of batch) {
                if (wire.event_name === systemNotices.queueOverflow && wire.source_id === "system") {
                  options.onOverflow(Number(wire.payload.dropped) || 0);
                }
              }
              return inbox.accept(batch);
            },
            room: (linked) => inbox.room(linked),
            ready,
          },
          signal,
        );
      },
      receive: () => undefined,
      toError: (thrown) => errorOf(thrown, "receive"),
      shouldReconnect: (error) => options.reconnect && !isFatal(error),
    },
    {
      clock: options.clock,
      initialRetries: Infinity,
      backoff,
      stableAfterMs: 10_000,
      onState(told) {
        if (told.state === "open" && state === "retrying") {
          become("connected");
          options.onReconnected();
        } else if (told.state === "retrying") {
          const isFirst = state === "connected";
          become("retrying");
          if (isFirst) {
            options.onReconnecting(errorOf(told.error, "receive"), told.delayMs);
          }
        } else if (told.state === "ended") {
          become("over");
          if (told.error !== undefined) {
            options.onOver(errorOf(told.error, "receive"));
          }
        }
      },
    },
  );

  return {
    link,
    get isConnected() {
      return state === "connected";
    },
    async online(signal) {
      while (state === "retrying") {
        await raceSignal(changed.promise, signal);
      }
    },
    stop: () => subscription.close(),
  };
}
