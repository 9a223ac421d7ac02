// The streams of a journal as feeds: history is paged from the store, so that memory holds none of it but the newest events
// of busy streams, which readers ask for again and again.
import type { Clock } from "../../clock.ts";
import { AgingMap } from "../shared/aging-map.ts";
import type { Journal } from "../store/journal.ts";
import {
  type Feed,
  type FeedWriter,
  gather,
  isGap,
  type Reading,
  type ReadOptions,
  type WaitEnd,
  type WaitOptions,
} from "./feed.ts";
import { readHistory } from "./history.ts";
import { createWaiters, type Waiters } from "./waiters.ts";

/** Settings of {@link createJournalFeeds}. */
export interface JournalFeedsOptions<Record, Event> {
  readonly journal: Pick<Journal<Record>, "history">;
  /** The event that a record carries, if any. */
  readonly eventOf: (record: Record) => Event | undefined;
  /** The streams of an event: those of its record (see `Machine.streams`), as far as they are read as feeds. */
  readonly streamsOf: (event: Event) => readonly string[];
  /** The place of an event in one of its streams. */
  readonly placeOf: (event: Event, stream: string) => number;
  /** How many bytes an event counts for in an answer. @default none are counted */
  readonly sizeOf?: (event: Event) => number;
  readonly clock: Clock;
}

/** One feed for each stream. */
export interface JournalFeeds<Event> extends FeedWriter<Event> {
  /**
   * The feed of one stream; nothing is kept for asking. A read of it fails as the journal does. A gap shows at the
   * latest with the next event of the stream.
   */
  of(stream: string): Feed<Event>;
}

/** Newest events that are kept of a stream, and of how many streams. */
const recentKept = 64;
const mostStreams = 1_000;
/** Places that are known in the journal, per stream: one for each so many events. */
const markEvery = 1_000;

/** The newest events of a stream, without holes. */
interface Recent<Event> {
  events: Event[];
  last: number;
}

/** A place in a stream, and the journal's sequence of the record that carries it. */
interface Mark {
  readonly place: number;
  readonly sequence: number;
}

export function createJournalFeeds<Record, Event>(
  options: JournalFeedsOptions<Record, Event>,
): JournalFeeds<Event> {
  const { journal, eventOf, streamsOf, placeOf, sizeOf, clock } = options;
  const recents = new AgingMap<string, Recent<Event>>();
  const marks = new AgingMap<string, Mark[]>();
  const waiting = new Map<string, Waiters>();
  let closed = false;
  /** How often the events of a stream were let go of. */
  let forgotten = 0;

  const forgetStreams = (): void => {
    while (recents.size > mostStreams && recents.oldest !== undefined) {
      recents.delete(recents.oldest[0]);
      forgotten += 1;
    }
  };

  const note = (stream: string, event: Event): void => {
    const place = placeOf(event, stream);
    let recent = recents.get(stream);
    if (recent === undefined || place !== recent.last + 1) {
      recent = { events: [], last: place };
    }
    recents.set(stream, recent);
    recent.last = place;
    recent.events.push(event);
    if (recent.events.length > 2 * recentKept) {
      recent.events.splice(0, recent.events.length - recentKept);
    }
    waiting.get(stream)?.wake(place);
  };

  const readRecent = (
    stream: string,
    after: number,
    readOptions: ReadOptions<Event>,
  ): Reading<Event> | undefined => {
    const recent = recents.get(stream);
    if (recent === undefined || after < recent.last - recent.events.length) {
      return undefined;
    }
    const gathering = gather(readOptions, sizeOf);
    let place = after;
    for (const event of recent.events.slice(Math.max(0, after - (recent.last - recent.events.length)))) {
      if (!gathering.take(event)) {
        break;
      }
      place += 1;
    }
    return { events: gathering.events, upTo: place, more: place < recent.last };
  };

  /** Remembers where a walk passed by, so that the next one begins there. */
  const mark = (stream: string, place: number, sequence: number): void => {
    const known = marks.get(stream) ?? [];
    if (place >= (known.at(-1)?.place ?? 0) + markEvery) {
      known.push({ place, sequence });
      marks.set(stream, known);
      if (marks.size > mostStreams && marks.oldest !== undefined) {
        marks.delete(marks.oldest[0]);
      }
    }
  };

  /** What the journal holds, walked from the nearest place that is known. */
  const readJournal = async (
    stream: string,
    after: number,
    readOptions: ReadOptions<Event>,
  ): Promise<Reading<Event>> => {
    const gathering = gather(readOptions, sizeOf);
    const start = marks.get(stream)?.findLast(({ place }) => place <= after);
    let place = start?.place ?? 0;
    let upTo = after;
    let tail: Event[] = [];
    const forgottenBefore = forgotten;
    for await (const page of readHistory(journal, stream, start?.sequence ?? 0)) {
      for (const { record, sequence } of page) {
        const event = eventOf(record);
        if (event === undefined) {
          continue;
        }
        const found = placeOf(event, stream);
        if (found > upTo + 1) {
          // What was gathered before the hole is still an answer; the next read is told.
          return upTo > after ? { events: gathering.events, upTo, more: true } : { firstKept: found };
        }
        if (found !== place + 1) {
          tail = [];
        }
        place = found;
        if (place > after) {
          if (!gathering.take(event)) {
            return { events: gathering.events, upTo, more: true };
          }
          upTo = place;
        }
        tail.push(event);
        mark(stream, place, sequence);
      }
      tail = tail.slice(-recentKept);
    }
    if (!recents.has(stream) && forgotten === forgottenBefore) {
      recents.set(stream, { events: tail, last: place });
      forgetStreams();
    }
    return { events: gathering.events, upTo, more: false };
  };

  const read = (
    stream: string,
    after: number,
    readOptions: ReadOptions<Event> = {},
  ): Reading<Event> | Promise<Reading<Event>> =>
    readRecent(stream, after, readOptions) ?? readJournal(stream, after, readOptions);

  const wait = (stream: string, after: number, waitOptions: WaitOptions = {}): Promise<WaitEnd> => {
    if (closed || waitOptions.signal?.aborted === true) {
      return Promise.resolve("ended");
    }
    const recent = recents.get(stream);
    if (recent !== undefined && recent.last > after) {
      return Promise.resolve("more");
    }
    let waiters = waiting.get(stream);
    if (waiters === undefined) {
      waiters = createWaiters(clock, () => waiting.delete(stream));
      waiting.set(stream, waiters);
    }
    const waiter = waiters.enter(after, waitOptions);
    if (recent === undefined) {
      // Nothing of the stream is in memory. It listens before it looks, so that nothing falls in between.
      readJournal(stream, after, { limit: 1 }).then(
        (reading) => {
          if (isGap(reading) || reading.events.length > 0) {
            waiter.end("more");
          }
        },
        (error: unknown) => waiter.fail(error),
      );
    }
    return waiter.ended;
  };

  return {
    of: (stream) => ({
      read: (after, readOptions) => read(stream, after, readOptions),
      wait: (after, waitOptions) => wait(stream, after, waitOptions),
    }),

    append(events: readonly Event[]): void {
      for (const event of events) {
        for (const stream of streamsOf(event)) {
          note(stream, event);
        }
      }
      forgetStreams();
    },

    close(): void {
      closed = true;
      for (const waiters of waiting.values()) {
        waiters.close();
      }
    },
  };
}
