// Whatever is published, read, awaited and forgotten, and in whatever order: a follower loses nothing and gets nothing
// twice, and what it cannot get it is told of.
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Feed, follow, isGap } from "../../../src/service/index.ts";
import { createFakeClock } from "../../../src/testing/index.ts";
import { type Event, events, journalFeeds, memoryFeed, streamJournal } from "./feeds.ts";

const streams = ["a", "b"] as const;
type Stream = (typeof streams)[number];

type Action =
  | { readonly type: "publish"; readonly stream: Stream; readonly count: number }
  | { readonly type: "forget"; readonly keep: number }
  | { readonly type: "rest"; readonly turns: number }
  | { readonly type: "enter"; readonly stream: Stream; readonly behind: number; readonly limit: number };

const stream = fc.constantFrom(...streams);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    type: fc.constant("publish" as const),
    stream,
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 900 })),
  }),
  fc.record({ type: fc.constant("forget" as const), keep: fc.nat({ max: 100 }) }),
  fc.record({ type: fc.constant("rest" as const), turns: fc.nat({ max: 4 }) }),
  fc.record({
    type: fc.constant("enter" as const),
    stream,
    behind: fc.nat({ max: 1_500 }),
    limit: fc.constantFrom(1, 7, 300),
  }),
);

interface Subject {
  of(stream: Stream): Feed<Event>;
  publish(events: readonly Event[]): void;
  forget(keep: number): void;
  close(): void;
}

const subjects = {
  memory(): Subject {
    const clock = createFakeClock();
    const feeds = { a: memoryFeed(clock, 50), b: memoryFeed(clock, 1_200) };
    return {
      of: (name) => feeds[name],
      publish: (fresh) => feeds[fresh[0]?.stream === "a" ? "a" : "b"].append(fresh),
      // Memory forgets by itself.
      forget: () => undefined,
      close() {
        feeds.a.close();
        feeds.b.close();
      },
    };
  },
  journal(slowness: number): Subject {
    const journal = streamJournal();
    journal.slowness = slowness;
    const feeds = journalFeeds(createFakeClock(), journal);
    return {
      of: (name) => feeds.of(name),
      publish(fresh) {
        journal.append(fresh);
        feeds.append(fresh);
      },
      forget: (keep) => journal.keep(keep),
      close: () => feeds.close(),
    };
  },
};

/** Follows a stream and goes on behind each gap. Answers where it is, for it must get to the end. */
function enter(feed: Feed<Event>, start: number, limit: number) {
  const reader = { at: start, ended: Promise.resolve() };
  const { signal } = new AbortController();
  const run = async (): Promise<void> => {
    for (let going = true; going; ) {
      going = false;
      for await (const reading of follow(feed, reader.at, { clock: createFakeClock(), signal, limit })) {
        if (isGap(reading)) {
          // What is told to be gone is what was next.
          expect(reading.firstKept).toBeGreaterThan(reader.at + 1);
          reader.at = reading.firstKept - 1;
          going = true;
          break;
        }
        expect(reading.events.length).toBeLessThanOrEqual(limit);
        for (const { place } of reading.events) {
          expect(place).toBe(reader.at + 1);
          reader.at = place;
        }
        expect(reading.upTo).toBe(reader.at);
      }
    }
  };
  reader.ended = run();
  return reader;
}

it.each(Object.entries(subjects))("followers of a feed over %s lose nothing", async (_, create) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), fc.nat({ max: 3 }), async (actions, slowness) => {
      const subject = create(slowness);
      const last = { a: 0, b: 0 };
      const readers: { readonly stream: Stream; readonly reader: ReturnType<typeof enter> }[] = [];
      const publish = (name: Stream, count: number): void => {
        const from = last[name] + 1;
        last[name] += count;
        subject.publish(events(name, from, last[name]));
      };
      for (const each of actions) {
        switch (each.type) {
          case "publish":
            publish(each.stream, each.count);
            break;
          case "forget":
            subject.forget(each.keep);
            break;
          case "rest":
            for (let turn = 0; turn < each.turns; turn += 1) {
              await setImmediate();
            }
            break;
          case "enter":
            readers.push({
              stream: each.stream,
              reader: enter(
                subject.of(each.stream),
                Math.max(0, last[each.stream] - each.behind),
                each.limit,
              ),
            });
            break;
        }
      }
      // A gap shows at the latest with the next event.
      publish("a", 1);
      publish("b", 1);
      for (
        let turn = 0;
        turn < 2_000 && readers.some(({ stream: name, reader }) => reader.at < last[name]);
        turn += 1
      ) {
        await setImmediate();
      }
      subject.close();
      await Promise.all(readers.map(({ reader }) => reader.ended));
      expect(readers.map(({ reader }) => reader.at)).toEqual(readers.map(({ stream: name }) => last[name]));
    }),
    { numRuns: 200 },
  );
});
