// Notices to the streams of nodes: each stream has a bounded queue of its own, and the newest notices can be asked for again.
import { createEventBus, type EventBus, type FeedWriter, type Subscriber } from "@x/core/service";
import type { GridEvent, NumberedNotice } from "../rules/model/records.ts";

/** Why a stream ends by itself. */
export type StreamEnd = "expiring" | "shutdown" | "slow_consumer";

/** A stream was ended. */
export class StreamEnded extends Error {
  readonly reason: StreamEnd;
  constructor(reason: StreamEnd) {
    super(`the stream ends: ${reason}`);
    this.reason = reason;
  }
}

/** The notices of one node, from now on. */
export interface NoticeStream {
  readonly notices: Subscriber<NumberedNotice>;
  /** Ends it; whoever reads it is told why. */
  end(reason: StreamEnd): void;
  /** Takes it away. */
  close(): void;
}

/** Where notices go. */
export interface Notices extends FeedWriter<GridEvent> {
  readonly open: number;
  /** How many streams were ended because they were too slow. */
  readonly dropped: number;
  /** @param after the number of the notice after which to go on; `undefined` for a new reader */
  subscribe(nodeId: string, after: number | undefined): NoticeStream;
}

const limits = { maxQueued: 1_000, maxQueuedBytes: 1 << 20 };
/** So many of the newest notices of all nodes can be asked for again. */
export const keptNotices = 20_000;

/** About how long a notice is on the wire, in bytes. */
const sizeOf = (notice: NumberedNotice): number =>
  400 + (notice.kind === "task" ? (notice.senderSessionKey?.length ?? 0) * 4 : 0);

export function createNotices(): Notices {
  const streams = new Map<string, Set<EventBus<NumberedNotice>>>();
  let newest: NumberedNotice[] = [];
  let open = 0;
  let dropped = 0;
  const ends = new Set<(reason: StreamEnd) => void>();

  return {
    get open() {
      return open;
    },
    get dropped() {
      return dropped;
    },

    append(events): void {
      for (const { notices } of events) {
        for (const notice of notices) {
          newest.push(notice);
          for (const bus of streams.get(notice.to) ?? []) {
            bus.publish([notice]);
          }
        }
      }
      if (newest.length > 2 * keptNotices) {
        newest = newest.slice(-keptNotices);
      }
    },

    close(): void {
      for (const end of [...ends]) {
        end("shutdown");
      }
    },

    subscribe(nodeId, after): NoticeStream {
      let reason: StreamEnd = "shutdown";
      const bus = createEventBus<NumberedNotice, NumberedNotice>({
        limits,
        sizeOf,
        deliver: (notice) => notice,
        errorFor(end) {
          dropped += end === "too_slow" ? 1 : 0;
          return new StreamEnded(end === "too_slow" ? "slow_consumer" : reason);
        },
      });
      const own = streams.get(nodeId) ?? new Set();
      streams.set(nodeId, own.add(bus));
      open += 1;
      const missed = after === undefined ? [] : newest.filter(({ to, id }) => to === nodeId && id > after);
      const end = (why: StreamEnd): void => {
        reason = why;
        bus.close();
      };
      ends.add(end);
      return {
        notices: bus.subscribe(() => true, missed.slice(-limits.maxQueued)),
        end,
        close(): void {
          ends.delete(end);
          own.delete(bus);
          open -= 1;
          if (own.size === 0 && streams.get(nodeId) === own) {
            streams.delete(nodeId);
          }
          bus.close();
        },
      };
    },
  };
}
