// The decision table: who gets a slot, who loses it, and what each of them is told.
import { describe, expect, it } from "vitest";
import { writtenJson } from "../../src/local/rules/model/written-json.ts";
import { at, createWorld, minute, type World } from "./world.ts";

function crew(settings: Parameters<typeof createWorld>[0] = {}): {
  world: World;
  a: string;
  b: string;
  b2: string;
  c: string;
} {
  const world = createWorld(settings);
  const [a, b, b2, c] = [world.agent(1), world.agent(2), world.agent(2), world.agent(5)];
  world.types();
  return { world, a, b, b2, c };
}

const statusOf = (world: World, bookingId: string): string =>
  world.ok({ type: "getBooking", asker: { userId: world.owner }, bookingId }).booking.status;

describe("commits", () => {
  it("AD-10 a commit of a free slot is committed, without an end, and its event can be found", () => {
    const { world, b } = crew();
    const { booking, replayed, currentStatus } = world.commit(b, "10:00", "10:30");
    expect(booking).toMatchObject({ status: "COMMITTED", expiresAtMs: null, holdId: null, agentPriority: 2 });
    expect({ replayed, currentStatus }).toEqual({ replayed: false, currentStatus: "COMMITTED" });
    expect(world.events.at(-1)).toMatchObject({
      event_id: booking.auditEventId,
      type: "booking.committed",
      resource: booking.bookingId,
      data: { promoted_from_hold: false },
    });
  });

  it("AD-11 a weaker commit is told who won, with the row of its rejection", () => {
    const { world, b, c } = crew();
    const { booking } = world.commit(b, "10:00", "10:30");
    const loss = world.refused(world.booking(c, "10:00", "10:30"), "outranked");
    expect(loss).toMatchObject({
      reason: "outranked",
      yourPriority: 5,
      winner: { bookingId: booking.bookingId, agentId: b, priority: 2, status: "COMMITTED", holdId: null },
    });
    expect(world.events.at(-1)).toMatchObject({
      event_id: loss.auditEventId,
      type: "booking.rejected",
      resource: booking.bookingId,
      data: { reason: "outranked", winning_agent_id: b, winning_agent_priority: 2 },
    });
  });

  it.each([
    ["AD-12 a neighbour is free", "10:30", "11:00", undefined],
    ["AD-13 an overlap at the end is not", "10:25", "10:40", "outranked"],
    ["AD-14 one minute on each side is not", "10:29", "10:31", "outranked"],
  ] as const)("%s", (_title, start, end, refusal) => {
    const { world, b, c } = crew();
    world.commit(b, "10:00", "10:30");
    const command = world.booking(c, start, end);
    if (refusal === undefined) {
      world.ok(command);
    } else {
      world.refused(command, refusal);
    }
  });

  it("AD-15 two bookings do not share five minutes, however short they are", () => {
    const { world, b, c } = crew();
    world.commit(b, "10:02", "10:04");
    world.refused(world.booking(c, "10:04", "10:06"), "outranked");
    world.ok(world.booking(c, "10:05", "10:06"));
  });

  it.each([
    ["AD-16a an empty time", "10:00", "10:00", "end"],
    ["AD-16b an end before the start", "10:30", "10:00", "end"],
    ["AD-18 more than 8 hours", "10:00", "18:05", "end"],
    ["AD-2.3-past a time that is over", "07:00", "08:00", "end"],
  ] as const)("%s is refused as malformed", (_title, start, end, field) => {
    const { world, b } = crew();
    expect(world.refused(world.booking(b, start, end), "invalid_request").field).toBe(field);
  });

  it("AD-18 exactly 8 hours are accepted", () => {
    const { world, b } = crew();
    world.ok(world.booking(b, "10:00", "18:00"));
  });

  it("AD-2.3-far a start beyond 366 days is refused, at it accepted", () => {
    const { world, b } = crew();
    const far = world.now.wall + 366 * 86_400_000;
    world.refused(world.booking(b, far + 1, far + minute), "invalid_request");
    world.ok(world.booking(b, far, far + minute));
  });

  it("AD-20 calendars of other people are independent", () => {
    const { world, b } = crew();
    const other = world.agent(5, { userId: world.person("other@example.com") });
    const { booking } = world.commit(b, "10:00", "10:30");
    world.ok(world.booking(other, "10:00", "10:30"));
    world.refused(
      { type: "getBooking", asker: { agentId: other }, bookingId: booking.bookingId },
      "not_found",
    );
    world.refused({ type: "cancelBooking", agentId: other, bookingId: booking.bookingId }, "not_found");
  });

  it("AD-21 a buffer after a booking keeps others away, and no longer", () => {
    const { world, b, c } = crew();
    world.commit(b, "10:00", "10:30", { bufferAfterMin: 15 });
    world.refused(world.booking(c, "10:30", "11:00"), "outranked");
    world.ok(world.booking(c, "10:45", "11:15"));
  });

  it("AD-22 a buffer before the later booking alone does so as well", () => {
    const { world, b, c } = crew();
    world.commit(b, "10:00", "10:30");
    world.refused(world.booking(c, "10:30", "11:00", { bufferBeforeMin: 15 }), "outranked");
    world.ok(world.booking(c, "10:45", "11:15", { bufferBeforeMin: 15 }));
  });
});

describe("the bump window", () => {
  it("AD-24 a stronger commit evicts inside the window, and the chain tells it in that order", () => {
    const { world, a, c } = crew();
    const lost = world.commit(c, "10:00", "10:30").booking;
    world.advance(29_999);
    world.types();
    const won = world.commit(a, "10:00", "10:30").booking;
    expect(world.types()).toEqual(["booking.evicted", "booking.committed"]);
    const { booking } = world.ok({
      type: "getBooking",
      asker: { agentId: c },
      bookingId: lost.bookingId,
    });
    expect(booking).toMatchObject({
      status: "EVICTED",
      evictedBy: { agentId: a, priority: 1, bookingId: won.bookingId, atMs: world.now.wall },
    });
    expect(world.events.at(-2)).toMatchObject({
      resource: lost.bookingId,
      data: { evicted_by_booking_id: won.bookingId, evicted_by_agent_id: a, evicted_by_priority: 1 },
    });
  });

  it("AD-25 at the end of the window the booking is frozen", () => {
    const { world, a, c } = crew();
    world.commit(c, "10:00", "10:30");
    world.advance(30_000);
    expect(world.refused(world.booking(a, "10:00", "10:30"), "outranked")).toMatchObject({
      reason: "frozen",
      winner: { agentId: c, priority: 5 },
    });
  });

  it("AD-26 an equal rank ties", () => {
    const { world, b, b2 } = crew();
    world.commit(b2, "10:00", "10:30");
    expect(world.refused(world.booking(b, "10:00", "10:30"), "outranked").reason).toBe("tie");
  });

  it("AD-27 a weaker commit does not get in, within the window or after it", () => {
    const { world, b, c } = crew();
    world.commit(b, "10:00", "10:30");
    const reason = (): string => world.refused(world.booking(c, "10:00", "10:30"), "outranked").reason;
    expect(reason()).toBe("outranked");
    world.advance(30_000);
    expect(reason()).toBe("frozen");
  });

  it("AD-28 evictions chain, each within the window of the one before", () => {
    const { world, a, b, c } = crew();
    world.commit(c, "10:00", "10:30");
    world.advance(20_000);
    world.commit(b, "10:00", "10:30");
    world.advance(20_000);
    world.commit(a, "10:00", "10:30");
    expect(world.refused(world.booking(c, "10:00", "10:30"), "outranked").winner.agentId).toBe(a);
  });

  it("AD-29 a commit that cannot displace all displaces none, and is told the strongest that stays", () => {
    const { world, a, b, c } = crew();
    world.commit(b, "10:30", "11:00", { bumpWindowSeconds: 0 });
    const warm = world.commit(c, "10:00", "10:30").booking;
    expect(world.refused(world.booking(a, "10:00", "11:00"), "outranked")).toMatchObject({
      reason: "frozen",
      winner: { agentId: b },
    });
    expect(statusOf(world, warm.bookingId)).toBe("COMMITTED");
  });

  it("AD-30 an evicted booking frees all of its time", () => {
    const { world, a, b2, c } = crew();
    world.commit(c, "10:00", "12:00");
    world.commit(a, "10:30", "11:00");
    world.ok(world.booking(b2, "10:00", "10:30"));
    world.ok(world.booking(b2, "11:00", "12:00"));
  });

  it("AD-31 a window of 0 freezes at once", () => {
    const { world, a, c } = crew();
    world.commit(c, "10:00", "10:30", { bumpWindowSeconds: 0 });
    expect(world.refused(world.booking(a, "10:00", "10:30"), "outranked").reason).toBe("frozen");
  });

  it("AD-32 a window of its own holds for that booking only", () => {
    const { world, a, c } = crew();
    world.commit(c, "10:00", "10:30", { bumpWindowSeconds: 100 });
    world.commit(c, "11:00", "11:30");
    world.advance(60_000);
    world.ok(world.booking(a, "10:00", "10:30"));
    expect(world.refused(world.booking(a, "11:00", "11:30"), "outranked").reason).toBe("frozen");
  });

  it("AD-33 the rank of a booking is the one it was made with", () => {
    const { world, b, c } = crew();
    world.commit(c, "10:00", "10:30");
    world.ok({ type: "updateAgent", userId: world.owner, agentId: c, priority: 1 });
    world.ok(world.booking(b, "10:00", "10:30"));
  });

  it("AD-3.2-own an agent does not displace its own booking", () => {
    const { world, b } = crew();
    world.commit(b, "10:00", "10:30");
    expect(world.refused(world.booking(b, "10:15", "10:45"), "outranked").reason).toBe("own_booking");
    const hold = world.booking(b, "10:15", "10:45", { mode: "hold" });
    expect(world.refused(hold, "outranked").reason).toBe("own_booking");
  });

  it("AD-3.2-winner of equal blockers the oldest is reported, then the lowest id", () => {
    const { world, a, b, b2 } = crew({ bumpWindowSeconds: 0 });
    const late = world.commit(b, "10:30", "11:00").booking.bookingId;
    const same = world.commit(b2, "10:00", "10:30").booking.bookingId;
    const winner = (): string =>
      world.refused(world.booking(a, "10:00", "11:00"), "outranked").winner.bookingId;
    expect(winner()).toBe([late, same].sort()[0]);
    world.ok({ type: "cancelBooking", agentId: b, bookingId: late });
    world.advance(1_000);
    world.commit(b, "10:30", "11:00");
    expect(winner()).toBe(same);
    world.ok({ type: "cancelBooking", agentId: b2, bookingId: same });
    world.advance(1_000);
    const newest = world.commit(b2, "10:00", "10:30").booking.bookingId;
    expect(winner()).not.toBe(newest);
  });
});

describe("holds", () => {
  it("AD-34 a hold lives as long as it says, under the id of the booking", () => {
    const { world, b } = crew();
    const { booking } = world.hold(b, "10:00", "10:30");
    expect(booking).toMatchObject({
      status: "HOLD",
      holdId: booking.bookingId,
      expiresAtMs: booking.createdAtMs + 30_000,
      committedAtMs: null,
    });
  });

  it.each([
    ["AD-35 a stronger commit displaces a hold", 5, 2],
    ["AD-36 a commit of the same rank does so too", 2, 2],
  ] as const)("%s", (_title, holder, taker) => {
    const world = createWorld();
    const [first, second] = [world.agent(holder), world.agent(taker)];
    const held = world.hold(first, "10:00", "10:30").booking;
    world.types();
    world.commit(second, "10:00", "10:30");
    expect(world.types()).toEqual(["hold.invalidated", "booking.committed"]);
    expect(statusOf(world, held.bookingId)).toBe("INVALIDATED");
  });

  it("AD-37 a weaker commit loses to a hold, which is named as the winner", () => {
    const { world, a, b } = crew();
    const { bookingId } = world.hold(a, "10:00", "10:30").booking;
    expect(world.refused(world.booking(b, "10:00", "10:30"), "outranked")).toMatchObject({
      reason: "held",
      winner: { bookingId, holdId: bookingId, agentId: a, status: "HOLD" },
    });
  });

  it("AD-38 at its end a hold is gone, with one event of that time, before whatever depends on it", () => {
    const { world, a, b } = crew();
    const held = world.hold(a, "10:00", "10:30").booking;
    world.advance(29_999);
    world.refused(world.booking(b, "10:00", "10:30"), "outranked");
    world.types();
    // Nobody looks at the moment itself.
    world.skip(2_501);
    world.commit(b, "10:00", "10:30");
    expect(world.types()).toEqual(["hold.expired", "booking.committed"]);
    expect(world.events.at(-2)?.at).toBe("2030-01-07T08:00:30+00:00");
    expect(statusOf(world, held.bookingId)).toBe("EXPIRED");
  });

  it("AD-39 a commit of the own hold keeps its id and what it said; the window counts from the commit", () => {
    const { world, a } = crew();
    const held = world.hold(a, "10:00", "10:30", {
      title: "Planning",
      invitee: writtenJson('{"name":"Zo\\u00eb"}'),
      metadata: writtenJson('{"n":1.0}'),
    }).booking;
    world.advance(10_000);
    world.types();
    const { booking } = world.commit(a, "10:00", "10:30");
    expect(booking).toMatchObject({
      bookingId: held.bookingId,
      status: "COMMITTED",
      holdId: null,
      title: "Planning",
      invitee: '{"name":"Zo\\u00eb"}',
      metadata: '{"n":1.0}',
      expiresAtMs: null,
      createdAtMs: held.createdAtMs,
      committedAtMs: world.now.wall,
      bumpWindowEndsAtMs: world.now.wall + 30_000,
    });
    expect(world.types()).toEqual(["booking.committed"]);
    expect(world.events.at(-1)?.data).toMatchObject({ promoted_from_hold: true });
    // The end of the hold does not end the booking.
    world.advance(60_000);
    expect(statusOf(world, held.bookingId)).toBe("COMMITTED");
  });

  it("AD-3.2-fields what the commit says itself wins over the hold", () => {
    const { world, a } = crew();
    world.hold(a, "10:00", "10:30", { title: "Old", metadata: writtenJson("{}") });
    const { booking } = world.commit(a, "10:00", "10:30", { title: "New" });
    expect(booking).toMatchObject({ title: "New", metadata: "{}" });
  });

  it("AD-3.2-wider buffers of the commit are checked beyond those of the hold", () => {
    const { world, a, c } = crew({ bumpWindowSeconds: 0 });
    world.hold(a, "10:00", "10:30");
    world.commit(c, "10:30", "11:00");
    world.refused(world.booking(a, "10:00", "10:30", { bufferAfterMin: 5 }), "outranked");
    const { booking } = world.commit(a, "10:00", "10:30", { bufferBeforeMin: 10 });
    expect(booking.bufferBeforeMin).toBe(10);
    world.refused(world.booking(c, "09:30", "10:00"), "outranked");
  });

  it("AD-40 a commit that only overlaps the own hold consumes it, and has an id of its own", () => {
    const { world, a } = crew();
    const held = world.hold(a, "10:00", "10:30").booking;
    const { booking } = world.commit(a, "10:00", "11:00");
    expect(booking.bookingId).not.toBe(held.bookingId);
    expect(statusOf(world, held.bookingId)).toBe("CONSUMED");
  });

  it("AD-41 after the own hold has ended a commit is an ordinary one", () => {
    const { world, a } = crew();
    const held = world.hold(a, "10:00", "10:30").booking;
    world.advance(30_000);
    expect(world.commit(a, "10:00", "10:30").booking.bookingId).not.toBe(held.bookingId);
  });

  it("AD-42 a stronger hold displaces a weaker one, and not the other way round", () => {
    const { world, b, c } = crew();
    const held = world.hold(c, "10:00", "10:30").booking;
    world.hold(b, "10:00", "10:30");
    expect(statusOf(world, held.bookingId)).toBe("INVALIDATED");
    const again = world.booking(c, "10:00", "10:30", { mode: "hold" });
    expect(world.refused(again, "outranked").reason).toBe("held");
    expect(world.events.at(-1)?.type).toBe("hold.rejected");
  });

  it("AD-43 a hold of the same rank stays", () => {
    const { world, b, b2 } = crew();
    world.hold(b, "10:00", "10:30");
    world.refused(world.booking(b2, "10:00", "10:30", { mode: "hold" }), "outranked");
  });

  it("AD-44 a hold never evicts a commit", () => {
    const { world, a, c } = crew();
    world.commit(c, "10:00", "10:30");
    const hold = (): unknown =>
      world.refused(world.booking(a, "10:00", "10:30", { mode: "hold" }), "outranked");
    expect(hold()).toMatchObject({ reason: "outranked" });
    world.advance(30_000);
    expect(hold()).toMatchObject({ reason: "frozen" });
  });

  it("AD-45 release frees the slot at once; again it changes nothing; only the owner of a hold may", () => {
    const { world, b, c } = crew();
    const { bookingId } = world.hold(b, "10:00", "10:30").booking;
    world.refused({ type: "releaseHold", agentId: c, bookingId }, "not_owner");
    world.refused({ type: "releaseHold", agentId: c, bookingId: "bkg_unknown" }, "not_found");
    const ended = world.ok({ type: "releaseHold", agentId: b, bookingId });
    expect(ended).toMatchObject({ bookingId, isHold: true, status: "RELEASED" });
    expect(world.events.at(-1)).toMatchObject({ type: "hold.released", event_id: ended.auditEventId });
    const { booking } = world.commit(c, "10:00", "10:30");
    world.types();
    expect(world.ok({ type: "releaseHold", agentId: b, bookingId })).toMatchObject({
      status: "RELEASED",
      auditEventId: null,
    });
    world.refused({ type: "releaseHold", agentId: c, bookingId: booking.bookingId }, "not_a_hold");
    expect(world.types()).toEqual([]);
  });

  it("AD-46 a second overlapping hold of the same agent is refused, and the first lives no longer for it", () => {
    const { world, b } = crew();
    const { bookingId } = world.hold(b, "10:00", "10:30").booking;
    world.advance(20_000);
    const again = world.booking(b, "10:00", "10:30", { mode: "hold" });
    expect(world.refused(again, "outranked")).toMatchObject({ reason: "held", winner: { agentId: b } });
    world.advance(10_000);
    expect(statusOf(world, bookingId)).toBe("EXPIRED");
  });
});

describe("cancelling", () => {
  it("AD-48 the owner's cancel frees the slot at once", () => {
    const { world, b, c } = crew();
    const { bookingId } = world.commit(b, "10:00", "10:30").booking;
    expect(world.ok({ type: "cancelBooking", agentId: b, bookingId })).toMatchObject({ status: "CANCELLED" });
    world.ok(world.booking(c, "10:00", "10:30"));
  });

  it("AD-49 nobody else may, and nothing changes", () => {
    const { world, a, b } = crew();
    const { bookingId } = world.commit(b, "10:00", "10:30").booking;
    world.types();
    world.refused({ type: "cancelBooking", agentId: a, bookingId }, "not_owner");
    expect(statusOf(world, bookingId)).toBe("COMMITTED");
    expect(world.types()).toEqual([]);
  });

  it("AD-50 an evicted booking stays evicted", () => {
    const { world, a, c } = crew();
    const { bookingId } = world.commit(c, "10:00", "10:30").booking;
    world.commit(a, "10:00", "10:30");
    expect(world.ok({ type: "cancelBooking", agentId: c, bookingId })).toMatchObject({
      status: "EVICTED",
      auditEventId: null,
    });
  });

  it("AD-51 a frozen booking can be cancelled by its owner", () => {
    const { world, c } = crew();
    const { bookingId } = world.commit(c, "10:00", "10:30").booking;
    world.advance(31_000);
    expect(world.ok({ type: "cancelBooking", agentId: c, bookingId }).status).toBe("CANCELLED");
  });

  it("AD-2.4-hold cancelling a live hold releases it", () => {
    const { world, c } = crew();
    const { bookingId } = world.hold(c, "10:00", "10:30").booking;
    expect(world.ok({ type: "cancelBooking", agentId: c, bookingId })).toMatchObject({
      isHold: true,
      status: "RELEASED",
    });
  });
});

describe("reading", () => {
  it("AD-2.4-private what an agent noted with a booking is not for the others", () => {
    const { world, b, c } = crew();
    const { bookingId } = world.commit(b, "10:00", "10:30", {
      metadata: writtenJson('{"k":1}'),
      title: "T",
    }).booking;
    const seenBy = (agentId: string): unknown =>
      world.ok({ type: "getBooking", asker: { agentId }, bookingId }).booking;
    expect(seenBy(b)).toMatchObject({ metadata: '{"k":1}', title: "T" });
    expect(seenBy(c)).toMatchObject({ metadata: null, title: "T" });
  });

  it("AD-2.4-list bookings come oldest first, by page and by status", () => {
    const { world, b } = crew();
    const made = ["10:00", "11:00", "12:00"].map(
      (start) => world.commit(b, start, at(start) + minute).booking.bookingId,
    );
    const [first = ""] = made;
    world.ok({ type: "cancelBooking", agentId: b, bookingId: first });
    const list = (more: object): { items: readonly { bookingId: string }[]; nextCursor: string | null } =>
      world.ok({
        type: "listBookings",
        asker: { agentId: b },
        status: null,
        fromMs: null,
        toMs: null,
        cursor: null,
        limit: 100,
        ...more,
      });
    const ids = (page: ReturnType<typeof list>): string[] => page.items.map(({ bookingId }) => bookingId);
    expect(ids(list({}))).toEqual(made);
    expect(ids(list({ status: "COMMITTED" }))).toEqual(made.slice(1));
    expect(ids(list({ fromMs: at("11:00"), toMs: at("12:00") }))).toEqual([made[1]]);
    expect(ids(list({ fromMs: at("11:00") + minute }))).toEqual([made[2]]);
    const page = list({ limit: 2 });
    expect(ids(page)).toEqual(made.slice(0, 2));
    expect(ids(list({ cursor: page.nextCursor }))).toEqual(made.slice(2));
    expect(list({}).nextCursor).toBeNull();
  });
});
