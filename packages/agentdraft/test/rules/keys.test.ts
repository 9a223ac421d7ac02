// Idempotency keys: what repeats, what does not, and for how long.
import { describe, expect, it } from "vitest";
import type { Created } from "../../src/local/rules/model/commands.ts";
import { writtenJson } from "../../src/local/rules/model/written-json.ts";
import { createWorld, hour, minute } from "./world.ts";

describe("idempotency keys", () => {
  it("AD-53 the same request answers the same booking, and nothing is written again", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const first = world.commit(agent, "10:00", "10:30", { idempotencyKey: "k" });
    world.types();
    const again = world.commit(agent, "10:00", "10:30", { idempotencyKey: "k" });
    expect(again).toEqual({ booking: first.booking, replayed: true, currentStatus: "COMMITTED" });
    expect(world.types()).toEqual([]);
  });

  it("AD-3.5-defaults what is absent equals its default, and JSON equals JSON however it is written", () => {
    const world = createWorld();
    const first = world.booking(world.agent(2), "10:00", "10:30", { idempotencyKey: "k" });
    world.ok(first);
    expect(world.ok({ ...first, metadata: writtenJson("{}") }).replayed).toBe(true);
    const second = { ...first, idempotencyKey: "l", startMs: first.endMs, endMs: first.endMs + minute };
    const bookingId = world.id("bkg");
    world.ok({ ...second, bookingId, metadata: writtenJson('{"b":1.10,"a":1E2}') });
    expect(world.ok({ ...second, metadata: writtenJson('{"a":100.0,"b":1.1}') }).booking.bookingId).toBe(
      bookingId,
    );
  });

  it.each([
    ["another start", { startMs: 1 }],
    ["another title", { title: "x" }],
    ["another buffer", { bufferAfterMin: 5 }],
    ["other metadata", { metadata: writtenJson('{"a":1}') }],
    ["an invitee", { invitee: writtenJson('{"a":1}') }],
    ["a window of its own", { bumpWindowSeconds: 30 }],
    ["a meeting link", { conferencing: { url: null, provider: null, status: "no_provider" } }],
  ] as const)("AD-55 %s under the same key is a mismatch", (_title, more) => {
    const world = createWorld();
    const agent = world.agent(2);
    const first = world.booking(agent, "10:00", "10:30", { idempotencyKey: "k" });
    world.ok(first);
    const startMs = first.startMs + ("startMs" in more ? more.startMs : 0);
    world.refused({ ...first, ...more, startMs }, "idempotency_mismatch");
  });

  it("AD-56 keys of different agents do not meet", () => {
    const world = createWorld();
    world.commit(world.agent(2), "10:00", "10:30", { idempotencyKey: "k" });
    expect(world.commit(world.agent(2), "11:00", "11:30", { idempotencyKey: "k" }).replayed).toBe(false);
  });

  it("AD-57 nor do those of holds and commits", () => {
    const world = createWorld();
    const agent = world.agent(2);
    world.hold(agent, "10:00", "10:30", { idempotencyKey: "k" });
    expect(world.commit(agent, "11:00", "11:30", { idempotencyKey: "k" }).replayed).toBe(false);
  });

  it("AD-58 a key is kept for 24 hours, and not a moment longer", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const start = world.now.wall + 48 * hour;
    const command = world.booking(agent, start, start + hour, { idempotencyKey: "k" });
    const { booking } = world.ok(command);
    world.advance(24 * hour - 1);
    expect(world.ok({ ...command, bookingId: world.id("bkg") }).replayed).toBe(true);
    world.advance(1);
    world.ok({ type: "cancelBooking", agentId: agent, bookingId: booking.bookingId });
    expect(world.ok({ ...command, bookingId: world.id("bkg") }).replayed).toBe(false);
  });

  it("AD-3.5-memory keys that are too old are let go of", () => {
    const world = createWorld();
    const agent = world.agent(2);
    for (let index = 0; index < 20; index += 1) {
      const start = world.now.wall + hour;
      world.commit(agent, start, start + hour, { idempotencyKey: `k${index}` });
      world.advance(5 * hour);
    }
    expect(world.state.keys.size).toBe(5);
    world.expectReplayEqual();
  });

  it("AD-59 a loss burns no key", () => {
    const world = createWorld();
    const [b, c] = [world.agent(2), world.agent(5)];
    const { bookingId } = world.commit(b, "10:00", "10:30").booking;
    const command = world.booking(c, "10:00", "10:30", { idempotencyKey: "k" });
    world.refused(command, "outranked");
    world.ok({ type: "cancelBooking", agentId: b, bookingId });
    expect(world.ok(command).replayed).toBe(false);
  });

  it("AD-52 after a cancel the key still answers the first body, and says how things stand", () => {
    const world = createWorld();
    const [agent, other] = [world.agent(2), world.agent(5)];
    const first = world.commit(agent, "10:00", "10:30", { idempotencyKey: "k" });
    world.ok({ type: "cancelBooking", agentId: agent, bookingId: first.booking.bookingId });
    const again = world.commit(agent, "10:00", "10:30", { idempotencyKey: "k" });
    expect(again).toEqual({ booking: first.booking, replayed: true, currentStatus: "CANCELLED" });
    expect(again.booking.status).toBe("COMMITTED");
    world.ok(world.booking(other, "10:00", "10:30"));
  });

  it("AD-3.3-order a repeat is answered though its time is over by now", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const command = world.booking(agent, "10:00", "10:30", { idempotencyKey: "k" });
    world.ok(command);
    world.advance(4 * hour);
    expect(world.ok(command).replayed).toBe(true);
  });

  it("AD-61 a restart keeps keys, from the records and from a snapshot", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const command = world.booking(agent, "10:00", "10:30", { idempotencyKey: "k" });
    const { booking } = world.ok(command);
    world.restart();
    expect(world.ok({ ...command, bookingId: world.id("bkg") }).booking.bookingId).toBe(booking.bookingId);
    world.takeSnapshot();
    world.restart();
    expect(world.ok({ ...command, bookingId: world.id("bkg") }).booking.bookingId).toBe(booking.bookingId);
  });

  it("AD-54 twenty equal requests in the window get one answer", () => {
    const world = createWorld({ arbitrationMs: 10 });
    const agent = world.agent(2);
    const command = world.booking(agent, "10:00", "10:30", { idempotencyKey: "k" });
    const tickets = Array.from({ length: 20 }, () => world.waits({ ...command, bookingId: world.id("bkg") }));
    world.refused({ ...command, title: "other" }, "idempotency_mismatch");
    world.advance(10);
    const ids = tickets.map((ticket) => (world.answers.get(ticket) as Created).booking.bookingId);
    expect(new Set(ids).size).toBe(1);
    expect(world.ok({ ...command, bookingId: world.id("bkg") }).replayed).toBe(true);
  });
});
