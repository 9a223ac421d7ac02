// A feed reads within bounds, says what is gone, and wakes whom an event concerns.
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { follow, poll } from "../../../src/service/index.ts";
import { createFakeClock, type FakeClock } from "../../../src/testing/index.ts";
import {
  type Event,
  eventBytes,
  events,
  journalFeeds,
  memoryFeed,
  places,
  placesOf,
  streamJournal,
} from "./feeds.ts";

/** A feed with its events in memory, and one whose events lie in a journal; both with some there already. */
const kinds = {
  memory(clock: FakeClock, there: number) {
    const feed = memoryFeed(clock, 10_000);
    feed.append(events("a", 1, there));
    return { feed, append: (fresh: Event[]) => feed.append(fresh), close: () => feed.close() };
  },
  journal(clock: FakeClock, there: number) {
    const journal = streamJournal();
    const feeds = journalFeeds(clock, journal);
    journal.append(events("a", 1, there));
    const append = (fresh: Event[]): void => {
      journal.append(fresh);
      feeds.append(fresh);
    };
    return { feed: feeds.of("a"), append, close: () => feeds.close() };
  },
};

describe.each(Object.entries(kinds))("a feed over %s", (_, create) => {
  it("reads from any place on, in bounded pieces", async () => {
    const { feed } = create(createFakeClock(), 3_000);
    expect(await placesOf(feed.read(0, { limit: 3 }))).toEqual([1, 2, 3]);
    expect(await feed.read(2_998)).toMatchObject({ upTo: 3_000, more: false });
    expect(await placesOf(feed.read(2_990, { maxBytes: 4 * eventBytes }))).toEqual(places(2_991, 2_994));
    expect(await placesOf(feed.read(5))).toEqual(places(6, 1_005));
    expect(await feed.read(5)).toMatchObject({ upTo: 1_005, more: true });
    // An event that is larger than all that fits is answered alone.
    expect(await placesOf(feed.read(7, { maxBytes: 1 }))).toEqual([8]);
    expect(await feed.read(3_000)).toEqual({ events: [], upTo: 3_000, more: false });
    expect(await feed.read(9_000)).toEqual({ events: [], upTo: 9_000, more: false });
  });

  it("a filter leaves out, and the place goes on", async () => {
    const { feed } = create(createFakeClock(), 3_000);
    const filter = ({ place }: Event): boolean => place % 1_000 === 0;
    expect(await placesOf(feed.read(0, { filter, limit: 2 }))).toEqual([1_000, 2_000]);
    expect(await feed.read(0, { filter, limit: 2 })).toMatchObject({ upTo: 2_999, more: true });
    expect(await feed.read(2_999, { filter: () => false })).toEqual({ events: [], upTo: 3_000, more: false });
  });

  it("a wait ends with the next event behind its place", async () => {
    const clock = createFakeClock();
    const { feed, append } = create(clock, 3);
    expect(await feed.wait(2)).toBe("more");
    const next = feed.wait(3, { withinMs: 100 });
    const later = feed.wait(4, { withinMs: 100 });
    append(events("a", 4, 4));
    expect(await next).toBe("more");
    await clock.advance(100);
    expect(await later).toBe("over");
    expect(clock.pendingTimers).toBe(0);
  });

  it("an abort or a stop ends a wait, and neither leaves a listener or a timer", async () => {
    const clock = createFakeClock();
    const { feed, append, close } = create(clock, 3);
    const gone = new AbortController();
    const waits = [1, 2, 3].map(() => feed.wait(3, { withinMs: 100, signal: gone.signal }));
    gone.abort();
    expect(await Promise.all(waits)).toEqual(["ended", "ended", "ended"]);
    expect(await feed.wait(3, { signal: gone.signal })).toBe("ended");
    const { signal } = new AbortController();
    const served = feed.wait(3, { withinMs: 100, signal });
    append(events("a", 4, 4));
    expect(await served).toBe("more");
    const stopped = feed.wait(4, { withinMs: 100, signal });
    close();
    expect(await stopped).toBe("ended");
    expect(await feed.wait(0)).toBe("ended");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(getEventListeners(gone.signal, "abort")).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("a poll answers what is there, else the first that comes, else nothing", async () => {
    const clock = createFakeClock();
    const { feed, append } = create(clock, 3);
    const { signal } = new AbortController();
    const filter = ({ place }: Event): boolean => place % 2 === 0;
    const ask = (after: number, withinMs: number) =>
      placesOf(poll(feed, after, { clock, signal, withinMs, filter }));
    expect(await ask(0, 1_000)).toEqual([2]);
    expect(await ask(3, 0)).toEqual([]);
    const waiting = ask(2, 1_000);
    await clock.settle();
    append(events("a", 4, 4));
    expect(await waiting).toEqual([4]);
    const patient = ask(4, 1_000);
    await clock.settle();
    // No event for this reader: it waits on, and no longer than it said.
    append(events("a", 5, 5));
    await clock.advance(1_000);
    expect(await patient).toEqual([]);
  });

  it("a follower gets everything once, and says how far it is when nothing comes", async () => {
    const clock = createFakeClock();
    const { feed, append, close } = create(clock, 5);
    const { signal } = new AbortController();
    const said: string[] = [];
    const following = (async () => {
      for await (const reading of follow(feed, 2, { clock, signal, quietMs: 1_000, limit: 2 })) {
        said.push("firstKept" in reading ? "gap" : `${await placesOf(reading)} up to ${reading.upTo}`);
      }
    })();
    await clock.settle();
    await clock.advance(1_000);
    append(events("a", 6, 6));
    await clock.advance(999);
    expect(said).toEqual(["3,4 up to 4", "5 up to 5", " up to 5", "6 up to 6"]);
    await clock.advance(1);
    expect(said.at(-1)).toBe(" up to 6");
    close();
    await following;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a feed over memory", () => {
  it("forgets the oldest events, and says so to who asks for them", () => {
    const feed = memoryFeed(createFakeClock(), 2_000);
    for (let place = 1; place <= 5_000; place += 1) {
      feed.append(events("a", place, place));
    }
    expect(feed.last).toBe(5_000);
    expect(feed.first).toBe(3_001);
    expect(feed.read(2_999)).toEqual({ firstKept: 3_001 });
    expect(feed.read(3_000, { limit: 1 })).toMatchObject({ upTo: 3_001 });
    expect(feed.newest(2)).toEqual(events("a", 4_999, 5_000));
  });

  it("keeps enough for a follower, however little a reader may start behind", () => {
    const feed = memoryFeed(createFakeClock(), 10);
    feed.append(events("a", 1, 3_000));
    expect(feed.first).toBe(2_991);
    expect(feed.read(2_000, { limit: 1 })).toMatchObject({ upTo: 2_001 });
    expect(feed.read(1_999)).toEqual({ firstKept: 2_001 });
  });

  it("events that it was not given are a gap", () => {
    const feed = memoryFeed(createFakeClock(), 100);
    feed.append(events("a", 1, 5));
    feed.append(events("a", 8, 9));
    expect(feed.read(5)).toEqual({ firstKept: 8 });
    expect(feed.read(7)).toMatchObject({ upTo: 9 });
    feed.skipTo(20);
    expect(feed.read(9)).toEqual({ firstKept: 21 });
    expect(feed.first).toBe(21);
  });

  it("one read looks at a bounded number of events", () => {
    const feed = memoryFeed(createFakeClock(), 100_000);
    feed.append(events("a", 1, 50_000));
    expect(feed.read(0, { filter: () => false })).toEqual({ events: [], upTo: 10_000, more: true });
  });

  it("a poll looks all the way for a rare event", async () => {
    const clock = createFakeClock();
    const feed = memoryFeed(clock, 100_000);
    feed.append(events("a", 1, 50_000));
    const { signal } = new AbortController();
    const filter = ({ place }: Event): boolean => place === 45_000;
    expect(await placesOf(poll(feed, 0, { clock, signal, withinMs: 0, filter }))).toEqual([45_000]);
  });
});

describe("feeds over a journal", () => {
  it("an event wakes those of its own stream, and nobody else reads", async () => {
    const clock = createFakeClock();
    const journal = streamJournal();
    const feeds = journalFeeds(clock, journal);
    const { signal } = new AbortController();
    const options = { clock, signal, withinMs: 1_000 };
    const a = placesOf(poll(feeds.of("a"), 0, options));
    const others = Array.from({ length: 100 }, (_, index) =>
      placesOf(poll(feeds.of(`b${index}`), 0, options)),
    );
    await clock.settle();
    const { reads } = journal;
    journal.append(events("a", 1, 1));
    feeds.append(events("a", 1, 1));
    expect(await a).toEqual([1]);
    expect(journal.reads).toBe(reads);
    await clock.advance(1_000);
    expect(await Promise.all(others)).toEqual(others.map(() => []));
    expect(clock.pendingTimers).toBe(0);
  });

  it("a reader that is near the end costs the journal nothing", async () => {
    const clock = createFakeClock();
    const journal = streamJournal();
    const feeds = journalFeeds(clock, journal);
    journal.append(events("a", 1, 2_400));
    expect(await placesOf(feeds.of("a").read(2_399))).toEqual([2_400]);
    const { reads } = journal;
    expect(await placesOf(feeds.of("a").read(2_398))).toEqual([2_399, 2_400]);
    expect(journal.reads).toBe(reads);
    // A walk begins where an earlier one passed by.
    expect(await placesOf(feeds.of("a").read(2_000, { limit: 1 }))).toEqual([2_001]);
    expect(journal.reads).toBe(reads + 1);
  });

  it("history that the journal has forgotten is a gap, at the latest with the next event", async () => {
    const clock = createFakeClock();
    const journal = streamJournal();
    journal.append(events("a", 1, 300));
    journal.keep(100);
    const feeds = journalFeeds(clock, journal);
    expect(await feeds.of("a").read(150)).toEqual({ firstKept: 201 });
    expect(await placesOf(feeds.of("a").read(299))).toEqual([300]);
    const forgetful = journalFeeds(clock, journal);
    journal.keep(0);
    expect(await placesOf(forgetful.of("a").read(150))).toEqual([]);
    const waiting = forgetful.of("a").wait(150);
    journal.append(events("a", 301, 301));
    forgetful.append(events("a", 301, 301));
    expect(await waiting).toBe("more");
    expect(await forgetful.of("a").read(150)).toEqual({ firstKept: 301 });
  });

  it("a hole in the history is a gap, wherever it lies", async () => {
    const journal = streamJournal();
    const feeds = journalFeeds(createFakeClock(), journal);
    const feed = feeds.of("a");
    journal.append([...events("a", 1, 2), ...events("a", 6, 8)]);
    expect(await placesOf(feed.read(7))).toEqual([8]);
    expect(await feed.read(3)).toEqual({ firstKept: 6 });
    expect(await placesOf(feed.read(0))).toEqual([1, 2]);
    journal.append(events("a", 12, 12));
    feeds.append(events("a", 12, 12));
    expect(await feed.read(9)).toEqual({ firstKept: 12 });
    expect(await placesOf(feed.read(11))).toEqual([12]);
  });

  it("a journal that cannot be read fails the read and the wait", async () => {
    const journal = streamJournal();
    const feed = journalFeeds(createFakeClock(), journal).of("a");
    journal.fault = new Error("the disk is gone");
    await expect(feed.read(0)).rejects.toThrow("the disk is gone");
    await expect(feed.wait(0)).rejects.toThrow("the disk is gone");
  });
});
