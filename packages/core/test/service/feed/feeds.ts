// Feeds of small events, and a journal of streams that can forget and takes its time.
import { setImmediate } from "node:timers/promises";
import {
  createJournalFeeds,
  createMemoryFeed,
  type Feed,
  type HistoryPage,
  type JournaledRecord,
  type JournalFeeds,
  type MemoryFeed,
} from "../../../src/service/index.ts";
import type { FakeClock } from "../../../src/testing/index.ts";

export interface Event {
  readonly stream: string;
  readonly place: number;
}

export const eventBytes = 10;

export function memoryFeed(clock: FakeClock, retain: number): MemoryFeed<Event> {
  return createMemoryFeed({ placeOf: ({ place }) => place, retain, sizeOf: () => eventBytes, clock });
}

/** A journal of which only the streams can be read. */
export interface StreamJournal {
  /** How often a page was read. */
  reads: number;
  /** Turns of the event loop that a read takes. */
  slowness: number;
  fault: Error | undefined;
  history(stream: string, page?: HistoryPage): Promise<readonly JournaledRecord<Event>[]>;
  append(events: readonly Event[]): void;
  /** Forgets all but the newest records. */
  keep(records: number): void;
}

export function streamJournal(): StreamJournal {
  let records: JournaledRecord<Event>[] = [];
  let sequence = 0;
  return {
    reads: 0,
    slowness: 0,
    fault: undefined,
    async history(stream, { after = 0, limit = 100 } = {}) {
      this.reads += 1;
      const page = records
        .filter((entry) => entry.sequence > after && entry.record.stream === stream)
        .slice(0, limit);
      for (let turn = 0; turn < this.slowness; turn += 1) {
        await setImmediate();
      }
      if (this.fault !== undefined) {
        throw this.fault;
      }
      return page;
    },
    append(events) {
      for (const record of events) {
        // Other records lie in between.
        sequence += 3;
        records.push({ record, sequence, wall: 0, streams: [record.stream] });
      }
    },
    keep(count) {
      records = records.slice(Math.max(0, records.length - count));
    },
  };
}

export function journalFeeds(clock: FakeClock, journal: StreamJournal): JournalFeeds<Event> {
  return createJournalFeeds<Event, Event>({
    journal,
    eventOf: (record) => record,
    streamsOf: ({ stream }) => [stream],
    placeOf: ({ place }) => place,
    sizeOf: () => eventBytes,
    clock,
  });
}

/** The places that a read answers, or where it would go on behind a gap. */
export async function placesOf(reading: ReturnType<Feed<Event>["read"]>): Promise<unknown> {
  const known = await reading;
  return "firstKept" in known ? known : known.events.map(({ place }) => place);
}

export const events = (stream: string, from: number, to: number): Event[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ stream, place: from + index }));

export const places = (from: number, to: number): number[] => events("", from, to).map(({ place }) => place);
