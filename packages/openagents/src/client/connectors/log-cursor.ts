// Where a reader of a workspace's log is. Ids within one millisecond sort by id and not by arrival, so an event may come to stand
// before one that was read: the log is read again from two events back, and what was seen is left out.

import type { OnmEvent } from "../../wire/onm.ts";

/** Ids that are remembered. */
const mostSeen = 1_000;
/** How many of the newest events are read again. */
const overlap = 2;
/** A server that does not know the cursor answers from the beginning: what is older than this is none of what is new, in milliseconds. */
const toleranceMs = 10_000;

export interface LogCursor {
  readonly isSet: boolean;
  /** The event behind which to read; `undefined` for the beginning. */
  readonly after: string | undefined;
  /** Begins behind these events. */
  start(newest: readonly OnmEvent[]): void;
  /** Those that were not seen. */
  fresh(events: readonly OnmEvent[]): readonly OnmEvent[];
  /** They are taken care of. */
  passed(events: readonly OnmEvent[]): void;
  /** Whether the cursor is another than when this was last asked. */
  moved(): boolean;
}

export function createLogCursor(): LogCursor {
  const seen = new Set<string>();
  /** The newest, oldest first: the first of them is the cursor. */
  let newest: readonly Pick<OnmEvent, "id" | "timestamp">[] = [];
  let isSet = false;
  let asked: string | undefined;

  const passed = (events: readonly OnmEvent[]): void => {
    for (const { id } of events) {
      seen.add(id);
    }
    for (const id of seen) {
      if (seen.size <= mostSeen) {
        break;
      }
      seen.delete(id);
    }
    newest = [...newest, ...events]
      .toSorted((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1))
      .slice(-(overlap + 1));
  };

  return {
    get isSet() {
      return isSet;
    },
    get after() {
      return newest[0]?.id;
    },
    start(events) {
      isSet = true;
      passed(events);
    },
    fresh(events) {
      const oldest = (newest[0]?.timestamp ?? 0) - toleranceMs;
      return events.filter(({ id, timestamp }) => !seen.has(id) && timestamp >= oldest);
    },
    passed,
    moved() {
      const has = asked !== newest[0]?.id;
      asked = newest[0]?.id;
      return has;
    },
  };
}
