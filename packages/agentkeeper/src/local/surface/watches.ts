// The open watches of both wires: how many there may be, and the bounded queues of those that take what comes.
import { Code } from "@connectrpc/connect";
import { createEventBus, type Subscriber } from "@x/core/service";
import type { Event } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { Engine } from "../engine/engine.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { statusError, watchError } from "./errors.ts";
import { messageOf, sizeOf } from "./event-messages.ts";

export interface WatchLimits {
  /** Watch streams that may be open at once. */
  readonly maxWatchers: number;
  /** Events that may wait for one watcher. */
  readonly watcherQueue: number;
  /** Bytes that may wait for one watcher. */
  readonly watcherQueueBytes: number;
}

export interface Watches {
  /** Open watches of both kinds. */
  readonly open: number;
  /** @throws ConnectError `TOO_MANY_WATCHERS` */
  demandRoom(): void;
  /** A subscription to what comes, in force when this returns, until the signal of its call aborts. */
  subscribe(
    filter: (event: BusEvent) => boolean,
    until: AbortSignal,
    first?: readonly BusEvent[],
  ): Subscriber<Event>;
  /** Counts a watch that reads the feed by itself, until the signal aborts. */
  count(until: AbortSignal): void;
  /** The latest published change of leadership of a group. */
  latestLeaderChange(group: string): BusEvent | undefined;
}

export function createWatches(engine: Engine, limits: WatchLimits): Watches {
  const { maxWatchers, watcherQueue, watcherQueueBytes } = limits;
  const bus = createEventBus<BusEvent, Event>({
    limits: { maxQueued: watcherQueue, maxQueuedBytes: watcherQueueBytes },
    sizeOf,
    deliver: messageOf,
    errorFor: watchError,
  });
  let readers = 0;
  const latestLeaders = new Map<string, BusEvent>();
  engine.peek(({ elections }) => {
    for (const { group, latest } of elections.values()) {
      if (latest !== undefined) {
        latestLeaders.set(group, latest);
      }
    }
  });
  engine.observe({
    onEvents(events) {
      for (const event of events) {
        if ("election" in event) {
          latestLeaders.set(event.election.group, event);
        }
      }
      bus.publish(events);
    },
  });
  engine.stopping.addEventListener("abort", () => bus.close(), { once: true });

  const open = (): number => bus.size + readers;
  return {
    get open() {
      return open();
    },
    demandRoom(): void {
      if (open() >= maxWatchers) {
        throw statusError(
          Code.ResourceExhausted,
          "TOO_MANY_WATCHERS",
          `${maxWatchers} watches are open, which is the daemon's limit (--max-watchers)`,
        );
      }
    },
    subscribe(filter, until, first) {
      const subscriber = bus.subscribe(filter, first);
      // Whoever drives the stream may never look at it again.
      until.addEventListener("abort", () => void subscriber.return(), { once: true });
      return subscriber;
    },
    count(until: AbortSignal): void {
      readers += 1;
      until.addEventListener("abort", () => (readers -= 1), { once: true });
    },
    latestLeaderChange: (group) => latestLeaders.get(group),
  };
}
