import {
  canonicalJson,
  exportPrivateJwk,
  generateIdentity,
  publicJwk,
  sha256Hex,
  toBase64Url,
} from "@x/core";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { type AuditEvent, type SignedAuditHead, verifyChain } from "../../src/index.ts";
import { auditEventHash } from "../../src/wire/chain.ts";
import { at } from "../http/fixture.ts";
import { answerJson, startClients, startScripted } from "./fixture.ts";
import { vectors } from "./vector-file.ts";

const { events, head, genesis_prev_hash: genesis } = vectors.audit_chain;

/** The events with new hashes throughout, as a forger would leave them. */
function rehashed(list: readonly AuditEvent[]): AuditEvent[] {
  let prev = genesis;
  return list.map((event) => {
    const linked = { ...event, prev_hash: prev };
    prev = auditEventHash(linked);
    return { ...linked, hash: prev };
  });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}

const forged = events.map((event, index) => (index === 1 ? { ...event, resource: "bkg_forged" } : event));

describe("verifyChain", () => {
  it("AD-81 accepts the published chain, from zeros to its head", () => {
    expect(events[0]?.prev_hash).toBe("0".repeat(64));
    expect(verifyChain(events, { expectHead: head })).toEqual({ ok: true, checked: 4 });
    expect(verifyChain([])).toEqual({ ok: true, checked: 0 });
    expect(verifyChain(events.slice(2), { after: events[1] })).toEqual({ ok: true, checked: 2 });
  });

  it("AD-82 finds one changed byte", () => {
    expect(verifyChain(forged)).toEqual({ ok: false, checked: 1, firstBadSeq: 2, problem: "hash" });
    const more = events.map((event, index) => (index === 2 ? { ...event, extra: 1 } : event));
    expect(verifyChain(more)).toMatchObject({ firstBadSeq: 3, problem: "hash" });
  });

  it("AD-83 finds a deleted event", () => {
    expect(verifyChain(events.toSpliced(1, 1))).toEqual({
      ok: false,
      checked: 1,
      firstBadSeq: 2,
      problem: "gap",
    });
    expect(verifyChain(events.slice(1))).toMatchObject({ checked: 0, firstBadSeq: 1, problem: "gap" });
  });

  it("AD-84 finds swapped and repeated events", () => {
    const [a, b, c, d] = events as [AuditEvent, AuditEvent, AuditEvent, AuditEvent];
    expect(verifyChain([a, c, b, d])).toMatchObject({ firstBadSeq: 2, problem: "order" });
    expect(verifyChain([a, b, b, c, d])).toMatchObject({ firstBadSeq: 3, problem: "order" });
  });

  it("AD-85 finds a cut tail by the pinned head", () => {
    expect(verifyChain(events.slice(0, 3))).toEqual({ ok: true, checked: 3 });
    expect(verifyChain(events.slice(0, 3), { expectHead: head })).toEqual({
      ok: false,
      checked: 3,
      firstBadSeq: 4,
      problem: "truncated",
    });
  });

  it("AD-86 finds a whole rewriting by the signature of the head", () => {
    const identity = generateIdentity();
    const jwks = { keys: [publicJwk(identity.publicKey)] };
    const calendarId = events[0]?.calendar_id ?? "";
    const sign = ({ seq, hash }: { seq: number; hash: string }): SignedAuditHead => ({
      seq,
      hash,
      calendarId,
      at: null,
      keyId: exportPrivateJwk(identity).kid,
      signature: toBase64Url(identity.sign(new TextEncoder().encode(`${calendarId}\n${seq}\n${hash}`))),
    });
    const signed = sign(head);
    expect(verifyChain(events, { expectHead: signed, jwks })).toEqual({ ok: true, checked: 4 });
    const rewritten = rehashed(forged);
    expect(verifyChain(rewritten)).toEqual({ ok: true, checked: 4 });
    expect(verifyChain(rewritten, { expectHead: signed, jwks })).toMatchObject({ problem: "signature" });
    const forgedHead = { ...signed, hash: rewritten.at(-1)?.hash ?? "" };
    expect(verifyChain(rewritten, { expectHead: forgedHead, jwks })).toMatchObject({ problem: "signature" });
    expect(verifyChain(events, { expectHead: signed, jwks: { keys: [] } })).toMatchObject({
      problem: "signature",
    });
    expect(verifyChain(rewritten, { expectHead: head })).toMatchObject({ problem: "hash", firstBadSeq: 4 });
    // Keys without a signature to check, and a head that the list only begins behind, prove nothing either.
    expect(verifyChain(events, { expectHead: head, jwks })).toMatchObject({ problem: "signature" });
    const after = { seq: head.seq, hash: rewritten.at(-1)?.hash ?? "" };
    expect(verifyChain([], { after, expectHead: head })).toMatchObject({ problem: "hash" });
  });

  it("AD-8-link finds an event that was put in, with a hash of its own", () => {
    const lone = { ...events[1], prev_hash: "1".repeat(64) } as AuditEvent;
    const hash = sha256Hex(`${lone.prev_hash}\n${canonicalJson({ ...lone, hash: undefined })}`);
    expect(verifyChain(events.with(1, { ...lone, hash }))).toMatchObject({ firstBadSeq: 2, problem: "link" });
  });
});

describe("verifyChain with what makes no sense", () => {
  it("AD-82 an event that has no hash, or is none, is no good event", () => {
    const { hash: _, ...unhashed } = { ...(events[0] as AuditEvent), resource: "\ud800" };
    for (const event of [unhashed, { ...unhashed, hash: undefined }, null, "event", []]) {
      expect(verifyChain([event as never])).toMatchObject({ ok: false, problem: "hash", firstBadSeq: 1 });
    }
  });

  it.each([
    ["expectHead", { expectHead: undefined }],
    ["expectHead", { expectHead: null }],
    ["expectHead", { expectHead: {} }],
    ["expectHead", { expectHead: { seq: 4 } }],
    ["expectHead", { expectHead: { seq: Number.NaN, hash: "x" } }],
    ["jwks", { expectHead: head, jwks: undefined }],
    ["jwks", { jwks: { keys: [] } }],
    ["expect_head", { expect_head: head }],
  ])("AD-85 refuses a %s that would let a cut log pass: %j", (name, options) => {
    expect(() => verifyChain(events.slice(0, 3), options as never)).toThrow(
      expect.objectContaining({
        name: "InvalidArgumentError",
        code: "invalid_option",
        message: expect.stringContaining(name),
      }),
    );
  });

  it("AD-86 keys in another form than a list are no keys", () => {
    const expectHead = {
      ...head,
      calendarId: "c",
      keyId: "k",
      signature: "AA",
      at: new Date(0),
    } as SignedAuditHead;
    for (const jwks of [{}, { keys: {} }, { keys: [null, 5] }]) {
      expect(verifyChain(events, { expectHead, jwks: jwks as never })).toMatchObject({
        problem: "signature",
      });
    }
  });
});

describe("the audit log", () => {
  it("AD-81 AD-87 of a live service verifies to its signed head, and tells all of a booking", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(5);
    const strong = await clients.agent(1);
    const { bookingId } = await client.bookings.commit({ start: at("10:00"), end: at("10:30") });
    await strong.client.bookings.commit({ start: at("10:00"), end: at("10:30") });
    const all = await collect(client.audit.export({ limit: 2 }));
    const signedHead = await client.audit.head();
    expect(
      client.audit.verifyChain(all, { expectHead: signedHead, jwks: await client.audit.keys() }),
    ).toEqual({
      ok: true,
      checked: signedHead.seq,
    });
    const { events: own, head: end } = await client.audit.list({ resource: bookingId });
    expect(own.map(({ type }) => type)).toEqual(["booking.committed", "booking.evicted"]);
    expect(end).toEqual({ seq: signedHead.seq, hash: signedHead.hash });
    const lines = await collect(client.audit.exportLines());
    expect(verifyChain(lines.map((line): AuditEvent => JSON.parse(line)))).toMatchObject({ ok: true });
  });

  it("AD-8-export an export does not run in circles on a service that does", async () => {
    await using scripted = await startScripted((response) =>
      answerJson(response, 200, { events, next_after: 4 }),
    );
    expect(await collect(scripted.client.audit.export())).toHaveLength(8);
    expect(scripted.requests).toHaveLength(2);
  });
});

describe("the event feed", () => {
  it("AD-2-feed tells what happens from now on, in order, and goes on from a cursor", async () => {
    await using clients = await startClients();
    const { client } = await clients.agent(1);
    const feed = client.events.subscribe();
    await feed.ready;
    const { bookingId } = await client.bookings.commit({ start: at("10:00"), end: at("10:30") });
    await client.bookings.cancel(bookingId);
    const seen: AuditEvent[] = [];
    for await (const event of feed) {
      seen.push(event);
      if (seen.length === 2) {
        break;
      }
    }
    expect(seen.map(({ type, resource }) => [type, resource])).toEqual([
      ["booking.committed", bookingId],
      ["booking.cancelled", bookingId],
    ]);
    await using again = client.events.subscribe({ cursor: (seen[0]?.seq ?? 0) - 1, waitSeconds: 0 });
    for await (const event of again) {
      expect(event.event_id).toBe(seen[0]?.event_id);
      break;
    }
  });

  it("AD-2-feed goes on without gap or repeat after a break, and calls back", async () => {
    await using scripted = await startScripted((response, index) => {
      switch (index) {
        case 0:
          answerJson(response, 200, { calendar_id: "c", seq: 0, hash: "h" });
          break;
        case 1:
          answerJson(response, 200, { events: events.slice(0, 2), next_after: 2 });
          break;
        case 2:
          answerJson(response, 200, { events: [], next_after: 2 });
          break;
        case 3:
          response.socket?.resetAndDestroy();
          break;
        case 4:
          answerJson(response, 200, { calendar_id: "c", seq: 4, hash: "h" });
          break;
        case 5:
          // One event again, as a careless service may tell it.
          answerJson(response, 200, { events: events.slice(1), next_after: 4 });
          break;
        default:
          // Nothing more happens: this question stays open.
          break;
      }
    });
    const seen: number[] = [];
    await using feed = scripted.client.events.subscribe({
      cursor: 0,
      backoff: { baseMs: 0 },
      onItem: ({ seq }) => {
        seen.push(seq);
      },
    });
    await waitUntil(() => scripted.requests.length === 7);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(scripted.requests.map(({ line }) => line.replace(/&.*/, ""))).toEqual([
      "GET /v1/audit/head",
      "GET /v1/events?after=0",
      "GET /v1/events?after=2",
      "GET /v1/events?after=2",
      "GET /v1/audit/head",
      "GET /v1/events?after=2",
      "GET /v1/events?after=4",
    ]);
    await feed.close();
  });

  it("AD-2-feed says when the log is another one than the cursor's", async () => {
    await using scripted = await startScripted((response) =>
      answerJson(response, 200, { calendar_id: "c", seq: 3, hash: "h" }),
    );
    const feed = scripted.client.events.subscribe({ cursor: 10 });
    feed.ready.catch(() => {});
    expect(await feed.ended).toMatchObject({ code: "resume_gap" });
  });

  it("AD-2-feed ends with what no repeat can cure", async () => {
    await using scripted = await startScripted((response) =>
      answerJson(response, 401, { error: "revoked_api_key" }),
    );
    const feed = scripted.client.events.subscribe();
    await expect(feed.ready).rejects.toMatchObject({ code: "revoked_api_key", name: "AuthError" });
  });
});
