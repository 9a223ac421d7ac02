// Approvals, consents and receipts, the audit chain and its feed, mail: over real sockets.
import { createHash, createPublicKey, verify } from "node:crypto";
import { waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import { at, type Draft, startTeam } from "./fixture.ts";

interface Claims {
  readonly [name: string]: unknown;
}

/** The claims of a receipt, once its signature is found to be that of a published key. */
async function claimsOf(draft: Draft, receipt: unknown): Promise<Claims> {
  const [header = "", payload = "", signature = ""] = String(receipt).split(".");
  const { alg, typ, kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as Record<string, string>;
  expect([alg, typ]).toEqual(["EdDSA", "at+jwt"]);
  const jwks = await draft.anyone.get("/.well-known/jwks.json");
  const jwk = (jwks.body.keys as { kid: string; kty: string; crv: string; x: string }[]).find(
    (each) => each.kid === kid,
  );
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: jwk?.x ?? "" }, format: "jwk" });
  const genuine = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
  expect(genuine).toBe(true);
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
}

test("AD-89 an approved request has a receipt that binds it, signed by the published key", async () => {
  await using team = await startTeam({ issuer: "https://drafts.example.com" });
  const asked = await team.a.post("/v1/approvals", {
    action_type: "pay",
    summary: "Pay the invoice",
    evidence: { amount: 10 },
    audience: ["shop", "bank"],
  });
  expect([asked.status, asked.body.status, asked.body.receipt]).toEqual([201, "pending", null]);
  const path = `/v1/dashboard/approvals/${asked.body.approval_id}/resolve`;
  const resolved = await team.owner.post(path, { decision: "approved", note: "fine" });
  expect(resolved.body).toMatchObject({
    status: "approved",
    resolution: { decision: "approved", decided_by: team.owner.userId, note: "fine" },
  });
  const read = await team.a.get(`/v1/approvals/${asked.body.approval_id}`);
  const claims = await claimsOf(team, read.body.receipt);
  expect(claims).toMatchObject({
    iss: "https://drafts.example.com",
    sub: team.owner.userId,
    act: { sub: team.a.agentId },
    aud: ["shop", "bank"],
    token_use: "approval_receipt",
    authorization_details: [
      {
        type: "https://agentdraft.io/rar/approval",
        approval_id: asked.body.approval_id,
        action_type: "pay",
        evidence_sha256: createHash("sha256").update(`{"amount":10}`).digest("hex"),
      },
    ],
  });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(3_600);
  expect(Number.isInteger(claims.iat)).toBe(true);
  const second = await team.owner.post(path, { decision: "denied" });
  expect([second.status, second.body.error, second.body.status]).toEqual([
    409,
    "already_resolved",
    "approved",
  ]);
  expect((await team.b.get(`/v1/approvals/${asked.body.approval_id}`)).status).toBe(404);
});

test("AD-91 evidence is hashed like Python does, and comes back with its numbers as written", async () => {
  await using team = await startTeam();
  const evidence = `{"x":1.0,"n":9007199254740993,"s":"é"}`;
  const asked = await team.a.post(
    "/v1/approvals",
    `{"action_type":"a","summary":"s","evidence":${evidence},"ttl_seconds":60}`,
  );
  const canonical = `{"n":9007199254740993,"s":"\\u00e9","x":1.0}`;
  expect(asked.body.evidence_sha256).toBe(createHash("sha256").update(canonical).digest("hex"));
  const read = await team.a.get(`/v1/approvals/${asked.body.approval_id}`);
  expect(read.text).toContain(`"evidence":${evidence}`);
  const infinite = await team.a.post(
    "/v1/approvals",
    `{"action_type":"a","summary":"s","evidence":{"x":1e400}}`,
  );
  expect([infinite.status, infinite.body.field]).toEqual([400, "evidence"]);
  const none = await team.a.post("/v1/approvals", { action_type: "a", summary: "s" });
  expect(none.body.evidence_sha256).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
});

test("AD-91 evidence that looks like a number of the parser is an object like any other", async () => {
  await using team = await startTeam({ arbitrationMs: 5 });
  const ask = async (evidence: string) =>
    await team.a.post("/v1/approvals", `{"action_type":"a","summary":"s","evidence":${evidence}}`);
  const number = await ask(`{"n":5}`);
  const lookalike = `{"n":{"isJsonNumber":true,"text":"0x10"}}`;
  const object = await ask(lookalike);
  expect(object.body.evidence_sha256).not.toBe(number.body.evidence_sha256);
  expect((await team.owner.get("/v1/dashboard/approvals")).text).toContain(`"evidence":${lookalike}`);
  const booked = await team.a.commit(at("10:00"), at("10:30"), { metadata: JSON.parse(lookalike) });
  expect([booked.status, booked.body.metadata]).toEqual([201, JSON.parse(lookalike)]);
});

test("AD-92 the same key is the same approval", async () => {
  await using team = await startTeam();
  const ask = (): ReturnType<typeof team.a.post> =>
    team.a.post("/v1/approvals", { action_type: "a", summary: "s" }, { "idempotency-key": "k" });
  const [first, again] = [await ask(), await ask()];
  expect([again.status, again.body.approval_id, again.headers.get("idempotent-replayed")]).toEqual([
    201,
    first.body.approval_id,
    "true",
  ]);
  const decision = { decision: "approved" };
  await team.owner.post(`/v1/dashboard/approvals/${first.body.approval_id}/resolve`, decision);
  const later = await ask();
  expect([later.body, later.headers.get("agentdraft-current-status")]).toEqual([first.body, "approved"]);
});

test("AD-5.1-pages approvals and consents come in pages, newest first, which later ones do not move", async () => {
  await using team = await startTeam();
  const ask = async (summary: string): Promise<void> => {
    await team.a.post("/v1/approvals", { action_type: "a", summary });
  };
  for (const summary of ["1", "2", "3", "4", "5"]) {
    await ask(summary);
  }
  const summaries: unknown[] = [];
  let cursor: unknown = null;
  do {
    const at = cursor === null ? "" : `&cursor=${cursor}`;
    const { body } = await team.owner.get(`/v1/dashboard/approvals?limit=2${at}`);
    summaries.push((body.approvals as { summary: string }[]).map(({ summary }) => summary).join());
    cursor = body.next_cursor;
    await ask("later");
  } while (cursor !== null);
  expect(summaries).toEqual(["5,4", "3,2", "1"]);
  for (const path of ["/v1/dashboard/approvals", "/v1/dashboard/consents"]) {
    for (const query of ["limit=0", "limit=101", "cursor=x"]) {
      expect((await team.owner.get(`${path}?${query}`)).status, path + query).toBe(400);
    }
  }
  expect((await team.a.get("/v1/approvals?limit=1")).body).toMatchObject({
    approvals: [{ summary: "later" }],
    next_cursor: expect.any(String),
  });
});

test("AD-94 a gated commit is parked, approved under the same id, and has a booking receipt", async () => {
  await using team = await startTeam();
  const gated = await team.owner.agent(3, { requires_consent: true });
  const parked = await gated.commit(at("10:00"), at("10:30"), { title: "t" });
  expect([parked.status, parked.body]).toMatchObject([
    409,
    {
      error: "consent_required",
      action: "booking.commit",
      consent_request_id: expect.stringMatching(/^cns_/),
    },
  ]);
  expect((await team.c.commit(at("10:00"), at("10:30"))).body.reason).toBe("held");
  const id = parked.body.consent_request_id;
  const resolved = await team.owner.post(`/v1/dashboard/consents/${id}/resolve`, { decision: "approved" });
  expect([resolved.status, resolved.body.status]).toEqual([200, "approved"]);
  const consent = await gated.get(`/v1/consents/${id}`);
  expect(consent.body).toMatchObject({ status: "approved", booking_id: parked.body.hold_id });
  const claims = await claimsOf(team, consent.body.receipt);
  const params = `{"end":"${at("10:30")}","invitee":null,"metadata":{},"start":"${at("10:00")}","title":"t"}`;
  expect(claims).toMatchObject({
    iss: team.url,
    aud: team.url,
    token_use: "booking_receipt",
    authorization_details: [
      {
        type: "https://agentdraft.io/rar/booking",
        consent_id: id,
        booking_id: parked.body.hold_id,
        action_class: "booking.commit",
        params_sha256: createHash("sha256").update(params).digest("hex"),
      },
    ],
  });
});

test("AD-81 AD-86 the chain verifies from zeros, and its head is signed", async () => {
  await using team = await startTeam();
  await team.c.commit(at("10:00"), at("10:30"));
  await team.a.commit(at("10:00"), at("10:30"));
  const page = await team.a.get("/v1/audit?after=0&limit=2");
  expect(page.body).toMatchObject({
    next_after: 2,
    events: [{ seq: 1, prev_hash: "0".repeat(64) }, { seq: 2 }],
  });
  const all = await team.a.get("/v1/audit?limit=1000");
  const events = all.body.events as { seq: number; hash: string; prev_hash: string }[];
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  events.forEach(({ prev_hash }, index) => {
    expect(prev_hash).toBe(events[index - 1]?.hash ?? "0".repeat(64));
  });
  const head = await team.a.get("/v1/audit/head");
  expect(head.body).toMatchObject({
    calendar_id: team.owner.userId,
    seq: events.length,
    hash: events.at(-1)?.hash,
  });
  expect(all.body.head).toEqual({ seq: head.body.seq, hash: head.body.hash });
  const jwks = (await team.anyone.get("/.well-known/jwks.json")).body.keys as { kid: string; x: string }[];
  const x = jwks.find(({ kid }) => kid === head.body.kid)?.x ?? "";
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const text = `${head.body.calendar_id}\n${head.body.seq}\n${head.body.hash}`;
  expect(verify(null, Buffer.from(text), key, Buffer.from(String(head.body.signature), "base64url"))).toBe(
    true,
  );
});

test("AD-87 the history of one booking, in order", async () => {
  await using team = await startTeam();
  const booked = await team.c.commit(at("10:00"), at("10:30"));
  await team.a.commit(at("10:00"), at("10:30"));
  const history = await team.c.get(`/v1/audit?resource=${booked.body.booking_id}`);
  expect((history.body.events as { type: string }[]).map(({ type }) => type)).toEqual([
    "booking.committed",
    "booking.evicted",
  ]);
});

test("AD-2-1 the feed answers as soon as an event exists, and empty when its time is over", async () => {
  await using team = await startTeam();
  const { seq } = (await team.a.get("/v1/audit/head")).body;
  const now = await team.a.get(`/v1/events?after=${seq}`);
  expect(now.body).toEqual({ events: [], next_after: seq });
  const waiting = team.b.get(`/v1/events?after=${seq}&wait=30`);
  await waitUntil(() => team.server.openRequests === 1);
  const booked = await team.a.commit(at("10:00"), at("10:30"));
  const fed = await waiting;
  expect(fed.body).toMatchObject({
    events: [{ type: "booking.committed", resource: booked.body.booking_id }],
    next_after: Number(seq) + 1,
  });
  expect((await team.a.get("/v1/events?after=0&wait=31")).status).toBe(400);
});

test("AD-13-1 a stop answers what waits in the feed and in an arbitration", async () => {
  await using team = await startTeam({ arbitrationMs: 200 });
  const { seq } = (await team.a.get("/v1/audit/head")).body;
  const fed = team.b.get(`/v1/events?after=${Number(seq) + 10}&wait=30`);
  const commit = team.a.commit(at("10:00"), at("10:30"));
  await waitUntil(() => team.server.openRequests === 2);
  await team.server.close();
  expect((await fed).body).toEqual({ events: [], next_after: Number(seq) + 10 });
  expect((await commit).status).toBe(201);
});

test("AD-6-1 the directory publishes an agent's key, the one before it for a while, none after revocation", async () => {
  await using team = await startTeam();
  const path = `/v1/agents/${team.a.agentId}/http-message-signatures-directory`;
  const first = team.a.created.signing_key as { kid: string; d: string };
  expect(Buffer.from(first.d, "base64url")).toHaveLength(32);
  const kids = async (): Promise<unknown> => {
    const directory = await team.anyone.get(path);
    expect(directory.headers.get("content-type")).toBe("application/http-message-signatures-directory+json");
    expect(directory.text).not.toContain(`"d"`);
    return (directory.body.keys as { kid: string }[]).map(({ kid }) => kid);
  };
  expect(await kids()).toEqual([first.kid]);
  const rotated = await team.owner.post(`/v1/dashboard/agents/${team.a.agentId}/rotate-signing-key`, {});
  expect(await kids()).toEqual([(rotated.body.signing_key as { kid: string }).kid, first.kid]);
  await team.owner.send("DELETE", `/v1/dashboard/agents/${team.a.agentId}`);
  expect(await kids()).toEqual([]);
  expect((await team.anyone.get("/v1/agents/agt_unknown/http-message-signatures-directory")).status).toBe(
    404,
  );
});

test("AD-97a AD-97b injected mail is answered in its thread, and agents write to each other", async () => {
  await using team = await startTeam();
  const { address } = (await team.a.get("/v1/mailbox/me")).body;
  const injected = await team.anyone.post("/v1/dev/mailbox/inject", {
    to: address,
    from: "person@example.com",
    subject: "Hello",
    body_text: "Hi",
  });
  expect([injected.status, injected.body.direction]).toEqual([201, "inbound"]);
  const reply = await team.a.post(`/v1/mailbox/messages/${injected.body.message_id}/reply`, {
    body_text: "Yes",
  });
  expect(reply.body).toMatchObject({
    thread_id: injected.body.thread_id,
    to: "person@example.com",
    subject: "Re: Hello",
    in_reply_to: injected.body.message_id,
  });
  const to = (await team.b.get("/v1/mailbox/me")).body.address;
  expect((await team.a.post("/v1/mailbox/send", { to, subject: "S", body_text: "B" })).status).toBe(201);
  const inbox = await team.b.get("/v1/mailbox/messages?direction=inbound");
  expect(inbox.body.messages).toMatchObject([{ from: address, to, subject: "S", body_html: null }]);
  const bad = await team.a.post("/v1/mailbox/send", { to: "nobody", subject: "S", body_text: "B" });
  expect([bad.status, bad.body.field]).toEqual([400, "to"]);
});

test("AD-97d AD-97e a suppressed recipient is 422, a used-up quota 429 with a whole Retry-After", async () => {
  await using team = await startTeam({ mailQuotaPerDay: 1 });
  await team.owner.post("/v1/dashboard/suppressions", { address: "No@example.com", reason: "asked" });
  const check = await team.a.get("/v1/mailbox/suppressions/no@example.com");
  expect(check.body).toMatchObject({ suppressed: true, reason: "asked" });
  const send = (to: string): ReturnType<typeof team.a.post> =>
    team.a.post("/v1/mailbox/send", { to, subject: "S", body_text: "B" });
  const refused = await send("no@EXAMPLE.com");
  expect([refused.status, refused.body.rule]).toEqual([422, "suppressed_recipient"]);
  expect((await send("yes@example.com")).status).toBe(201);
  const over = await send("yes@example.com");
  expect([over.status, over.body.error]).toEqual([429, "quota_exceeded"]);
  expect(over.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
});

test("AD-5.1-seen names and requests that show nothing are refused; others may be as long as they say, in characters", async () => {
  await using team = await startTeam();
  const { owner, a } = team;
  for (const name of [
    "\u200b",
    " \u200f ",
    "\u2060\ufeff",
    "\u3164",
    "\u2800",
    "\u0301",
    "\ud800",
    "",
    "  ",
  ]) {
    const made = await owner.post("/v1/dashboard/agents", { name, scopes: [] });
    expect([name, made.status, made.body.field]).toEqual([name, 400, "name"]);
    const patched = await owner.send("PATCH", `/v1/dashboard/agents/${a.agentId}`, { name });
    expect([name, patched.status]).toEqual([name, 400]);
    for (const asked of [
      { action_type: name, summary: "s" },
      { action_type: "x", summary: name },
    ]) {
      expect([name, (await a.post("/v1/approvals", asked)).status]).toEqual([name, 400]);
    }
  }
  for (const name of ["\u{1f600}".repeat(200), "\u200fשלום", "a", "日本", "\u{1f469}\u200d\u{1f4bb}"]) {
    const made = await owner.post("/v1/dashboard/agents", { name, scopes: [] });
    expect([made.status, made.body.name]).toEqual([201, name]);
  }
  const long = await owner.post("/v1/dashboard/agents", { name: "\u{1f600}".repeat(201), scopes: [] });
  expect(long.status).toBe(400);
});
