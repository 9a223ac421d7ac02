// The owner of a calendar as an object, for programs that run the server themselves.
import { expect, test } from "vitest";
import { AgentDraft, ConsentRequired } from "../../src/index.ts";
import { startLocalAgentDraft } from "../../src/local/index.ts";
import { at } from "./fixture.ts";

test("AD-10-owner an owner makes agents and decides what they ask, without a browser and without --dev", async () => {
  await using server = await startLocalAgentDraft();
  const owner = await server.owner("me@example.com");
  const { agentId, apiKey } = await owner.createAgent({ name: "assistant", requiresConsent: true });
  await using client = new AgentDraft({ apiKey, baseUrl: server.url });
  expect(await client.agents.me()).toMatchObject({ agentId, userId: owner.userId, priority: 100 });
  const { approvalId } = await client.approvals.request("deploy", "Ship it?");
  await owner.decideApproval(approvalId, "approved", "go");
  expect(await client.approvals.get(approvalId)).toMatchObject({ status: "approved" });
  await expect(owner.decideApproval(approvalId, "denied")).rejects.toMatchObject({
    code: "already_resolved",
  });
  const slot = { start: at("10:00"), end: at("10:30") };
  const parked = await client.bookings.commit(slot).catch((error: unknown) => error);
  expect(parked).toBeInstanceOf(ConsentRequired);
  await owner.decideConsent(
    parked instanceof ConsentRequired ? (parked.consentRequestId ?? "") : "",
    "approved",
  );
  expect((await client.bookings.list({ status: "COMMITTED" })).items).toHaveLength(1);
  // The same address is the same owner, another one another calendar.
  expect((await server.owner("me@example.com")).userId).toBe(owner.userId);
  expect((await server.owner("you@example.com")).userId).not.toBe(owner.userId);
  for (const text of ["", "me", "\u212aate@example.com", "me@\uff45xample.com"]) {
    await expect(server.owner(text)).rejects.toMatchObject({ code: "invalid_request" });
  }
  await expect(owner.createAgent({ name: " " })).rejects.toMatchObject({ code: "invalid_request" });
});
