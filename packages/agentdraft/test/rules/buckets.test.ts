// Buckets of five minutes, and the index that holds them.
import { describe, expect, it } from "vitest";
import { calendarOf } from "../../src/local/rules/model/state.ts";
import { bucketsOf, createBucketIndex, dayOf } from "../../src/local/rules/time/buckets.ts";
import { at, createWorld, hour, minute } from "./world.ts";

interface Item {
  readonly name: string;
  readonly first: number;
  readonly end: number;
}

const item = (name: string, first: number, end: number): Item => ({ name, first, end });

describe("buckets", () => {
  it.each([
    ["16:00", "16:30", 0, 0, 6],
    ["10:02", "10:04", 0, 0, 1],
    ["10:04", "10:06", 0, 0, 2],
    ["10:00", "10:30", 0, 15, 9],
    ["10:00", "10:30", 7, 0, 8],
  ] as const)(
    "AD-2.6-count %s to %s with buffers of %d and %d touches %d buckets",
    (start, end, before, after, count) => {
      const { first, end: behind } = bucketsOf(at(start), at(end), before, after);
      expect(behind - first).toBe(count);
    },
  );

  it("AD-2.6-index finds each item once, across midnight and over empty days", () => {
    const index = createBucketIndex<Item>();
    const [late, across, far] = [item("late", 280, 284), item("across", 284, 300), item("far", 1_000, 1_010)];
    for (const each of [far, across, late]) {
      index.add(each);
    }
    expect(index.overlapping({ first: 0, end: 2_000 })).toEqual([late, across, far]);
    expect(index.overlapping({ first: 299, end: 1_000 })).toEqual([across]);
    expect(index.overlapping({ first: 300, end: 1_000 })).toEqual([]);
    expect(index.last({ first: 0, end: 2_000 }, () => true)).toBe(far);
    expect(index.last({ first: 0, end: 2_000 }, ({ name }) => name === "late")).toBe(late);
    expect(index.last({ first: 300, end: 1_000 }, () => true)).toBeUndefined();
    const edge = item("edge", 575, 576);
    index.add(edge);
    expect(index.last({ first: 0, end: 900 }, () => true)).toBe(edge);
    index.remove(edge);
    index.remove(across);
    expect(index.overlapping({ first: 0, end: 2_000 })).toEqual([late, far]);
  });

  it("AD-2.6-invariant two items cannot be made to share a bucket", () => {
    const index = createBucketIndex<Item>();
    index.add(item("a", 10, 16));
    expect(() => index.add(item("b", 15, 20))).toThrow("held already");
    index.add(item("c", 16, 20));
  });

  it("AD-2.6-hot what lies behind leaves the index, and is still a booking; what can collide stays", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const index = () => calendarOf(world.state, { userId: world.owner }).index;
    const first = world.commit(agent, "10:00", "10:30").booking;
    for (let day = 0; day < 30; day += 1) {
      const start = world.now.wall + hour;
      world.commit(agent, start, start + hour);
      world.advance(24 * hour);
    }
    expect(index().days).toBeLessThanOrEqual(3);
    expect(index().overlapping({ first: 0, end: dayOf(world.now.wall) * 288 })).toHaveLength(2);
    const read = { type: "getBooking", asker: { agentId: agent }, bookingId: first.bookingId } as const;
    expect(world.ok(read).booking.status).toBe("COMMITTED");
    expect(world.ok({ type: "cancelBooking", agentId: agent, bookingId: first.bookingId }).status).toBe(
      "CANCELLED",
    );
    world.expectReplayEqual();
  });

  it("AD-2.6-edge a booking that ended a moment ago still keeps its buckets", () => {
    const world = createWorld();
    const [b, c] = [world.agent(2), world.agent(5)];
    const start = world.now.wall;
    world.commit(b, start, start + 30 * minute);
    world.advance(32 * minute);
    world.refused(world.booking(c, start + 20 * minute, start + 60 * minute), "outranked");
  });
});
