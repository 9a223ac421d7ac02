// Whose deliveries are made next: an endpoint that hangs delays nobody else's, neither its owner's nor another's.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DueDelivery } from "../../src/local/rules/model/views.ts";
import { createWorld, hour, type World } from "./world.ts";

/** An owner with webhooks and an agent whose bookings they are told of. */
function subscriber(
  world: World,
  userId: string,
  hooks: number,
): { subIds: string[]; book(count: number): void } {
  const subIds = Array.from({ length: hooks }, () => {
    const subId = world.id("whk");
    const url = "https://e.example/";
    world.ok({ type: "createWebhook", userId, subId, eventType: "booking.committed", url, secret: "s" });
    return subId;
  });
  const agent = world.agent(1, { userId });
  let booked = 0;
  return {
    subIds,
    book(count) {
      for (let index = 0; index < count; index += 1) {
        booked += 1;
        const start = world.now.wall + booked * hour;
        world.commit(agent, start, start + hour / 2);
      }
    },
  };
}

const take = (world: World): readonly DueDelivery[] => world.ok({ type: "takeDeliveries" }).deliveries;

function end(
  world: World,
  { subId, eventId }: DueDelivery,
  more: { error?: string; prompt?: boolean } = {},
): void {
  const { error = null, prompt = true } = more;
  world.ok({ type: "deliveryAttempted", subId, eventId, error, prompt, jitter: 0 });
}

const bySub = (deliveries: readonly DueDelivery[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { subId } of deliveries) {
    counts.set(subId, (counts.get(subId) ?? 0) + 1);
  }
  return counts;
};

describe("places of deliveries", () => {
  it("AD-9-hang an endpoint has one place until it was prompt, then eight, and one again once it was slow", () => {
    const world = createWorld();
    const { book } = subscriber(world, world.owner, 1);
    book(40);
    const [first, ...others] = take(world);
    expect(others).toEqual([]);
    expect(take(world)).toEqual([]);
    end(world, first as DueDelivery);
    const eight = take(world);
    expect(eight).toHaveLength(8);
    expect(take(world)).toEqual([]);
    for (const delivery of eight) {
      end(world, delivery, { prompt: false });
    }
    expect(take(world)).toHaveLength(1);
  });

  it("AD-9-hang two hundred events for an endpoint that hangs leave another's first event its place", () => {
    const world = createWorld();
    const calm = world.person("calm@example.com");
    const [busy, other] = [subscriber(world, world.owner, 2), subscriber(world, calm, 1)];
    busy.book(200);
    expect([...bySub(take(world)).values()]).toEqual([1, 1]);
    other.book(1);
    expect(take(world).map(({ subId }) => subId)).toEqual(other.subIds);
  });

  it("AD-9-hang endpoints that were slow have half of the places, however many they are", () => {
    const world = createWorld();
    const owners = ["a", "b", "c"].map((name) => subscriber(world, world.person(`${name}@example.com`), 100));
    for (const owner of owners) {
      owner.book(2);
    }
    const first = take(world);
    expect(first).toHaveLength(256);
    for (const delivery of first) {
      end(world, delivery, { prompt: false, error: "no answer" });
    }
    const second = take(world);
    // 44 were never tried and have a place of their own.
    expect(second).toHaveLength(128 + 44);
    expect(new Set(second.map(({ subId }) => subId)).size).toBe(second.length);
    const calm = subscriber(world, world.owner, 1);
    calm.book(1);
    expect(take(world).map(({ subId }) => subId)).toEqual(calm.subIds);
  });

  it("AD-9-hang who was given a place stands behind those that waited", () => {
    const world = createWorld();
    const [one, two] = [
      subscriber(world, world.owner, 1),
      subscriber(world, world.person("b@example.com"), 1),
    ];
    one.book(20);
    two.book(20);
    for (const delivery of take(world)) {
      end(world, delivery);
    }
    const order = take(world).map(({ subId }) => subId === one.subIds[0]);
    expect(order).toEqual(Array.from({ length: 16 }, (_, index) => index % 2 === 0));
  });

  it("AD-9-hang whatever endpoints do, every event is handed out until it arrived, and places come back", () => {
    const step = fc.record({
      kind: fc.constantFrom("book", "take", "end", "end", "end", "delete", "wait"),
      pick: fc.nat(),
      prompt: fc.boolean(),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = createWorld();
        const { subIds, book } = subscriber(world, world.owner, 4);
        let underWay: DueDelivery[] = [];
        for (const { kind, pick, prompt, fails } of steps) {
          switch (kind) {
            case "book":
              book(1 + (pick % 5));
              break;
            case "take":
              underWay.push(...take(world));
              break;
            case "end": {
              const [delivery] = underWay.splice(pick % Math.max(1, underWay.length), 1);
              if (delivery !== undefined) {
                end(world, delivery, { prompt, ...(fails ? { error: "x" } : {}) });
              }
              break;
            }
            case "delete":
              if (subIds.length > 2) {
                world.ok({ type: "deleteWebhook", userId: world.owner, subId: subIds.pop() ?? "" });
              }
              break;
            case "wait":
              world.advance(5_000);
              break;
          }
        }
        // From here on everybody answers.
        for (let turn = 0; underWay.length > 0 || turn < 3; turn += 1) {
          for (const delivery of underWay) {
            end(world, delivery);
          }
          world.advance(6 * hour);
          underWay = [...take(world)];
        }
        for (const subId of subIds) {
          const { deliveries } = world.ok({ type: "listDeliveries", userId: world.owner, subId });
          expect(deliveries.filter(({ status }) => status === "pending")).toEqual([]);
        }
        const { places } = world.state;
        expect([
          places.underWay.size,
          places.slowUnderWay,
          places.waiting.size,
          places.waitingSlow.size,
        ]).toEqual([0, 0, 0, 0]);
        world.expectReplayEqual();
      }),
      { numRuns: 50 },
    );
  });
});
