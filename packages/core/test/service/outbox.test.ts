// What waits in an outbox is carried out once, tried again when it is due, and never forgotten for want of a store.
import { describe, expect, it } from "vitest";
import { silentLog } from "../../src/service/index.ts";
import { type Due, type OutboxOptions, startOutbox } from "../../src/service/outbox/outbox.ts";
import { createFakeClock } from "../../src/testing/index.ts";

function world(options: Partial<OutboxOptions<string, string>> = {}) {
  const clock = createFakeClock();
  const peerClock = createFakeClock();
  const due: string[] = [];
  const noted: string[] = [];
  let nextMs = Number.POSITIVE_INFINITY;
  const outbox = startOutbox<string, string>({
    engine: { clock, now: () => clock.now() },
    what: "a letter",
    take: (room): Promise<Due<string>> =>
      Promise.resolve({ items: due.splice(0, Math.min(room, due.length)), nextMs }),
    attempt: (letter) => Promise.resolve(`${letter} read`),
    note: (letter, outcome) => Promise.resolve(noted.push(`${letter}: ${outcome}`)),
    log: silentLog,
    peerClock,
    ...options,
  });
  return {
    clock,
    peerClock,
    due,
    noted,
    outbox,
    again: (ms: number) => {
      nextMs = ms;
    },
  };
}

describe("an outbox", () => {
  it("carries out what is due and notes what became of it", async () => {
    const { due, noted, outbox } = world();
    due.push("a", "b");
    outbox.wake();
    await outbox.idle();
    expect(noted).toEqual(["a: a read", "b: b read"]);
    await outbox.close();
  });

  it("looks again when the rules say that more is due", async () => {
    const { clock, due, noted, outbox, again } = world();
    again(clock.now().wall + 5_000);
    outbox.wake();
    await outbox.idle();
    due.push("later");
    await clock.advance(4_999);
    await outbox.idle();
    expect(noted).toEqual([]);
    await clock.advance(1);
    await outbox.idle();
    expect(noted).toEqual(["later: later read"]);
    await outbox.close();
  });

  it("notes an outcome until the store has taken it, and attempts nothing twice", async () => {
    let attempts = 0;
    let isDown = true;
    const taken: string[] = [];
    const { due, outbox, peerClock } = world({
      attempt: async (letter) => {
        attempts += 1;
        return letter;
      },
      note: async (letter) => {
        if (isDown) {
          isDown = false;
          throw new Error("the disk is full");
        }
        taken.push(letter);
      },
    });
    due.push("a");
    outbox.wake();
    await peerClock.advance(1_000);
    await outbox.idle();
    expect({ attempts, taken }).toEqual({ attempts: 1, taken: ["a"] });
    await outbox.close();
  });

  it("has no more under way than it may, and goes on as each ends", async () => {
    const ends: (() => void)[] = [];
    const rooms: number[] = [];
    const waiting = ["a", "b", "c"];
    const { noted, outbox } = world({
      mostAtOnce: 2,
      take: async (room) => {
        rooms.push(room);
        return { items: waiting.splice(0, room), nextMs: Number.POSITIVE_INFINITY };
      },
      attempt: (letter) => new Promise((resolve) => ends.push(() => resolve(letter))),
    });
    outbox.wake();
    await Promise.resolve();
    while (noted.length < 3) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await outbox.idle();
    expect(noted).toEqual(["a: a", "b: b", "c: c"]);
    expect(Math.max(...rooms)).toBe(2);
    await outbox.close();
  });

  it("cuts what is under way when it is closed, and notes nothing of it", async () => {
    const { due, noted, outbox } = world({
      attempt: (_letter, signal) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve("cut"))),
    });
    due.push("a");
    outbox.wake();
    await new Promise((resolve) => setImmediate(resolve));
    await outbox.close();
    expect(noted).toEqual([]);
  });
});
