// The server's wall clock under a machine's clock that does what it likes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { believedAfterMs, createSteadyClock, followedMs } from "../../src/service/kernel/steady-clock.ts";

const start = 1_800_000_000_000;

/** A machine whose wall clock is off by `offMs`. */
function machine() {
  const it = { mono: 5_000, offMs: 0 };
  const clock = createSteadyClock(
    { now: () => ({ mono: it.mono, wall: start + it.mono + it.offMs }), setTimer: () => ({ cancel() {} }) },
    start + it.mono,
  );
  const pass = (ms: number): number => {
    let corrected = 0;
    for (let left = ms; left > 0; left -= 200) {
      it.mono += Math.min(200, left);
      corrected += clock.take();
    }
    return corrected;
  };
  const off = (): number => clock.now().wall - start - it.mono;
  return { it, clock, pass, off };
}

describe("the wall clock of a server", () => {
  it("shows at a start what the machine does; that this is behind the newest record is told once, unless it is given back", () => {
    const startedAt = (lastWall: number) =>
      createSteadyClock(
        { now: () => ({ mono: 0, wall: start }), setTimer: () => ({ cancel() {} }) },
        lastWall,
      );
    const ahead = startedAt(start - 60_000);
    expect([ahead.now().wall, ahead.take()]).toEqual([start, 0]);
    const close = startedAt(start + followedMs);
    expect([close.now().wall, close.take()]).toEqual([start + followedMs, 0]);
    const behind = startedAt(start + 60_000);
    expect([behind.now().wall, behind.take(), behind.take()]).toEqual([start, -60_000, 0]);
    behind.giveBack(-60_000);
    expect([behind.take(), behind.take()]).toEqual([-60_000, 0]);
  });

  it("does not believe a reading that does not last, forwards or back", () => {
    const { it, pass, off } = machine();
    for (const jump of [365 * 86_400_000, -3_600_000, 30 * 86_400_000]) {
      it.offMs = jump;
      expect(pass(believedAfterMs - 400)).toBe(0);
      expect(off()).toBe(0);
      it.offMs = 0;
      expect(pass(2_000)).toBe(0);
      expect(off()).toBe(0);
    }
  });

  it("is corrected to a time that lasts, and at once to one that was believed before", () => {
    const { it, pass, off } = machine();
    it.offMs = 3_600_000;
    expect(pass(believedAfterMs + 400)).toBe(3_600_000);
    expect(off()).toBe(3_600_000);
    it.offMs = 0;
    expect(pass(200)).toBe(-3_600_000);
    expect(off()).toBe(0);
    it.offMs = -7_200_000;
    expect(pass(believedAfterMs + 400)).toBe(-7_200_000);
  });

  it("follows what a synchronized clock is off by without a word, and never backwards", () => {
    const { it, pass, off, clock } = machine();
    it.offMs = -followedMs;
    let last = clock.now().wall;
    for (let step = 0; step < 100; step += 1) {
      expect(pass(200)).toBe(0);
      const { wall } = clock.now();
      expect(wall).toBeGreaterThan(last);
      last = wall;
    }
    expect(off()).toBe(-followedMs);
  });

  it("falls only by a correction, whatever the readings are, and is right again soon after they are", () => {
    const steps = fc.array(
      fc.record({ offMs: fc.integer({ min: -4e10, max: 4e10 }), forMs: fc.integer({ min: 1, max: 30_000 }) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { it, clock, off } = machine();
        let last = clock.now();
        const tick = (ms: number): void => {
          it.mono += ms;
          const byMs = clock.take();
          const now = clock.now();
          // Spans: what is promised to last passes with the monotonic clock, but for what is followed.
          const passed = now.wall - byMs - last.wall;
          expect(Math.abs(passed - ms)).toBeLessThanOrEqual(ms / 10 + 2);
          if (byMs === 0) {
            expect(now.wall).toBeGreaterThanOrEqual(last.wall);
          }
          last = now;
        };
        for (const { offMs, forMs } of all) {
          it.offMs = offMs;
          for (let left = forMs; left > 0; left -= 500) {
            tick(Math.min(500, left));
          }
        }
        it.offMs = 0;
        for (let left = believedAfterMs + 1_000; left > 0; left -= 500) {
          tick(500);
        }
        expect(Math.abs(off())).toBeLessThanOrEqual(followedMs);
      }),
    );
  });
});
