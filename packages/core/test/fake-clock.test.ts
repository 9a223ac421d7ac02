import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../src/testing/index.ts";

describe("the fake clock", () => {
  it("stands still until it is moved, and moves both readings", async () => {
    const clock = createFakeClock({ mono: 5, wall: 1_000 });
    await clock.settle();
    expect(clock.now()).toEqual({ mono: 5, wall: 1_000 });
    await clock.advance(20);
    expect(clock.now()).toEqual({ mono: 25, wall: 1_020 });
    clock.jumpWall(-500);
    expect(clock.now()).toEqual({ mono: 25, wall: 520 });
  });

  it("fires timers in the order of their times, equal ones as they were set, each at its own time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 30 }), fc.nat(60), async (delays, end) => {
        const clock = createFakeClock();
        const fired: [number, number][] = [];
        for (const [index, delay] of delays.entries()) {
          clock.setTimer(delay, () => {
            expect(clock.now().mono).toBe(delay);
            fired.push([delay, index]);
          });
        }
        await clock.advance(end);
        const expected = delays
          .map((delay, index): [number, number] => [delay, index])
          .filter(([delay]) => delay <= end)
          .sort(([a, i], [b, j]) => a - b || i - j);
        expect(fired).toEqual(expected);
        expect(clock.pendingTimers).toBe(delays.length - fired.length);
        expect(clock.now().mono).toBe(end);
      }),
    );
  });

  it("runs what a timer sets going, and timers that it sets, before the next one", async () => {
    const clock = createFakeClock();
    const log: string[] = [];
    clock.setTimer(10, () => {
      log.push("first");
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => {
          log.push("its promise");
          clock.setTimer(5, () => log.push(`nested at ${clock.now().mono}`));
        });
    });
    clock.setTimer(20, () => log.push("last"));
    await clock.advance(20);
    expect(log).toEqual(["first", "its promise", "nested at 15", "last"]);
  });

  it("forgets a cancelled timer, however often it is cancelled", async () => {
    const clock = createFakeClock();
    const fired: number[] = [];
    const timer = clock.setTimer(10, () => fired.push(1));
    clock.setTimer(10, () => fired.push(2));
    timer.cancel();
    timer.cancel();
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(10);
    timer.cancel();
    expect(fired).toEqual([2]);
  });

  it("goes from timer to timer", async () => {
    const clock = createFakeClock();
    const fired: number[] = [];
    for (const delay of [30, 10, 10, -5]) {
      clock.setTimer(delay, () => fired.push(delay));
    }
    expect(clock.nextTimerMs).toBe(0);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(await clock.advanceToNextTimer()).toBe(true);
    expect(fired).toEqual([-5, 10, 10]);
    expect(clock.nextTimerMs).toBe(20);
    await clock.advanceToNextTimer();
    expect(clock.nextTimerMs).toBeUndefined();
    expect(await clock.advanceToNextTimer()).toBe(false);
  });

  it("hands on what a timer throws", async () => {
    const clock = createFakeClock();
    clock.setTimer(1, () => {
      throw new Error("in the timer");
    });
    await expect(clock.advance(1)).rejects.toThrow("in the timer");
  });
});
