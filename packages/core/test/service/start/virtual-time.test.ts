import { expect, test } from "vitest";
import { createVirtualTime } from "../../../src/service/start/virtual-time.ts";

const idle = (): Promise<void> => Promise.resolve();

test("moves happen one after the other, each when all that the one before made due has happened", async () => {
  const time = createVirtualTime(idle);
  const start = time.clock.now().mono;
  const rang: number[] = [];
  time.clock.setTimer(10, () => rang.push(time.clock.now().mono - start));
  time.clock.setTimer(25, () => rang.push(time.clock.now().mono - start));

  const first = time.advance(20);
  const second = time.advance(20);
  await first;
  expect([...rang, time.advancedMs]).toEqual([10, 20]);
  await second;

  expect([...rang, time.advancedMs]).toEqual([10, 25, 40]);
});

test("a move that fails is told to who asked for it, and the next one goes on from there", async () => {
  const time = createVirtualTime(idle);
  const start = time.clock.now().mono;
  time.clock.setTimer(10, () => {
    throw new Error("rang wrong");
  });

  const failing = time.advance(20);
  const next = time.advance(5);

  await expect(failing).rejects.toThrow("rang wrong");
  await next;
  // It stood still where it failed.
  expect(time.clock.now().mono - start).toBe(15);
  expect(time.advancedMs).toBe(15);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 31_622_400_001])(
  "a move by %s is refused, and nothing moves",
  async (ms) => {
    const time = createVirtualTime(idle);
    const before = time.clock.now();

    await expect(time.advance(ms)).rejects.toThrow(RangeError);

    expect(time.clock.now()).toEqual(before);
  },
);
