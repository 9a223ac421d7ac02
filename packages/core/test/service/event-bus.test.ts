// The bus delivers each event once and in order, and lets no slow reader harm anybody.
import { describe, expect, it } from "vitest";
import { createEventBus, type EventBus } from "../../src/service/index.ts";

function createBus(limits: { maxQueued?: number; maxQueuedBytes?: number } = {}): EventBus<number> {
  return createEventBus<number, number>({
    limits: { maxQueued: limits.maxQueued ?? 10_000, maxQueuedBytes: limits.maxQueuedBytes ?? 1_000_000 },
    sizeOf: () => 10,
    deliver: (event) => event,
    errorFor: (end) => new Error(end),
  });
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("event bus", () => {
  it("is in force at once, delivers in order, and only what passes the filter", async () => {
    const bus = createBus();
    bus.publish([1]);
    const subscriber = bus.subscribe((event) => event % 2 === 0, [0]);
    bus.publish(numbers(2, 3_000));
    const got: number[] = [];
    for await (const event of subscriber) {
      got.push(event);
      if (event === 3_000) {
        break;
      }
    }
    expect(got).toEqual([0, ...numbers(2, 3_000).filter((event) => event % 2 === 0)]);
    expect(bus.size).toBe(0);
  });

  it("a reader that waits gets the next event without a queue", async () => {
    const bus = createBus();
    const subscriber = bus.subscribe(() => true);
    const next = subscriber.next();
    bus.publish([7]);
    expect(await next).toEqual({ done: false, value: 7 });
  });

  it.each([
    ["events", { maxQueued: 5 }],
    ["bytes", { maxQueuedBytes: 50 }],
  ])("a reader that falls behind by too many %s is ended, the others are not", async (_, limits) => {
    const bus = createBus(limits);
    const slow = bus.subscribe(() => true);
    const quick = bus.subscribe(() => true);
    for (const event of numbers(1, 6)) {
      const next = quick.next();
      bus.publish([event]);
      expect((await next).value).toBe(event);
    }
    await expect(slow.next()).rejects.toThrow("too_slow");
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(bus.size).toBe(1);
  });

  it("return ends a pending read, and close ends everybody with an error", async () => {
    const bus = createBus();
    const left = bus.subscribe(() => true);
    const pending = left.next();
    await left.return();
    expect(await pending).toEqual({ done: true, value: undefined });
    const waiting = bus.subscribe(() => true).next();
    bus.close();
    await expect(waiting).rejects.toThrow("closed");
    expect(bus.size).toBe(0);
  });
});
