// The wall clock is corrected while things last: each lasts as long as it was meant to.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authenticateSession } from "../../src/local/rules/model/auth.ts";
import { at, createWorld, hour, minute, type World } from "./world.ts";

const day = 24 * hour;
const jumps = [day, -day, 90 * day, -3 * hour] as const;

const statusOf = (world: World, bookingId: string): string | undefined =>
  world.state.bookings.get(bookingId)?.status;

describe("a correction of the wall clock", () => {
  it.each(jumps)("of %i ms leaves a hold, a bump window and a session as long as they were", (jump) => {
    const world = createWorld({ holdTtlSeconds: 120, bumpWindowSeconds: 120 });
    const [strong, middle, weak] = [world.agent(1), world.agent(2), world.agent(3)];
    const start = at("10:00") + 100 * day;
    const held = world.hold(weak, start, start + hour);
    const booked = world.commit(weak, start + 2 * hour, start + 3 * hour);
    const frozen = world.commit(weak, start + 4 * hour, start + 5 * hour);
    world.advance(60_000);
    world.stepWallClock(jump);
    world.advance(59_000);
    expect(statusOf(world, held.booking.bookingId)).toBe("HOLD");
    world.commit(middle, start + 2 * hour, start + 3 * hour);
    expect(statusOf(world, booked.booking.bookingId)).toBe("EVICTED");
    world.advance(1_000);
    expect(statusOf(world, held.booking.bookingId)).toBe("EXPIRED");
    const refusal = world.refused(world.booking(strong, start + 4 * hour, start + 5 * hour), "outranked");
    expect(refusal.reason).toBe("frozen");
    expect(statusOf(world, frozen.booking.bookingId)).toBe("COMMITTED");

    // A week by the clock that runs, whatever the other one shows.
    const { owner } = world;
    const session = [...world.state.sessions].find(([, { userId }]) => userId === owner)?.[0] ?? "";
    world.advance(6 * day);
    expect(authenticateSession(world.state, session, world.now.wall)).toBeDefined();
    world.advance(day);
    expect(authenticateSession(world.state, session, world.now.wall)).not.toMatchObject({ userId: owner });
    world.takeSnapshot();
    world.expectReplayEqual();
  });

  it("a slot that lay in the past by a wrong clock is taken still when the clock is right again", () => {
    const world = createWorld({ bumpWindowSeconds: 0 });
    const [first, second] = [world.agent(1), world.agent(2)];
    const start = at("10:00") + 10 * day;
    world.commit(first, start, start + hour);
    world.stepWallClock(30 * day);
    // What writes by the wrong clock lets go of what is over by it.
    world.commit(second, start + 40 * day, start + 40 * day + hour);
    world.stepWallClock(-30 * day);
    world.refused(world.booking(second, start, start + hour), "outranked");
    world.expectReplayEqual();
  });

  it("the times of the audit log never fall, and idempotency keys are kept for their day", () => {
    const world = createWorld();
    const agent = world.agent(1);
    const start = at("10:00") + 50 * day;
    const booking = { idempotencyKey: "once" };
    const made = world.commit(agent, start, start + hour, booking);
    world.stepWallClock(5 * day);
    world.advance(minute);
    expect(world.commit(agent, start, start + hour, booking).booking.bookingId).toBe(made.booking.bookingId);
    world.stepWallClock(-5 * day);
    world.commit(agent, start + 2 * hour, start + 3 * hour);
    const times = world.events.map(({ at: time }) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("any corrections at any moments end a hold neither early nor late", () => {
    const steps = fc.array(
      fc.record({
        passMs: fc.integer({ min: 0, max: 40_000 }),
        jumpMs: fc.integer({ min: -30 * day, max: 30 * day }),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const world = createWorld({ holdTtlSeconds: 120 });
        const agent = world.agent(1);
        const start = at("10:00") + 300 * day;
        const { booking } = world.hold(agent, start, start + hour);
        let passed = 0;
        for (const { passMs, jumpMs } of all) {
          world.advance(passMs);
          passed += passMs;
          world.stepWallClock(jumpMs);
          expect(statusOf(world, booking.bookingId)).toBe(passed < 120_000 ? "HOLD" : "EXPIRED");
        }
        world.expectReplayEqual();
      }),
      { numRuns: 50 },
    );
  });
});
