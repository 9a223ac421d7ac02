// Random walks through a calendar, beside a model that is too plain to be wrong in the same way.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRefusal } from "../../src/local/rules/model/refusal.ts";
import { createModel, type Model } from "./model.ts";
import { at, createWorld, minute, type World } from "./world.ts";

type Step =
  | {
      readonly do: "write";
      readonly mode: "commit" | "hold";
      readonly agent: number;
      readonly startMin: number;
      readonly lengthMin: number;
      readonly beforeMin: number;
      readonly afterMin: number;
      readonly bumpSeconds: number | null;
      readonly key: number;
    }
  | { readonly do: "end"; readonly which: number; readonly by: "owner" | number }
  | { readonly do: "wait"; readonly ms: number; readonly watched: boolean }
  | { readonly do: "rerank"; readonly agent: number; readonly rank: number }
  | { readonly do: "restart" | "snapshot" };

const agents = 8;

/** The longest walk takes some hours. */
const dayAfterTomorrow = at("10:00") + 48 * 60 * minute;

/** A few hours in which everybody wants something, on and off the grid of five minutes. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      mode: fc.constantFrom("commit", "commit", "hold"),
      agent: fc.nat(agents - 1),
      startMin: fc.oneof(
        fc.nat(11).map((slot) => slot * 15),
        fc.nat(180),
      ),
      lengthMin: fc.constantFrom(2, 15, 30, 30, 60, 120),
      beforeMin: fc.constantFrom(0, 0, 0, 7),
      afterMin: fc.constantFrom(0, 0, 0, 15),
      bumpSeconds: fc.constantFrom(null, null, 0, 5),
      key: fc.constantFrom(0, 0, 0, 1, 2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which: fc.nat(40),
      by: fc.oneof({ weight: 5, arbitrary: fc.constant("owner" as const) }, fc.nat(agents - 1)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 1, 1_000, 4_999, 5_000, 15_000, 30_000),
      watched: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("rerank" as const),
      agent: fc.nat(agents - 1),
      rank: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "snapshot" as const) }) },
);

interface Walk {
  readonly world: World;
  readonly model: Model;
  readonly agentIds: readonly string[];
  readonly ranks: number[];
  /** Which requests with a key were done, and by what booking. */
  readonly keys: Map<string, { readonly request: string; readonly id: string }>;
}

function begin(): Walk {
  const world = createWorld();
  const ranks = [1, 2, 2, 3, 3, 4, 5, 5];
  return {
    world,
    model: createModel(),
    agentIds: ranks.map((rank) => world.agent(rank)),
    ranks,
    keys: new Map(),
  };
}

function take(walk: Walk, step: Step): void {
  const { world, model, agentIds, ranks } = walk;
  const nowMs = world.now.wall;
  switch (step.do) {
    case "write":
      write(walk, step);
      break;
    case "end": {
      // Mostly one that still lives.
      const live = model.bookings.filter(({ status }) => status === "HOLD" || status === "COMMITTED");
      const among = step.which % 8 === 0 ? model.bookings : live;
      const booking = among[step.which % Math.max(1, among.length)];
      if (booking === undefined) {
        break;
      }
      const by = step.by === "owner" ? booking.agent : step.by;
      const reply = world.run({ type: "cancelBooking", agentId: agentIds[by] ?? "", bookingId: booking.id });
      const isOwner = by === booking.agent;
      expect(typeof reply === "object" && isRefusal(reply)).toBe(!isOwner);
      if (isOwner) {
        model.end(booking.id, nowMs);
      }
      break;
    }
    case "wait":
      if (step.watched) {
        world.advance(step.ms);
      } else {
        world.skip(step.ms);
      }
      break;
    case "rerank":
      world.ok({
        type: "updateAgent",
        userId: world.owner,
        agentId: agentIds[step.agent] ?? "",
        priority: step.rank,
      });
      ranks[step.agent] = step.rank;
      break;
    case "restart":
      world.restart();
      break;
    case "snapshot":
      world.takeSnapshot();
      break;
  }
}

function write({ world, model, agentIds, ranks, keys }: Walk, step: Extract<Step, { do: "write" }>): void {
  const { mode, agent, beforeMin, afterMin } = step;
  const startMs = dayAfterTomorrow + step.startMin * minute;
  const endMs = startMs + step.lengthMin * minute;
  const bumpSeconds = mode === "hold" ? null : step.bumpSeconds;
  const command = world.booking(agentIds[agent] ?? "", startMs, endMs, {
    mode,
    bufferBeforeMin: beforeMin,
    bufferAfterMin: afterMin,
    bumpWindowSeconds: bumpSeconds,
    idempotencyKey: step.key === 0 ? null : `k${step.key}`,
  });
  const reply = world.run(command);
  const scope = `${agent} ${mode} ${step.key}`;
  const request = JSON.stringify([startMs, endMs, beforeMin, afterMin, bumpSeconds]);
  const kept = step.key === 0 ? undefined : keys.get(scope);
  if (kept !== undefined) {
    expect(reply).toMatchObject(
      kept.request === request
        ? { replayed: true, booking: { bookingId: kept.id } }
        : { refused: "idempotency_mismatch" },
    );
    return;
  }
  const expected = model.write(
    {
      id: command.bookingId,
      mode,
      agent,
      rank: ranks[agent] ?? 0,
      startMs,
      endMs,
      beforeMin,
      afterMin,
      bumpMs: (bumpSeconds ?? 30) * 1_000,
      holdMs: 30_000,
    },
    world.now.wall,
  );
  if ("done" in expected) {
    expect(reply).toMatchObject({ replayed: false, booking: { bookingId: expected.done } });
    if (step.key !== 0) {
      keys.set(scope, { request, id: expected.done });
    }
  } else {
    expect(reply).toMatchObject({
      refused: "outranked",
      reason: expected.lost,
      winner: { bookingId: expected.winner },
    });
  }
}

function compare({ world, model }: Walk): void {
  // The engine judges time when somebody asks; so ask.
  world.ok({ type: "getAuditHead", asker: { userId: world.owner } });
  model.expire(world.now.wall);
  expect(model.overbooked()).toBeUndefined();
  const engine = [...world.state.bookings.values()].map(({ bookingId, status }) => [bookingId, status]);
  const expected = model.bookings.map(({ id, status }) => [id, status]);
  expect(engine.sort()).toEqual(expected.sort());
}

/** A walk on which little happens shows little. */
function expectRich(world: World): void {
  const counts = new Map<string, number>();
  for (const { type } of world.events) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  for (const type of [
    "booking.committed",
    "booking.rejected",
    "booking.evicted",
    "booking.cancelled",
    "hold.created",
    "hold.rejected",
    "hold.released",
    "hold.expired",
    "hold.invalidated",
    "hold.consumed",
  ]) {
    expect(counts.get(type) ?? 0, type).toBeGreaterThan(20);
  }
}

describe("a calendar under random use", () => {
  it("AD-79 answers and ends as the model does, after any number of steps and restarts", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const walk = begin();
        for (const next of steps) {
          take(walk, next);
        }
        compare(walk);
        walk.world.expectReplayEqual();
      }),
      { numRuns: 200 },
    );
  });

  it("AD-79 over 10,000 operations of 8 agents, with the same chain when they are done again", () => {
    const steps = fc.sample(step, { numRuns: 10_000, seed: 79 });
    const heads = [1, 2].map(() => {
      const walk = begin();
      for (const next of steps) {
        // The model looks through all bookings; a store that restarts reads all records: once in a while is enough.
        if (next.do !== "restart" && next.do !== "snapshot") {
          take(walk, next);
        }
      }
      compare(walk);
      walk.world.expectReplayEqual();
      expectRich(walk.world);
      return walk.world.ok({ type: "getAuditHead", asker: { userId: walk.world.owner } }).head;
    });
    expect(heads[0]).toEqual(heads[1]);
  });
});
