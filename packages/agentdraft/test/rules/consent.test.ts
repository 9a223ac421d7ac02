// People in the loop: approvals, and commits that wait for the owner's consent.
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/local/rules/model/commands.ts";
import type { ConsentRequired } from "../../src/local/rules/model/refusal.ts";
import { at, type CreateCommand, createWorld, minute, type World } from "./world.ts";

const resolve = (
  world: World,
  consentRequestId: string,
  decision: "approved" | "denied" = "approved",
): Parameters<World["ok"]>[0] & { type: "resolveConsent" } => ({
  type: "resolveConsent",
  userId: world.owner,
  consentRequestId,
  decision,
  note: "seen",
});

interface Gated {
  readonly world: World;
  readonly agent: string;
  readonly command: CreateCommand;
  readonly asked: ConsentRequired;
}

/** A weak agent whose commit waits. */
function gated(more: Partial<CreateCommand> = {}): Gated {
  const world = createWorld();
  const agent = world.agent(5, { requiresConsent: true });
  const command = world.booking(agent, "10:00", "10:30", more);
  return { world, agent, command, asked: world.refused(command, "consent_required") };
}

const consentOf = ({ world, agent, asked }: Gated): string =>
  world.ok({ type: "getConsent", agentId: agent, consentRequestId: asked.consentRequestId }).consent.status;

const bookingOf = ({ world, command }: Gated): string =>
  world.ok({ type: "getBooking", asker: { userId: world.owner }, bookingId: command.bookingId }).booking
    .status;

describe("what waits", () => {
  it("AD-5.3-first is listed across approvals and consents, the earliest end first, and only while it waits", () => {
    const { world, agent, asked, command } = gated();
    const [late, soon] = [60_000, 10].map((seconds) => {
      const approvalId = world.id("apr");
      world.ok({
        type: "requestApproval",
        agentId: agent,
        approvalId,
        actionType: "pay",
        summary: "Pay",
        evidence: null,
        evidenceSha256: "",
        audience: [],
        audienceIsList: false,
        ttlSeconds: seconds,
        idempotencyKey: null,
      });
      return approvalId;
    });
    const waiting = (): unknown[] =>
      world
        .ok({ type: "listUndecided", userId: world.owner, about: null, page: 1, limit: 50 })
        .items.map((item) => ("approvalId" in item ? item.approvalId : item.consentRequestId));
    expect(waiting()).toEqual([soon, asked.consentRequestId, late]);
    world.takeSnapshot();
    world.restart();
    expect(waiting()).toEqual([soon, asked.consentRequestId, late]);
    world.advance(10_000);
    expect(waiting()).toEqual([asked.consentRequestId, late]);
    world.ok({ type: "releaseHold", agentId: agent, bookingId: command.bookingId });
    expect(waiting()).toEqual([late]);
    world.ok({
      type: "resolveApproval",
      userId: world.owner,
      approvalId: late ?? "",
      decision: "denied",
      note: null,
    });
    expect(waiting()).toEqual([]);
  });
});

describe("consent", () => {
  it("AD-94a a gated commit is parked as a hold under the future booking's id", () => {
    const { world, command, asked } = gated();
    expect(asked).toMatchObject({
      action: "booking.commit",
      holdId: command.bookingId,
      consentRequestId: `cns_${command.bookingId.slice(4)}`,
      expiresAtMs: world.now.wall + 900_000,
    });
    expect(world.events.slice(-2).map(({ type }) => type)).toEqual(["hold.created", "consent.requested"]);
    const weaker = world.agent(6);
    expect(world.refused(world.booking(weaker, "10:00", "10:30"), "outranked").reason).toBe("held");
  });

  it("AD-94b approval commits that very booking, at the time of the decision, with a receipt", () => {
    const gate = gated({ bumpWindowSeconds: 7, title: "T" });
    const { world, command, asked } = gate;
    world.advance(60_000);
    world.types();
    const { consent } = world.ok(resolve(world, asked.consentRequestId));
    expect(consent).toMatchObject({
      status: "approved",
      resolution: { decision: "approved", decidedBy: world.owner, decidedAtMs: world.now.wall, note: "seen" },
      receipt: { receiptId: `rcp_${command.bookingId.slice(4)}`, issuedAtMs: world.now.wall },
      booking: {
        bookingId: command.bookingId,
        status: "COMMITTED",
        title: "T",
        committedAtMs: world.now.wall,
        bumpWindowEndsAtMs: world.now.wall + 7_000,
      },
    });
    expect(world.types()).toEqual(["booking.committed", "consent.approved"]);
    // The end of the parked hold is no end of the booking.
    world.advance(900_000);
    expect(bookingOf(gate)).toBe("COMMITTED");
    world.expectReplayEqual();
    const again = world.refused(resolve(world, asked.consentRequestId), "already_resolved");
    expect(again.status).toBe("approved");
  });

  it("AD-94c denial frees the slot", () => {
    const gate = gated();
    const { world, asked } = gate;
    world.ok(resolve(world, asked.consentRequestId, "denied"));
    expect([bookingOf(gate), consentOf(gate)]).toEqual(["RELEASED", "denied"]);
    world.ok(world.booking(world.agent(6), "10:00", "10:30"));
  });

  it("AD-94d a stronger commit takes the slot, and the consent is superseded", () => {
    const gate = gated();
    const { world, asked } = gate;
    const stronger = world.agent(1);
    const { booking } = world.commit(stronger, "10:00", "10:30");
    expect([bookingOf(gate), consentOf(gate)]).toEqual(["INVALIDATED", "superseded"]);
    const lost = world.refused(resolve(world, asked.consentRequestId), "hold_lost");
    expect(lost.winner).toMatchObject({ bookingId: booking.bookingId, agentId: stronger });
  });

  it("AD-5.2-3 approval of a time that is over, or that a wider buffer has lost, commits nothing", () => {
    const world = createWorld();
    const agent = world.agent(5, { requiresConsent: true });
    const soon = world.now.wall + minute;
    const over = world.refused(world.booking(agent, soon, soon + minute), "consent_required");
    const crowded = world.refused(world.booking(agent, "10:00", "10:30"), "consent_required");
    const neighbour = world.agent(1);
    world.commit(neighbour, "10:30", "11:00");
    world.rules({ bufferAfterMin: 10 });
    world.advance(2 * minute);
    expect(world.refused(resolve(world, over.consentRequestId), "hold_lost").winner).toBeNull();
    expect(world.refused(resolve(world, crowded.consentRequestId), "hold_lost").winner?.agentId).toBe(
      neighbour,
    );
    expect([...world.state.consents.values()].map(({ status }) => status)).toEqual([
      "superseded",
      "superseded",
    ]);
    expect(world.state.liveHolds.size).toBe(0);
    world.expectReplayEqual();
  });

  it("AD-5.2-2 the agent may withdraw by releasing the hold", () => {
    const gate = gated();
    const { world, agent, command } = gate;
    world.ok({ type: "releaseHold", agentId: agent, bookingId: command.bookingId });
    expect(consentOf(gate)).toBe("withdrawn");
  });

  it("AD-5.2-4 when nobody acts, hold and consent end at the time that was told", () => {
    const gate = gated();
    const { world, asked } = gate;
    world.advance(900_000);
    expect([bookingOf(gate), consentOf(gate)]).toEqual(["EXPIRED", "expired"]);
    expect(world.events.slice(-2).map(({ type, at: when }) => [type, Date.parse(when)])).toEqual([
      ["hold.expired", asked.expiresAtMs],
      ["consent.expired", asked.expiresAtMs],
    ]);
    world.refused(resolve(world, asked.consentRequestId), "already_resolved");
  });

  it("AD-5.2-1 nothing unapproved evicts: a gated commit loses to a warm weaker one, with the ordinary answer", () => {
    const world = createWorld();
    const weak = world.agent(9);
    world.commit(weak, "10:00", "10:30");
    const agent = world.agent(1, { requiresConsent: true });
    expect(world.refused(world.booking(agent, "10:00", "10:30"), "outranked")).toMatchObject({
      reason: "outranked",
      winner: { agentId: weak },
    });
    expect(world.state.consents.size).toBe(0);
  });

  it("AD-5.2-1 it displaces the holds that a commit would displace", () => {
    const world = createWorld();
    const held = world.hold(world.agent(5), "10:00", "10:30").booking;
    const agent = world.agent(5, { requiresConsent: true });
    world.refused(world.booking(agent, "10:00", "10:30"), "consent_required");
    expect(world.state.bookings.get(held.bookingId)?.status).toBe("INVALIDATED");
  });

  it("AD-5.2-5 the same key gets the same answer while it waits, then the booking", () => {
    const { world, command, asked } = gated({ idempotencyKey: "k" });
    const again = { ...command, bookingId: world.id("bkg") };
    expect(world.refused(again, "consent_required")).toEqual(asked);
    world.refused({ ...again, title: "other" }, "idempotency_mismatch");
    world.ok(resolve(world, asked.consentRequestId));
    expect(world.ok(again)).toMatchObject({
      replayed: true,
      booking: { bookingId: command.bookingId, status: "COMMITTED" },
    });
  });

  it("AD-5.2-5 after a denial it is told so; after an expiry it runs anew", () => {
    const denied = gated({ idempotencyKey: "k" });
    denied.world.ok(resolve(denied.world, denied.asked.consentRequestId, "denied"));
    expect(denied.world.refused(denied.command, "rule_violation").rule).toBe("consent_denied");
    const expired = gated({ idempotencyKey: "k" });
    expired.world.advance(900_000);
    const { consentRequestId } = expired.world.refused(
      { ...expired.command, bookingId: expired.world.id("bkg") },
      "consent_required",
    );
    expect(consentRequestId).not.toBe(expired.asked.consentRequestId);
  });

  it("AD-5.2-5 without a key a second attempt on the slot is answered with the same request", () => {
    const { world, agent, asked } = gated();
    world.types();
    const again = world.refused(
      world.booking(agent, "10:00", "10:30", { idempotencyKey: "k2" }),
      "consent_required",
    );
    expect(again).toEqual(asked);
    expect(world.types()).toEqual([]);
    // From now on that key stands for it too.
    world.ok(resolve(world, asked.consentRequestId));
    const { booking } = world.commit(agent, "10:00", "10:30", { idempotencyKey: "k2" });
    expect(booking.bookingId).toBe(asked.holdId);
  });

  it("AD-5.2-gate the rules can gate every agent's commits, and no holds", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ consentActions: ["booking.commit"] });
    world.hold(agent, "12:00", "12:30");
    world.refused(world.booking(agent, "10:00", "10:30"), "consent_required");
  });

  it("AD-5.2-owner other people's requests are not found, and other agents cannot read them", () => {
    const { world, asked } = gated();
    const stranger = world.person("other@example.com");
    world.refused({ ...resolve(world, asked.consentRequestId), userId: stranger }, "not_found");
    const { consentRequestId } = asked;
    world.refused({ type: "getConsent", agentId: world.agent(1), consentRequestId }, "not_found");
    const page = { cursor: null, limit: 100 };
    const { items: consents } = world.ok({
      type: "listConsents",
      userId: world.owner,
      status: "pending",
      ...page,
    });
    expect(consents.map((consent) => consent.consentRequestId)).toEqual([consentRequestId]);
  });

  it("AD-5.2-ungated once the gate is lifted the agent's commit promotes the hold, and the request is over", () => {
    const gate = gated();
    const { world, agent, command } = gate;
    world.ok({ type: "updateAgent", userId: world.owner, agentId: agent, requiresConsent: false });
    expect(world.commit(agent, "10:00", "10:30").booking.bookingId).toBe(command.bookingId);
    expect(consentOf(gate)).toBe("superseded");
  });

  it("AD-10-revoke revoking an agent releases what it holds and withdraws what it asked", () => {
    const gate = gated();
    const { world, agent, asked } = gate;
    world.ok({ type: "revokeAgent", userId: world.owner, agentId: agent });
    expect(bookingOf(gate)).toBe("RELEASED");
    expect(world.state.consents.get(asked.consentRequestId)?.status).toBe("withdrawn");
    world.refused(resolve(world, asked.consentRequestId), "already_resolved");
  });
});

describe("approvals", () => {
  type Request = Parameters<World["ok"]>[0] & { type: "requestApproval" };

  function ask(more: Partial<Request> = {}): { world: World; agent: string; request: Request } {
    const world = createWorld();
    const agent = world.agent(3);
    const request: Request = {
      type: "requestApproval",
      agentId: agent,
      approvalId: world.id("apr"),
      actionType: "deploy",
      summary: "Deploy it",
      evidence: '{"x":1.0}',
      evidenceSha256: "0".repeat(64),
      audience: [],
      audienceIsList: false,
      ttlSeconds: 60,
      idempotencyKey: null,
      ...more,
    };
    return { world, agent, request };
  }
  const decide = (world: World, approvalId: string, decision: "approved" | "denied" = "approved") =>
    ({ type: "resolveApproval", userId: world.owner, approvalId, decision, note: null }) as const;

  it("AD-89 a request is pending until a person approves it, and then has a receipt", () => {
    const { world, agent, request } = ask();
    const { approval } = world.ok(request);
    expect(approval).toMatchObject({
      status: "pending",
      evidence: '{"x":1.0}',
      resolution: null,
      receipt: null,
      expiresAtMs: world.now.wall + 60_000,
    });
    world.advance(59_999);
    world.ok(decide(world, request.approvalId));
    const seen = world.ok({ type: "getApproval", agentId: agent, approvalId: request.approvalId }).approval;
    expect(seen).toMatchObject({
      status: "approved",
      resolution: { decision: "approved", decidedBy: world.owner },
      receipt: { issuedAtMs: world.now.wall, expiresAtMs: world.now.wall + 3_600_000 },
    });
    expect(world.events.at(-1)).toMatchObject({ type: "approval.approved", actor: { kind: "user" } });
    world.expectReplayEqual();
  });

  it("AD-90a a denied request has no receipt, and the first decision stands", () => {
    const { world, request } = ask();
    world.ok(request);
    expect(world.ok(decide(world, request.approvalId, "denied")).approval.receipt).toBeNull();
    expect(world.refused(decide(world, request.approvalId), "already_resolved").status).toBe("denied");
  });

  it("AD-90b at its end a request has expired though nobody looked, and no decision comes through", () => {
    const { world, agent, request } = ask();
    world.ok(request);
    world.skip(61_000);
    const read = { type: "getApproval", agentId: agent, approvalId: request.approvalId } as const;
    expect(world.ok(read).approval.status).toBe("expired");
    world.refused(decide(world, request.approvalId), "already_resolved");
    expect(Date.parse(world.events.at(-1)?.at ?? "")).toBe(world.now.wall - 1_000);
  });

  it("AD-92 the same key is the same request, another body a mismatch", () => {
    const { world, request } = ask({ idempotencyKey: "k" });
    const first = world.ok(request);
    const again = { ...request, approvalId: world.id("apr") };
    expect(world.ok(again)).toEqual({
      approval: first.approval,
      replayed: true,
      currentStatus: "pending",
    });
    world.refused({ ...again, summary: "Other" }, "idempotency_mismatch");
  });

  it("AD-5.1-own only the agent that asked may read it; the owner sees all", () => {
    const { world, agent, request } = ask();
    world.ok(request);
    const other = world.agent(1);
    world.refused({ type: "getApproval", agentId: other, approvalId: request.approvalId }, "not_found");
    const count = (asker: { agentId: string } | { userId: string }): number =>
      world.ok({ type: "listApprovals", asker, status: null, cursor: null, limit: 100 }).items.length;
    expect([count({ agentId: other }), count({ agentId: agent }), count({ userId: world.owner })]).toEqual([
      0, 1, 1,
    ]);
  });
});

describe("counter-proposals", () => {
  function lost(): { world: World; winner: string; loser: string; bookingId: string; counterId: string } {
    const world = createWorld();
    const [winner, loser] = [world.agent(1), world.agent(5)];
    const { bookingId } = world.commit(winner, "10:00", "10:30", { title: "Moves" }).booking;
    const counterId = world.id("ctr");
    return { world, winner, loser, bookingId, counterId };
  }
  const slot = (start: string, end: string): { startMs: number; endMs: number } => ({
    startMs: at(start),
    endMs: at(end),
  });

  it("AD-98a accepting moves the winner's booking and frees its slot", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    const proposed = [slot("12:00", "12:30"), slot("10:15", "10:45")];
    world.ok({ type: "proposeCounter", agentId: loser, counterId, bookingId, proposed, note: "please" });
    world.types();
    const movedBookingId = world.id("bkg");
    // The second proposal overlaps the booking that it moves.
    const accepted = world.ok({
      type: "acceptCounter",
      agentId: winner,
      bookingId,
      counterId,
      slotIndex: 1,
      movedBookingId,
    });
    expect(accepted.counter).toMatchObject({ status: "accepted", acceptedBookingId: movedBookingId });
    expect(accepted.booking).toMatchObject({
      bookingId: movedBookingId,
      title: "Moves",
      startMs: at("10:15"),
    });
    expect(world.types()).toEqual(["counter.accepted", "booking.cancelled", "booking.committed"]);
    world.ok(world.booking(loser, "10:00", "10:15"));
    world.expectReplayEqual();
  });

  it("AD-98a a booking that moves within its day does not count against the cap of that day", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    world.rules({ dailyCap: 1 });
    const proposed = [slot("12:00", "12:30")];
    world.ok({ type: "proposeCounter", agentId: loser, counterId, bookingId, proposed, note: null });
    const accept = { type: "acceptCounter", agentId: winner, bookingId, counterId, slotIndex: 0 } as const;
    world.ok({ ...accept, movedBookingId: world.id("bkg") });
  });

  it("AD-98f only the winner answers, and only once", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    world.ok({
      type: "proposeCounter",
      agentId: loser,
      counterId,
      bookingId,
      proposed: [slot("12:00", "12:30")],
      note: null,
    });
    const reject = { type: "rejectCounter", bookingId, counterId } as const;
    world.refused({ ...reject, agentId: loser }, "not_owner");
    world.ok({ ...reject, agentId: winner });
    expect(world.refused({ ...reject, agentId: winner }, "already_resolved").status).toBe("rejected");
  });

  it("AD-9-taken a slot that was taken meanwhile leaves the counter open and the booking where it is", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    world.ok({
      type: "proposeCounter",
      agentId: loser,
      counterId,
      bookingId,
      proposed: [slot("12:00", "12:30")],
      note: null,
    });
    world.commit(world.agent(1), "12:00", "12:30");
    const accept = {
      type: "acceptCounter",
      agentId: winner,
      bookingId,
      counterId,
      slotIndex: 0,
      movedBookingId: world.id("bkg"),
    } as const;
    world.refused(accept, "slot_taken");
    const { counters } = world.ok({ type: "listCounters", agentId: winner, bookingId });
    expect(counters[0]?.status).toBe("open");
    expect(world.state.bookings.get(bookingId)?.status).toBe("COMMITTED");
    world.refused({ ...accept, slotIndex: 1 }, "invalid_request");
  });

  it("AD-9-taken a refused move is in the audit log, whatever refused it", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    const proposed = [slot("12:00", "12:30"), slot("22:00", "22:30")];
    world.ok({ type: "proposeCounter", agentId: loser, counterId, bookingId, proposed, note: null });
    world.commit(world.agent(1), "12:00", "12:30");
    world.rules({ businessHours: [{ days: [1, 2, 3, 4, 5], start: "08:00", end: "18:00" }] });
    world.types();
    const accept = { type: "acceptCounter", agentId: winner, bookingId, counterId } as const;
    const movedBookingId = world.id("bkg");
    const taken = world.refused({ ...accept, slotIndex: 0, movedBookingId }, "slot_taken");
    const forbidden = world.refused({ ...accept, slotIndex: 1, movedBookingId }, "rule_violation");
    expect(world.types()).toEqual(["booking.rejected", "booking.rejected"]);
    expect(world.events.slice(-2).map(({ event_id }) => event_id)).toEqual([
      taken.auditEventId,
      forbidden.auditEventId,
    ]);
  });

  describe("of an agent that needs consent", () => {
    function gatedMove(...proposed: { startMs: number; endMs: number }[]) {
      const { world, winner, loser, bookingId, counterId } = lost();
      world.ok({ type: "updateAgent", userId: world.owner, agentId: winner, requiresConsent: true });
      world.ok({ type: "proposeCounter", agentId: loser, counterId, bookingId, proposed, note: null });
      const accept = (slotIndex = 0): Extract<Command, { type: "acceptCounter" }> => ({
        type: "acceptCounter",
        agentId: winner,
        bookingId,
        counterId,
        slotIndex,
        movedBookingId: world.id("bkg"),
      });
      world.types();
      return { world, winner, loser, bookingId, counterId, accept };
    }

    it("AD-5.2-1 AD-98a acceptance holds the new time, and the booking moves when the owner agrees", () => {
      const { world, bookingId, counterId, accept } = gatedMove(slot("12:00", "12:30"));
      const asked = world.refused(accept(), "consent_required");
      expect(world.types()).toEqual(["hold.created", "consent.requested"]);
      expect(world.state.bookings.get(bookingId)?.status).toBe("COMMITTED");
      expect(world.state.counters.get(counterId)?.status).toBe("open");
      // Asking again asks nobody twice.
      expect(world.refused(accept(), "consent_required").consentRequestId).toBe(asked.consentRequestId);
      const { consent } = world.ok(resolve(world, asked.consentRequestId));
      expect(consent.moves?.bookingId).toBe(bookingId);
      expect(world.types()).toEqual([
        "counter.accepted",
        "booking.cancelled",
        "booking.committed",
        "consent.approved",
      ]);
      expect(world.state.bookings.get(asked.holdId)).toMatchObject({ status: "COMMITTED", title: "Moves" });
      expect(world.state.counters.get(counterId)?.acceptedBookingId).toBe(asked.holdId);
      world.takeSnapshot();
      world.restart();
      world.expectReplayEqual();
    });

    it("AD-5.2-1 acceptance evicts nobody, and cannot hold what the booking itself has", () => {
      const { world, accept } = gatedMove(slot("12:00", "12:30"), slot("10:15", "10:45"));
      const weaker = world.commit(world.agent(9), "12:00", "12:30").booking;
      expect(world.refused(accept(0), "slot_taken").winner.bookingId).toBe(weaker.bookingId);
      world.refused(accept(1), "slot_taken");
      expect(world.state.bookings.get(weaker.bookingId)?.status).toBe("COMMITTED");
      expect(world.state.liveHolds.size).toBe(0);
    });

    it("AD-5.2-3 a move whose booking has ended meanwhile is lost", () => {
      const { world, winner, bookingId, accept } = gatedMove(slot("12:00", "12:30"));
      const asked = world.refused(accept(), "consent_required");
      world.ok({ type: "cancelBooking", agentId: winner, bookingId });
      const lostMove = world.refused(resolve(world, asked.consentRequestId), "hold_lost");
      expect(lostMove).toMatchObject({ detail: expect.stringContaining("to move"), winner: null });
      expect(world.state.bookings.get(asked.holdId)?.status).toBe("RELEASED");
      world.expectReplayEqual();
    });
  });

  it("AD-9-hold a counter to a live hold can be rejected, and accepted: the hold is released for the new booking", () => {
    const world = createWorld();
    const [winner, loser] = [world.agent(1), world.agent(2)];
    const { booking } = world.hold(winner, "10:00", "10:30", { title: "Moves" });
    const propose = (counterId: string): void => {
      world.ok({
        type: "proposeCounter",
        agentId: loser,
        counterId,
        bookingId: booking.bookingId,
        proposed: [slot("12:00", "12:30")],
        note: null,
      });
    };
    propose("ctr_1");
    propose("ctr_2");
    const answer = { agentId: winner, bookingId: booking.bookingId } as const;
    expect(world.ok({ type: "rejectCounter", ...answer, counterId: "ctr_1" }).counter.status).toBe(
      "rejected",
    );
    world.types();
    const movedBookingId = world.id("bkg");
    world.ok({ type: "acceptCounter", ...answer, counterId: "ctr_2", slotIndex: 0, movedBookingId });
    expect(world.types()).toEqual(["counter.accepted", "hold.released", "booking.committed"]);
    expect(world.state.bookings.get(movedBookingId)).toMatchObject({ status: "COMMITTED", title: "Moves" });
    world.expectReplayEqual();
  });

  it("AD-98g none, or more than five slots, or a long note are refused", () => {
    const { world, loser, bookingId, counterId } = lost();
    const one = slot("12:00", "12:30");
    const propose = {
      type: "proposeCounter",
      agentId: loser,
      counterId,
      bookingId,
      proposed: [one],
      note: null,
    } as const;
    world.refused({ ...propose, proposed: [] }, "invalid_request");
    world.refused({ ...propose, proposed: Array.from({ length: 6 }, () => one) }, "invalid_request");
    world.refused({ ...propose, note: "x".repeat(501) }, "invalid_request");
    world.refused({ ...propose, proposed: [slot("12:00", "20:01")] }, "invalid_request");
    world.ok({ ...propose, proposed: Array.from({ length: 5 }, () => one), note: "x".repeat(500) });
  });

  it("AD-9-stale a counter to a booking that has ended is stale", () => {
    const { world, winner, loser, bookingId, counterId } = lost();
    world.ok({
      type: "proposeCounter",
      agentId: loser,
      counterId,
      bookingId,
      proposed: [slot("12:00", "12:30")],
      note: null,
    });
    world.ok({ type: "cancelBooking", agentId: winner, bookingId });
    const { counters } = world.ok({ type: "listCounters", agentId: loser, bookingId });
    expect(counters.map(({ status }) => status)).toEqual(["stale"]);
    expect(
      world.refused({ type: "rejectCounter", agentId: winner, bookingId, counterId }, "already_resolved")
        .status,
    ).toBe("stale");
    world.refused(
      {
        type: "proposeCounter",
        agentId: loser,
        counterId: world.id("ctr"),
        bookingId,
        proposed: [slot("12:00", "12:30")],
        note: null,
      },
      "already_resolved",
    );
    world.expectReplayEqual();
  });
});
