// The newest events, kept in memory up to a bound.
import type { Clock } from "../../clock.ts";
import {
  type Feed,
  type FeedWriter,
  gather,
  type Reading,
  type ReadOptions,
  type WaitEnd,
  type WaitOptions,
} from "./feed.ts";
import { createWaiters } from "./waiters.ts";

/** Settings of {@link createMemoryFeed}. */
export interface MemoryFeedOptions<Event> {
  readonly placeOf: (event: Event) => number;
  /** How many of the newest events a reader may start behind. */
  readonly retain: number;
  /** How many bytes an event counts for in an answer. @default none are counted */
  readonly sizeOf?: (event: Event) => number;
  readonly clock: Clock;
}

/** A feed whose events are in memory, so that reading it takes no time. */
export interface MemoryFeed<Event> extends Feed<Event>, FeedWriter<Event> {
  /** How many events it keeps. */
  readonly capacity: number;
  /** The place of the oldest event that a reader may start with; one behind the newest if there is none. */
  readonly first: number;
  /** The place of the newest event; 0 if there never was one. */
  readonly last: number;
  read(after: number, options?: ReadOptions<Event>): Reading<Event>;
  /** The newest events, oldest first; at most so many. */
  newest(count: number): readonly Event[];
  /** There were events up to this place which this feed does not hold. */
  skipTo(place: number): void;
}

/** How far a reader that follows may fall behind, however few events a reader may start behind. */
const leastKept = 1_000;

/** How many events one read looks at, so that a rare filter does not hold up the event loop. */
const mostLookedAt = 10_000;

export function createMemoryFeed<Event>(options: MemoryFeedOptions<Event>): MemoryFeed<Event> {
  const { placeOf, retain, sizeOf, clock } = options;
  const capacity = Math.max(retain, leastKept);
  const waiters = createWaiters(clock);
  // Kept events are events[offset..]; cut in large pieces, so that appending stays cheap.
  let events: Event[] = [];
  let offset = 0;
  let last = 0;
  let closed = false;

  const firstKept = (): number => last - (events.length - offset) + 1;

  const skipTo = (place: number): void => {
    if (place > last) {
      events = [];
      offset = 0;
      last = place;
      waiters.wake(last);
    }
  };

  return {
    capacity,
    get first() {
      return Math.max(firstKept(), last - retain + 1);
    },
    get last() {
      return last;
    },

    append(fresh: readonly Event[]): void {
      for (const event of fresh) {
        const place = placeOf(event);
        // A hole in what is kept would be a gap that nobody is told of.
        skipTo(place - 1);
        if (place === last + 1) {
          events.push(event);
          last = place;
        }
      }
      offset = Math.max(offset, events.length - capacity);
      if (offset > 1_024 && offset > events.length / 4) {
        events = events.slice(offset);
        offset = 0;
      }
      waiters.wake(last);
    },

    skipTo,

    newest: (count) => events.slice(Math.max(offset, events.length - count)),

    read(after: number, readOptions: ReadOptions<Event> = {}): Reading<Event> {
      if (after < firstKept() - 1) {
        return { firstKept: firstKept() };
      }
      const gathering = gather(readOptions, sizeOf);
      let place = after;
      const end = Math.min(last, after + mostLookedAt);
      while (place < end) {
        const event = events[offset + place - firstKept() + 1];
        if (event !== undefined && !gathering.take(event)) {
          break;
        }
        place += 1;
      }
      return { events: gathering.events, upTo: place, more: place < last };
    },

    wait(after: number, waitOptions: WaitOptions = {}): Promise<WaitEnd> {
      if (closed || waitOptions.signal?.aborted === true) {
        return Promise.resolve("ended");
      }
      return after < last ? Promise.resolve("more") : waiters.enter(after, waitOptions).ended;
    },

    close(): void {
      closed = true;
      waiters.close();
    },
  };
}
