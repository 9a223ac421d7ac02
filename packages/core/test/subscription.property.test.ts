import fc from "fast-check";
import { expect, it } from "vitest";
import { createSubscription, type Subscription, UnavailableError } from "../src/index.ts";
import { createFakeClock } from "../src/testing/index.ts";
import { createFakeStreams, type FakeConnection } from "./stream-fixture.ts";

// A log of numbers 1, 2, 3 ... behind a server that sends in pieces of any size, breaks anywhere, repeats some of what
// it sent before after a reconnect, and a reader that takes when it likes.

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("send" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("take" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("break" as const), repeat: fc.nat(4), lose: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("progress" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("time" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface World {
  readonly sub: Subscription<number, number>;
  play(steps: readonly Step[]): Promise<void>;
  /** Lets everything arrive that was sent. */
  drain(): Promise<void>;
  readonly got: number[];
  readonly sent: () => number;
}

function createWorld(form: "iterate" | "callback", whenFull: "end" | "pause", bufferSize: number): World {
  const clock = createFakeClock();
  let written = 0;
  let repeat = 0;
  let position = 0;
  const flush = (connection: FakeConnection): void => {
    if (position < written) {
      const batch = Array.from({ length: written - position }, (_, index) => position + 1 + index);
      connection.send({ items: batch });
      position = written;
    }
  };
  const streams = createFakeStreams((connection) => {
    position = Math.max(0, (connection.cursor ?? 0) - repeat);
    connection.send({ ready: position });
    flush(connection);
  });
  const got: number[] = [];
  const sub = createSubscription(streams.source(), {
    clock,
    random: () => 0.5,
    bufferSize,
    whenFull,
    cursor: 0,
    ...(form === "callback" ? { onItem: (item: number) => void got.push(item), onEnd: () => {} } : {}),
  });
  const iterator = form === "iterate" ? sub[Symbol.asyncIterator]() : undefined;
  let reading: Promise<void> = Promise.resolve();
  const read = (count: number): void => {
    for (let index = 0; index < count && iterator !== undefined; index += 1) {
      reading = Promise.all([reading, iterator.next()]).then(
        ([, next]) => {
          if (!next.done) {
            got.push(next.value);
          }
        },
        () => {},
      );
    }
  };
  return {
    sub,
    got,
    sent: () => written,
    async play(steps: readonly Step[]): Promise<void> {
      for (const next of steps) {
        switch (next.kind) {
          case "send":
            written += next.count;
            flush(streams.last);
            break;
          case "take":
            read(next.count);
            break;
          case "break":
            repeat = next.repeat;
            // Written and sent, but lost with the connection before anyone read it.
            written += next.lose;
            flush(streams.last);
            streams.last.fail(
              new UnavailableError("cut", { service: "test", operation: "watch" }),
              next.lose > 0,
            );
            break;
          case "progress":
            streams.last.send({ progress: position });
            break;
          case "time":
            await clock.advanceToNextTimer();
            break;
          default:
            next satisfies never;
        }
        await clock.settle();
      }
    },
    async drain(): Promise<void> {
      read(written + 1);
      while (await clock.advanceToNextTimer()) {
        await clock.settle();
      }
      await clock.settle();
    },
  };
}

const plays = fc.array(step, { maxLength: 40 });
const form = fc.constantFrom("iterate" as const, "callback" as const);

it("loses nothing, repeats nothing and keeps the order over any number of reconnects", async () => {
  await fc.assert(
    fc.asyncProperty(plays, form, fc.constantFrom(1, 4, 10_000), async (steps, how, bufferSize) => {
      const world = createWorld(how, "pause", bufferSize);
      await world.play(steps);
      await world.drain();
      expect(world.got).toEqual(Array.from({ length: world.sent() }, (_, index) => index + 1));
      expect(world.sub.cursor).toBe(world.sent());
      await world.sub.close();
    }),
    { numRuns: 150 },
  );
});

it("ends a stream that overflows with an unbroken beginning of the log and a cursor at its end", async () => {
  await fc.assert(
    fc.asyncProperty(plays, fc.integer({ min: 1, max: 8 }), async (steps, bufferSize) => {
      const world = createWorld("iterate", "end", bufferSize);
      await world.play(steps);
      await world.drain();
      expect(world.got).toEqual(Array.from({ length: world.got.length }, (_, index) => index + 1));
      expect(world.sub.cursor).toBe(world.got.length);
      if (world.got.length < world.sent()) {
        expect(await world.sub.ended).toMatchObject({ code: "subscription_overflow" });
      }
      await world.sub.close();
    }),
    { numRuns: 150 },
  );
});

it("delivers nothing after cancel() returned, whatever is on its way", async () => {
  await fc.assert(
    fc.asyncProperty(plays, plays, form, async (before, after, how) => {
      const world = createWorld(how, "pause", 4);
      await world.play(before);
      world.sub.cancel();
      const had = world.got.length;
      const taken = world.sub.cursor;
      await world.play(after);
      await world.drain();
      expect(world.got).toHaveLength(had);
      expect(world.sub.cursor).toBe(taken);
      await world.sub.close();
    }),
    { numRuns: 150 },
  );
});
