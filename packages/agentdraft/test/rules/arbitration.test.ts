// The arbitration window: the strongest of those who came together wins, and nobody gets a 201 for nothing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Created } from "../../src/local/rules/model/commands.ts";
import { isRefusal, type Refusal } from "../../src/local/rules/model/refusal.ts";
import { at, createWorld, type World } from "./world.ts";

const answer = (world: World, ticket: number): Created | Refusal => {
  const reply = world.answers.get(ticket);
  if (reply === undefined) {
    throw new Error(`${ticket} has no answer`);
  }
  return reply as Created | Refusal;
};

const isWin = (reply: Created | Refusal): boolean => !isRefusal(reply);

describe("arbitration", () => {
  it("AD-75 the strongest wins though it came last, and the others are told who", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b, c] = [world.agent(1), world.agent(2), world.agent(5)];
    const tickets = [c, b, a].map((agent) => world.waits(world.booking(agent, "10:00", "10:30")));
    expect(world.answers.size).toBe(0);
    world.advance(10);
    expect(tickets.map((ticket) => answer(world, ticket))).toMatchObject([
      { refused: "outranked", reason: "outranked", winner: { agentId: a, priority: 1 } },
      { refused: "outranked", reason: "outranked", winner: { agentId: a, priority: 1 } },
      { booking: { agentId: a, status: "COMMITTED" }, replayed: false },
    ]);
    expect(world.events.filter(({ type }) => type === "booking.evicted")).toEqual([]);
  });

  it("AD-3.3-gated a commit that needs consent waits with the others: one that would lose asks nobody", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, weak, strong] = [
      world.agent(2),
      world.agent(9, { requiresConsent: true }),
      world.agent(1, { requiresConsent: true }),
    ];
    const book = (agent: string, start: string, end: string): number =>
      world.waits(world.booking(agent, start, end));
    const lost = [book(a, "10:00", "10:30"), book(weak, "10:00", "10:30")];
    const parked = [book(strong, "12:00", "12:30"), book(a, "12:00", "12:30")];
    world.advance(10);
    expect(lost.map((ticket) => answer(world, ticket))).toMatchObject([
      { booking: { agentId: a } },
      { refused: "outranked", winner: { agentId: a } },
    ]);
    expect(parked.map((ticket) => answer(world, ticket))).toMatchObject([
      { refused: "consent_required" },
      { refused: "outranked", reason: "held" },
    ]);
    expect(world.state.consents.size).toBe(1);
    // What is asked already is answered at once.
    world.refused(world.booking(strong, "12:00", "12:30"), "consent_required");
  });

  it("AD-13-2 a server that stops decides what waits in that turn, and what comes later in its own", () => {
    const world = createWorld({ arbitrationMs: 5_000 });
    const [a, b] = [world.agent(1), world.agent(2)];
    const tickets = [
      world.waits(world.booking(b, "10:00", "10:30")),
      world.waits(world.booking(a, "10:00", "10:30")),
    ];
    expect(world.ok({ type: "endArbitrations" })).toEqual({ groups: 1 });
    expect(tickets.map((ticket) => isWin(answer(world, ticket)))).toEqual([false, true]);
    const late = world.waits(world.booking(b, "11:00", "11:30"));
    expect(isWin(answer(world, late))).toBe(true);
  });

  it("AD-3.4-3 of equal ranks the first to come wins, and the other ties, even where nothing can be evicted", () => {
    const world = createWorld({ arbitrationMs: 10, bumpWindowSeconds: 0 });
    const [b, b2, c] = [world.agent(2), world.agent(2), world.agent(5)];
    const tickets = [c, b, b2].map((agent) => world.waits(world.booking(agent, "10:00", "10:30")));
    world.advance(10);
    expect(tickets.map((ticket) => answer(world, ticket))).toMatchObject([
      { reason: "outranked", winner: { agentId: b } },
      { booking: { agentId: b } },
      { reason: "tie", winner: { agentId: b } },
    ]);
  });

  it("AD-3.4-1 what cannot win is answered at once", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b, c] = [world.agent(1), world.agent(2), world.agent(5)];
    world.waits(world.booking(b, "10:00", "10:30"));
    world.advance(10);
    expect(world.refused(world.booking(c, "10:00", "10:30"), "outranked").reason).toBe("outranked");
    world.waits(world.booking(a, "10:00", "10:30"));
    world.hold(a, "12:00", "12:30");
    expect(world.refused(world.booking(b, "12:00", "12:30"), "outranked").reason).toBe("held");
    world.rules({ maxDurationMin: 30 });
    world.refused(world.booking(a, "13:00", "14:00"), "rule_violation");
  });

  it("AD-3.4-2 later arrivals do not extend a group, and a merged one keeps the earliest end", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b, c] = [world.agent(1), world.agent(2), world.agent(5)];
    const first = world.waits(world.booking(b, "10:00", "10:30"));
    world.advance(6);
    const second = world.waits(world.booking(c, "10:30", "11:00"));
    world.advance(3);
    // Overlaps both, so that all three are decided together.
    const bridge = world.waits(world.booking(a, "10:15", "10:45"));
    const apart = world.waits(world.booking(a, "15:00", "15:30"));
    expect(world.answers.size).toBe(0);
    world.advance(1);
    expect([first, second, bridge].map((ticket) => isWin(answer(world, ticket)))).toEqual([
      false,
      false,
      true,
    ]);
    expect(world.answers.has(apart)).toBe(false);
    world.advance(9);
    expect(isWin(answer(world, apart))).toBe(true);
  });

  it("AD-3.4-3 members that only share a group through a third both win when it loses", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b, c] = [world.agent(1), world.agent(2), world.agent(5)];
    const tickets = [
      world.waits(world.booking(a, "10:00", "10:30")),
      world.waits(world.booking(b, "10:30", "11:00")),
      world.waits(world.booking(c, "10:15", "10:45")),
    ];
    world.advance(10);
    expect(tickets.map((ticket) => isWin(answer(world, ticket)))).toEqual([true, true, false]);
  });

  it("AD-3.4-4 holds, releases and cancels do not wait", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [b, c] = [world.agent(2), world.agent(5)];
    const ticket = world.waits(world.booking(c, "10:00", "10:30"));
    const { bookingId } = world.hold(b, "10:00", "10:30").booking;
    world.advance(10);
    expect(answer(world, ticket)).toMatchObject({ reason: "held", winner: { bookingId } });
    world.ok({ type: "releaseHold", agentId: b, bookingId });
  });

  it("AD-3.4-5 a caller that goes away does not withdraw its commit", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b] = [world.agent(1), world.agent(2)];
    world.cancel(world.waits(world.booking(a, "10:00", "10:30")));
    const loser = world.waits(world.booking(b, "10:00", "10:30"));
    world.advance(10);
    expect(answer(world, loser)).toMatchObject({ winner: { agentId: a } });
  });

  it("AD-3.4-now all of a group happens at one time", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b] = [world.agent(1), world.agent(2)];
    world.waits(world.booking(a, "10:00", "10:30"));
    world.advance(4);
    world.waits(world.booking(b, "10:00", "11:00"));
    world.types();
    world.advance(6);
    const times = world.events.slice(-2).map(({ type, at }) => [type, at]);
    expect(times).toEqual([
      ["booking.committed", "2030-01-07T08:00:00.010000+00:00"],
      ["booking.rejected", "2030-01-07T08:00:00.010000+00:00"],
    ]);
  });

  it("AD-3.4-revoked an agent that is revoked while its commit waits gets nothing", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, b] = [world.agent(1), world.agent(2)];
    const revoked = world.waits(world.booking(a, "10:00", "10:30"));
    const other = world.waits(world.booking(b, "10:00", "10:30"));
    world.ok({ type: "revokeAgent", userId: world.owner, agentId: a });
    world.advance(10);
    expect(answer(world, revoked)).toMatchObject({ refused: "revoked_api_key" });
    expect(isWin(answer(world, other))).toBe(true);
  });

  it("AD-3.4-pause a window that was open while the process slept stays open as much longer", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, c] = [world.agent(1), world.agent(5)];
    const weak = world.waits(world.booking(c, "10:00", "10:30"));
    world.pause(60_000);
    const strong = world.waits(world.booking(a, "10:00", "10:30"));
    world.advance(10);
    expect([weak, strong].map((ticket) => isWin(answer(world, ticket)))).toEqual([false, true]);
  });

  it("AD-3.4-late a window that ends while the process is busy stays open for those who were not heard", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, c] = [world.agent(1), world.agent(5)];
    const weak = world.waits(world.booking(c, "10:00", "10:30"));
    world.skip(40);
    // The first turn after it.
    world.ok({ type: "getAuditHead", asker: { userId: world.owner } });
    const strong = world.waits(world.booking(a, "10:00", "10:30"));
    world.skip(40);
    // The second time it ends, whoever else may come.
    world.ok({ type: "getAuditHead", asker: { userId: world.owner } });
    expect([weak, strong].map((ticket) => isWin(answer(world, ticket)))).toEqual([false, true]);
  });

  it("AD-3.4-turn a commit of the turn in which the window ends takes part", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const [a, c] = [world.agent(1), world.agent(5)];
    const weak = world.waits(world.booking(c, "10:00", "10:30"));
    world.skip(10);
    const strong = world.waits(world.booking(a, "10:00", "10:30"));
    expect([weak, strong].map((ticket) => isWin(answer(world, ticket)))).toEqual([false, true]);
  });

  it.each([
    ["AD-75 five", 5],
    ["AD-76 twenty", 20],
  ])("%s agents in random order: one 201 in every round, always the strongest's", (_title, count) => {
    const world = createWorld({ arbitrationMs: 10 });
    const agents = Array.from({ length: count }, (_, index) => world.agent(index + 1));
    let round = 0;
    fc.assert(
      fc.property(
        fc.shuffledSubarray(agents, { minLength: count }),
        fc.array(fc.nat(1), { minLength: count, maxLength: count }),
        (order, gaps) => {
          round += 1;
          const start = at("12:00") + round * 1_800_000;
          const tickets = order.map((agent, index) => {
            // All within the window of the first.
            world.advance(index < 9 ? (gaps[index] ?? 0) : 0);
            return world.waits(world.booking(agent, start, start + 1_800_000));
          });
          world.advance(10);
          const winners = order.filter((_, index) => isWin(answer(world, tickets[index] ?? 0)));
          expect(winners).toEqual([agents[0]]);
        },
      ),
      { numRuns: 300, seed: count },
    );
  });

  it("AD-78 without a window to bump or to wait in, the first of a race is the only winner", () => {
    const world = createWorld({ bumpWindowSeconds: 0 });
    const agents = [5, 3, 1, 2, 4].map((priority) => world.agent(priority));
    const replies = agents.map((agent) => world.run(world.booking(agent, "10:00", "10:30")));
    expect(replies.map((reply) => typeof reply === "object" && !isRefusal(reply))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("AD-77 without arbitration the strongest survives, and every other 201 has its eviction", () => {
    const world = createWorld();
    const agents = [5, 3, 4, 1, 2].map((priority) => world.agent(priority));
    const wins = agents.flatMap((agent) => {
      const reply = world.run(world.booking(agent, "10:00", "10:30"));
      return typeof reply === "object" && "booking" in reply && "replayed" in reply ? [reply.booking] : [];
    });
    const evicted = world.events
      .filter(({ type }) => type === "booking.evicted")
      .map(({ resource }) => resource);
    expect(wins.map(({ agentPriority }) => agentPriority)).toEqual([5, 3, 1]);
    expect(evicted).toEqual(wins.slice(0, -1).map(({ bookingId }) => bookingId));
  });
});
