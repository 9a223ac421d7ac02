import { startFaultProxy, trackLeaks } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AuthError, Conflict, InvalidRequest, NotFound, NotOwner, RuleViolation } from "../../src/index.ts";
import { at } from "../http/fixture.ts";
import { startClients } from "./fixture.ts";

const slot = { start: at("10:00"), end: at("10:30") };

describe("agents", () => {
  it("AD-9 tells rank, scopes and zone of the key", async () => {
    await using clients = await startClients();
    const { client, agent } = await clients.agent(2, { scopes: ["bookings:write"] });
    expect(await client.agents.me()).toMatchObject({
      agentId: agent.agentId,
      userId: clients.owner.userId,
      priority: 2,
      scopes: ["bookings:write"],
      timezone: "UTC",
      requiresConsent: false,
      mailboxAddress: expect.stringContaining("@agents.localhost"),
    });
    await clients.owner.send("PUT", "/v1/dashboard/rules", { timezone: "Europe/Berlin" });
    expect((await client.agents.me()).timezone).toBe("Europe/Berlin");
  });

  it("AD-4 AD-2 says why a key is refused", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2, { scopes: ["availability:read"] });
    const forbidden: unknown = await client.bookings.commit(slot).catch((thrown) => thrown);
    expect(forbidden).toBeInstanceOf(AuthError);
    expect(forbidden).toMatchObject({ status: 403, body: { required_scope: "bookings:write" } });
    const stranger = clients.connect({ apiKey: `avs_live_${"x".repeat(32)}` });
    await expect(stranger.agents.me()).rejects.toMatchObject({ name: "AuthError", code: "invalid_api_key" });
  });
});

describe("bookings", () => {
  it("AD-10 AD-19 commits a slot, and answers all that is known of it", async () => {
    await using _leaks = trackLeaks();
    await using clients = await startClients();
    const { client, agent } = await clients.agent(2);
    const booking = await client.bookings.commit({
      start: new Date(slot.start),
      end: slot.end,
      title: "Erstgespräch ☃",
      metadata: { title: "other", snake_case: { keptAsIs: [1] } },
      invitee: { name: "Zoë", email: "z@example.com", favourite_colour: "blue" },
    });
    expect(booking).toMatchObject({
      status: "COMMITTED",
      start: new Date(slot.start),
      end: new Date(slot.end),
      expiresAt: null,
      title: "Erstgespräch ☃",
      metadata: { title: "other", snake_case: { keptAsIs: [1] } },
      invitee: { name: "Zoë", email: "z@example.com", favourite_colour: "blue" },
      agentId: agent.agentId,
      agentPriority: 2,
      holdId: null,
      conferencingStatus: null,
    });
    expect(booking.bookingId).toMatch(/^bkg_/);
    expect(booking.bumpWindowEndsAt?.getTime()).toBe((booking.committedAt?.getTime() ?? 0) + 30_000);
    expect(await client.audit.get(booking.auditEventId ?? "")).toMatchObject({
      type: "booking.committed",
      resource: booking.bookingId,
    });
    expect((await client.bookings.get(booking.bookingId)).status).toBe("COMMITTED");
  });

  it("AD-11 tells the loser who won, by which rank, and what is free instead", async () => {
    await using clients = await startClients();
    const b = await clients.agent(2);
    const c = await clients.agent(5);
    const won = await b.client.bookings.commit(slot);
    const error: unknown = await c.client.bookings.commit(slot).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Conflict);
    expect(error).toMatchObject({
      code: "outranked",
      reason: "outranked",
      status: 409,
      attempts: 1,
      winningAgentId: b.agent.agentId,
      winningAgentPriority: 2,
      winningBookingId: won.bookingId,
      yourPriority: 5,
    });
    const { auditEventId, alternatives } = error as Conflict;
    expect((await c.client.audit.get(auditEventId ?? "")).type).toBe("booking.rejected");
    expect(alternatives[0]?.start).toBeInstanceOf(Date);
  });

  it("AD-23 asks for a meeting link only where it is wanted", async () => {
    await using clients = await startClients({ conferencingBaseUrl: "https://meet.example.com" });
    const { client } = await clients.agent(1);
    const booking = await client.bookings.commit({ ...slot, withConferencing: true });
    expect(booking).toMatchObject({ conferencingStatus: "attached", conferencingProvider: "jitsi" });
    expect(booking.conferencingUrl).toMatch(/^https:\/\/meet\.example\.com\/agentdraft-/);
  });

  it("AD-24 AD-50 the loser of its slot reads by whom, and may cancel what is gone", async () => {
    await using clients = await startClients();
    const a = await clients.agent(1);
    const c = await clients.agent(5);
    const { bookingId } = await c.client.bookings.commit(slot);
    const winner = await a.client.bookings.commit(slot);
    expect(await c.client.bookings.get(bookingId)).toMatchObject({
      status: "EVICTED",
      evictedBy: { agentId: a.agent.agentId, priority: 1, bookingId: winner.bookingId },
    });
    expect((await c.client.bookings.cancel(bookingId)).status).toBe("EVICTED");
  });

  it("AD-34 AD-39 AD-45 holds, takes the hold over, and releases", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2);
    const other = await clients.agent(2);
    const hold = await client.bookings.hold({ ...slot, title: "kept" });
    expect(hold).toMatchObject({ status: "HOLD", holdId: hold.bookingId, bumpWindowEndsAt: null });
    expect(hold.expiresAt?.getTime()).toBe((hold.createdAt?.getTime() ?? 0) + 30_000);
    await expect(other.client.bookings.release(hold.bookingId)).rejects.toBeInstanceOf(NotOwner);
    const booking = await client.bookings.commit(slot);
    expect(booking).toMatchObject({ bookingId: hold.bookingId, status: "COMMITTED", title: "kept" });
    const refused: unknown = await client.bookings.release(hold.bookingId).catch((thrown) => thrown);
    expect(refused).toBeInstanceOf(InvalidRequest);
    expect(refused).toMatchObject({ code: "not_a_hold" });
    const second = await client.bookings.hold({ start: at("12:00"), end: at("12:30") });
    const released = await client.bookings.release(second.bookingId);
    expect(released).toMatchObject({ bookingId: second.bookingId, status: "RELEASED" });
    expect((await client.bookings.release(second.bookingId)).status).toBe("RELEASED");
    await expect(client.bookings.release("bkg_unknown")).rejects.toBeInstanceOf(NotFound);
  });

  it("AD-48 AD-49 the owner of a booking frees its slot, and nobody else", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2);
    const other = await clients.agent(1);
    const { bookingId } = await client.bookings.commit(slot);
    await expect(other.client.bookings.cancel(bookingId)).rejects.toMatchObject({
      code: "not_owner",
      status: 403,
    });
    expect(await client.bookings.cancel(bookingId)).toMatchObject({ bookingId, status: "CANCELLED" });
    await other.client.bookings.commit(slot);
  });

  it("AD-53 the same key gives the same booking", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2);
    const one = await client.bookings.commit({ ...slot, idempotencyKey: "ik_call_42" });
    const two = await client.bookings.commit({ ...slot, idempotencyKey: "ik_call_42" });
    expect(two.bookingId).toBe(one.bookingId);
    await expect(
      client.bookings.commit({ ...slot, start: at("10:05"), idempotencyKey: "ik_call_42" }),
    ).rejects.toMatchObject({ code: "idempotency_mismatch", status: 400 });
  });

  it("AD-62 a commit whose answer was lost is the same booking after the repeat", async () => {
    await using clients = await startClients();
    await using proxy = await startFaultProxy({ port: clients.draft.server.port });
    let attempts = 0;
    const { agent, client } = await clients.agent(
      2,
      {},
      {
        baseUrl: `http://127.0.0.1:${proxy.port}`,
        hooks: {
          onAttempt: ({ attempt, operation }) => {
            attempts = attempt;
            proxy.setFault(
              attempt === 1 && operation === "bookings.commit"
                ? { kind: "cut", direction: "to-client", afterBytes: 0 }
                : { kind: "none" },
            );
          },
        },
      },
    );
    const booking = await client.bookings.commit(slot);
    expect(attempts).toBe(2);
    const { items } = await client.bookings.list();
    expect(items.map(({ bookingId, agentId }) => [bookingId, agentId])).toEqual([
      [booking.bookingId, agent.agentId],
    ]);
  });

  it("AD-63 names the rule that forbids it", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    await clients.owner.send("PUT", "/v1/dashboard/rules", { max_duration_min: 15 });
    const error: unknown = await client.bookings.commit(slot).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RuleViolation);
    expect(error).toMatchObject({ rule: "max_duration", status: 422, attempts: 1 });
  });

  it("AD-16 refuses times that say nothing, before anything is sent", async () => {
    await using clients = await startClients();
    const attempts: string[] = [];
    const { client } = await clients.agent(
      1,
      {},
      { hooks: { onAttempt: ({ operation }) => attempts.push(operation) } },
    );
    for (const start of ["2030-01-07T10:00:00", "tomorrow", "2030-02-30T10:00:00Z", new Date(Number.NaN)]) {
      await expect(client.bookings.commit({ start, end: slot.end })).rejects.toMatchObject({
        code: "invalid_time",
      });
    }
    expect(attempts).toEqual([]);
    await expect(client.bookings.commit({ start: slot.end, end: slot.start })).rejects.toBeInstanceOf(
      InvalidRequest,
    );
  });

  it("AD-2.4-list lists by page, status and time", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    for (const hour of ["08", "09", "10"]) {
      await client.bookings.commit({ start: at(`${hour}:00`), end: at(`${hour}:30`) });
    }
    const first = await client.bookings.list({ limit: 2 });
    expect(first.items).toHaveLength(2);
    const second = await client.bookings.list({ limit: 2, cursor: first.nextCursor ?? "" });
    expect(second).toMatchObject({ items: [{ start: new Date(at("10:00")) }], nextCursor: null });
    expect((await client.bookings.list({ status: "CANCELLED" })).items).toEqual([]);
    expect((await client.bookings.list({ from: at("09:45") })).items).toHaveLength(1);
  });
});

describe("commitOrNext", () => {
  it("AD-16-next takes the next slot that the refusal names", async () => {
    await using clients = await startClients();
    const a = await clients.agent(1);
    const c = await clients.agent(5);
    await a.client.bookings.commit(slot);
    const booking = await c.client.bookings.commitOrNext({ ...slot, idempotencyKey: "ik_1" });
    expect(booking.status).toBe("COMMITTED");
    expect(booking.start).not.toEqual(new Date(slot.start));
    // By now other slots are free, so a repeat of the whole cannot find the same one: refused, rather than booked twice.
    await expect(c.client.bookings.commitOrNext({ ...slot, idempotencyKey: "ik_1" })).rejects.toMatchObject({
      code: "idempotency_mismatch",
    });
    expect((await c.client.bookings.list()).items).toHaveLength(2);
  });

  it("AD-16-next gives up with the last conflict", async () => {
    await using clients = await startClients();
    const a = await clients.agent(1);
    const c = await clients.agent(5);
    await a.client.bookings.commit(slot);
    await expect(c.client.bookings.commitOrNext(slot, { attempts: 1 })).rejects.toBeInstanceOf(Conflict);
  });

  it("AD-16-next refuses a key that leaves no room for those of the next slots, before the first is asked for", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const idempotencyKey = "k".repeat(255);
    await expect(client.bookings.commitOrNext({ ...slot, idempotencyKey })).rejects.toMatchObject({
      code: "invalid_idempotency_key",
      operation: "bookings.commitOrNext",
    });
    expect((await client.bookings.list()).items).toEqual([]);
    await client.bookings.commitOrNext({ ...slot, idempotencyKey }, { attempts: 1 });
  });
});

describe("availability", () => {
  it("AD-70 AD-71 lists free slots, without those that are taken", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const day = { start: at("00:00"), end: at("00:00", 31) };
    const empty = await client.availability.list(day);
    expect(empty).toHaveLength(24 * 4 - 1);
    expect(empty[1]).toEqual({ start: new Date(at("00:15")), end: new Date(at("00:45")) });
    await client.bookings.commit(slot);
    const starts = (await client.availability.list(day)).map(({ start }) =>
      start.toISOString().slice(11, 16),
    );
    expect(starts.filter((time) => time >= "09:30" && time <= "10:30")).toEqual(["09:30", "10:30"]);
  });

  it("AD-47 leaves holds of others out, or not", async () => {
    await using clients = await startClients();
    const holder = await clients.agent(1);
    const { client } = await clients.agent(1);
    await holder.client.bookings.hold(slot);
    const range = { start: slot.start, end: slot.end };
    expect(await client.availability.list(range)).toEqual([]);
    expect(await client.availability.list({ ...range, includeHolds: false })).toHaveLength(1);
    expect(await holder.client.availability.list(range)).toHaveLength(1);
  });
});
