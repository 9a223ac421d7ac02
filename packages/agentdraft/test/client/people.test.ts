import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  ApprovalTimeout,
  type Booking,
  CancelledError,
  ConsentRequired,
  hashEvidence,
  verifyApprovalToken,
} from "../../src/index.ts";
import { at } from "../http/fixture.ts";
import { answerJson, startClients, startScripted } from "./fixture.ts";

const slot = { start: at("10:00"), end: at("10:30") };

describe("approvals", () => {
  it("AD-89 an approval gives a receipt that verifies offline with everything pinned", async () => {
    await using clients = await startClients();
    const { client, agent } = await clients.agent(1);
    const evidence = { commit: "a1b2c3d", migrations: 2, at: new Date("2030-01-07T10:00:00Z") };
    const asked = await client.approvals.request("deploy.production", "Deploy a1b2c3d", {
      evidence,
      audience: "https://deploy.example.com",
      ttlSeconds: 600,
    });
    expect(asked).toMatchObject({
      status: "pending",
      actionType: "deploy.production",
      evidenceSha256: hashEvidence(evidence),
      resolution: null,
      receipt: null,
    });
    const waiting = client.approvals.wait(asked.approvalId, { pollIntervalMs: 5 });
    await clients.owner.post(`/v1/dashboard/approvals/${asked.approvalId}/resolve`, {
      decision: "approved",
      note: "go",
    });
    const approved = await waiting;
    expect(approved).toMatchObject({
      status: "approved",
      resolution: { decision: "approved", decidedBy: clients.owner.userId, note: "go" },
    });
    const receipt = await verifyApprovalToken(approved.receipt ?? "", {
      issuer: clients.draft.url,
      audience: "https://deploy.example.com",
      approvalId: asked.approvalId,
      actionType: "deploy.production",
      evidenceSha256: hashEvidence(evidence),
    });
    expect(receipt).toMatchObject({
      tokenUse: "approval_receipt",
      subject: clients.owner.userId,
      agentId: agent.agentId,
      audience: "https://deploy.example.com",
    });
    await expect(
      verifyApprovalToken(approved.receipt ?? "", {
        issuer: clients.draft.url,
        actionType: "deploy.staging",
      }),
    ).rejects.toThrow("receipt action_type does not match");
    await expect(
      verifyApprovalToken(approved.receipt ?? "", { jwks: await client.audit.keys() }),
    ).rejects.toThrow("receipt issuer does not match");
  });

  it("AD-91 evidence that is given as text keeps its numbers, there and back", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const json = '{"x": 1.0, "n": 9007199254740993, "s": "é"}';
    const asked = await client.approvals.request("pay", "Pay", { evidence: { json } });
    expect(asked.evidenceSha256).toBe(hashEvidence({ json }));
    const { evidence, evidenceJson } = await client.approvals.get(asked.approvalId);
    expect(evidence).toEqual({ x: 1, n: 9007199254740992, s: "é" });
    expect(evidenceJson).toContain("9007199254740993");
    expect(hashEvidence({ json: evidenceJson ?? "" })).toBe(hashEvidence({ json }));
    const { items } = await client.approvals.list({ status: "pending" });
    expect(items.map((item) => item.evidenceJson)).toEqual([evidenceJson]);
  });

  it("AD-91 evidence that is no JSON is refused before anything is sent", async () => {
    await using scripted = await startScripted((response) => answerJson(response, 201, {}));
    for (const evidence of [{ json: "{" }, { json: "[1e400]" }, { f: (): void => {} }]) {
      await expect(scripted.client.approvals.request("pay", "Pay", { evidence })).rejects.toMatchObject({
        name: "InvalidArgumentError",
      });
    }
    expect(scripted.requests).toHaveLength(0);
  });

  it("AD-92 the same key gives the same approval", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const one = await client.approvals.request("pay", "Pay", { idempotencyKey: "k" });
    const two = await client.approvals.request("pay", "Pay", { idempotencyKey: "k" });
    expect(two.approvalId).toBe(one.approvalId);
  });

  it("AD-95 the wait ends with a denial too", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const { approvalId } = await client.approvals.request("pay", "Pay");
    await clients.owner.post(`/v1/dashboard/approvals/${approvalId}/resolve`, { decision: "denied" });
    expect(await client.approvals.wait(approvalId)).toMatchObject({ status: "denied", receipt: null });
  });

  it("AD-95 the wait asks a last time when it is over, then says that nobody has decided", async () => {
    const clock = createFakeClock();
    await using scripted = await startScripted(
      (response) => answerJson(response, 200, { approval_id: "apr_1", status: "pending" }),
      { clock },
    );
    const call = scripted.client.approvals
      .wait("apr_1", { waitTimeoutMs: 12_000, pollIntervalMs: 5_000 })
      .catch((thrown: unknown) => thrown);
    for (const [asked, pauseMs] of [
      [1, 5_000],
      [2, 5_000],
      [3, 2_000],
    ] as const) {
      await waitUntil(() => scripted.requests.length === asked && clock.nextTimerMs === pauseMs);
      await clock.advance(pauseMs);
    }
    const error = await call;
    expect(error).toBeInstanceOf(ApprovalTimeout);
    expect(error).toMatchObject({ approvalId: "apr_1", waitedSeconds: 12 });
    expect(scripted.requests).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it("AD-95 the wait ends at once with its signal", async () => {
    const clock = createFakeClock();
    await using scripted = await startScripted(
      (response) => answerJson(response, 200, { approval_id: "apr_1", status: "pending" }),
      { clock },
    );
    const controller = new AbortController();
    const call = scripted.client.approvals
      .wait("apr_1", { signal: controller.signal })
      .catch((thrown: unknown) => thrown);
    await waitUntil(() => clock.nextTimerMs === 5_000);
    controller.abort();
    expect(await call).toBeInstanceOf(CancelledError);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("consents", () => {
  it("AD-94 a parked booking is made when its person agrees", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2, { requires_consent: true });
    const parked: unknown = await client.bookings
      .commit({ ...slot, idempotencyKey: "k" })
      .catch((thrown) => thrown);
    expect(parked).toBeInstanceOf(ConsentRequired);
    const { consentRequestId, holdId, action, expiresAt } = parked as ConsentRequired;
    expect([action, expiresAt instanceof Date]).toEqual(["booking.commit", true]);
    expect(await client.consents.get(consentRequestId ?? "")).toMatchObject({ status: "pending", holdId });
    const waiting = client.consents.wait(consentRequestId ?? "", { pollIntervalMs: 5 });
    await clients.owner.post(`/v1/dashboard/consents/${consentRequestId}/resolve`, { decision: "approved" });
    const consent = await waiting;
    expect(consent).toMatchObject({
      status: "approved",
      bookingId: holdId,
      resolution: { decision: "approved" },
    });
    const booking: Booking = await client.bookings.get(holdId ?? "");
    expect(booking.status).toBe("COMMITTED");
    expect((await client.bookings.commit({ ...slot, idempotencyKey: "k" })).bookingId).toBe(holdId);
    const receipt = await verifyApprovalToken(consent.receipt ?? "", {
      issuer: clients.draft.url,
      tokenUses: ["booking_receipt"],
      consentId: consentRequestId ?? "",
      bookingId: holdId ?? "",
      actionClass: "booking.commit",
      paramsSha256: hashEvidence({
        start: slot.start,
        end: slot.end,
        title: null,
        invitee: null,
        metadata: {},
      }),
    });
    expect(receipt.details).toMatchObject({ booking_id: holdId });
  });

  it("AD-94 and is gone when its person refuses", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(2, { requires_consent: true });
    const parked: unknown = await client.bookings.commit(slot).catch((thrown) => thrown);
    const { consentRequestId, holdId } = parked as ConsentRequired;
    await clients.owner.post(`/v1/dashboard/consents/${consentRequestId}/resolve`, { decision: "denied" });
    expect((await client.consents.wait(consentRequestId ?? "")).status).toBe("denied");
    expect((await client.bookings.get(holdId ?? "")).status).toBe("RELEASED");
  });
});
