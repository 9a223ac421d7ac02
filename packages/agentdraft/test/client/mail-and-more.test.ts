import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { runInNewContext } from "node:vm";
import {
  exportPrivateJwk,
  generateIdentity,
  hmacSha256,
  type JwkSet,
  type PrivateJwk,
  publicJwk,
  toHex,
} from "@x/core";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  type Counter,
  NotFound,
  NotOwner,
  RateLimited,
  RuleViolation,
  type SignRequestOptions,
  signRequest,
  type VerifySignedRequestOptions,
  verifyApprovalToken,
  verifySignedRequest,
  verifyWebhook,
} from "../../src/index.ts";
import { at } from "../http/fixture.ts";
import { startClients } from "./fixture.ts";

describe("the mailbox", () => {
  it("AD-97 carries mail between agents and keeps the thread", async () => {
    await using clients = await startClients({ mailQuotaPerDay: 3 });
    const a = await clients.agent(1);
    const b = await clients.agent(2);
    const { address, quota } = await b.client.mailbox.info();
    expect(quota).toMatchObject({
      limit: 3,
      used: 0,
      remaining: 3,
      period: "day",
      resetsAt: expect.any(Date),
    });
    const sent = await a.client.mailbox.send({ to: address, subject: "Hallo ☃", bodyText: "Zeile\nzwei" });
    expect(sent).toMatchObject({ direction: "outbound", to: address, status: "sent" });
    const { items } = await b.client.mailbox.listMessages({ direction: "inbound" });
    expect(items).toMatchObject([{ subject: "Hallo ☃", bodyText: "Zeile\nzwei", from: sent.from }]);
    const received = items[0]?.messageId ?? "";
    const reply = await b.client.mailbox.reply(received, { bodyText: "ja" });
    expect(reply).toMatchObject({
      subject: "Re: Hallo ☃",
      inReplyTo: received,
      threadId: items[0]?.threadId,
    });
    const answered = await a.client.mailbox.listMessages({ direction: "inbound" });
    expect(answered.items[0]?.threadId).toBe(sent.threadId);
    expect((await b.client.mailbox.getMessage(received)).messageId).toBe(received);
    await expect(a.client.mailbox.getMessage(received)).rejects.toBeInstanceOf(NotFound);
    expect((await b.client.mailbox.quota()).remaining).toBe(2);
  });

  it("AD-97 pages without gaps, knows suppressed addresses and the end of the quota", async () => {
    await using clients = await startClients({ mailQuotaPerDay: 3 });
    const { client } = await clients.agent(1);
    const message = { to: "someone+tag@example.com", subject: "s", bodyText: "b" };
    expect(await client.mailbox.checkSuppression(message.to)).toMatchObject({
      suppressed: false,
      reason: null,
    });
    for (let index = 0; index < 3; index += 1) {
      await client.mailbox.send({ ...message, subject: `s${index}` });
    }
    const first = await client.mailbox.listMessages({ limit: 2 });
    const second = await client.mailbox.listMessages({ limit: 2, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...second.items].map(({ subject }) => subject)).toEqual(["s2", "s1", "s0"]);
    await expect(client.mailbox.send({ ...message, maxRetries: 0 })).rejects.toBeInstanceOf(RateLimited);
    await clients.draft.anyone.post("/v1/dev/mailbox/bounce", { address: message.to, reason: "gone" });
    expect(await client.mailbox.checkSuppression("SomeOne+Tag@example.com")).toMatchObject({
      suppressed: true,
      reason: "gone",
      since: expect.any(Date),
    });
    const other = await clients.agent(1);
    await expect(other.client.mailbox.send(message)).rejects.toBeInstanceOf(RuleViolation);
  });
});

describe("negotiation", () => {
  it("AD-98 the loser proposes, the winner moves", async () => {
    await using clients = await startClients();
    const winner = await clients.agent(1);
    const loser = await clients.agent(2);
    const slot = { start: at("10:00"), end: at("10:30") };
    const other = { start: at("14:00"), end: at("14:30") };
    const { bookingId } = await winner.client.bookings.commit(slot);
    const counter = await loser.client.negotiation.propose(bookingId, [other], "please");
    expect(counter).toMatchObject({
      bookingId,
      proposed: [{ start: new Date(other.start), end: new Date(other.end) }],
    });
    const open: readonly Counter[] = await winner.client.negotiation.list(bookingId);
    expect(open).toMatchObject([{ counterId: counter.counterId, status: "open", note: "please" }]);
    await expect(loser.client.negotiation.accept(counter, 0)).rejects.toBeInstanceOf(NotOwner);
    expect(await winner.client.negotiation.accept(counter, 0)).toMatchObject({ status: "accepted" });
    await loser.client.bookings.commit(slot);
    const again = await loser.client.negotiation.propose(
      (await winner.client.bookings.commit({ start: at("16:00"), end: at("16:30") })).bookingId,
      [other],
    );
    expect(await winner.client.negotiation.reject(again)).toMatchObject({ status: "rejected" });
    await expect(winner.client.negotiation.reject({ counterId: "x", bookingId: null })).rejects.toMatchObject(
      {
        code: "invalid_path_value",
      },
    );
  });
});

describe("verifyWebhook", () => {
  const secret = "whsec_test";
  const now = new Date("2030-01-07T10:00:00Z");
  const t = now.getTime() / 1_000;
  const body =
    '{"id":"evt_1","type":"booking.evicted","created_at":"2030-01-07T10:00:00+00:00","workspace_id":"wsp_1","data":{"booking_id":"bkg_1"}}';
  const v1 = (text = body, at = t): string => toHex(hmacSha256(secret, `${at}.${text}`));

  it("AD-98 gives the event of a call that is signed and fresh", () => {
    const expected = {
      id: "evt_1",
      type: "booking.evicted",
      createdAt: now,
      workspaceId: "wsp_1",
      data: { booking_id: "bkg_1" },
    };
    expect(verifyWebhook({ body, signature: `t=${t},v1=${v1()}`, secret, now })).toEqual(expected);
    const bytes = new TextEncoder().encode(body);
    expect(verifyWebhook({ body: bytes, signature: `t=${t}, v1=00, v1=${v1()}`, secret, now })).toEqual(
      expected,
    );
  });

  it("AD-98 refuses all others, and says why", () => {
    const codeOf = (options: object): unknown => {
      try {
        return verifyWebhook({ body, signature: `t=${t},v1=${v1()}`, secret, now, ...options });
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect([
      codeOf({ signature: null }),
      codeOf({ signature: `v1=${v1()}` }),
      codeOf({ signature: `t=${t},v1=zz` }),
      codeOf({ secret: "whsec_other" }),
      codeOf({ body: `${body} ` }),
      codeOf({ signature: `t=${t + 1},v1=${v1()}` }),
      codeOf({ signature: `t=${t - 301},v1=${v1(body, t - 301)}` }),
      codeOf({ signature: `t=${t + 301},v1=${v1(body, t + 301)}` }),
      codeOf({ body: "{}", signature: `t=${t},v1=${v1("{}")}` }),
    ]).toEqual([
      "signature_missing",
      "signature_missing",
      "signature_missing",
      "signature_invalid",
      "signature_invalid",
      "signature_invalid",
      "timestamp_out_of_tolerance",
      "timestamp_out_of_tolerance",
      "invalid_body",
    ]);
  });

  it("AD-98 takes what the service really sends", async () => {
    const calls: { body: string; signature: string | undefined }[] = [];
    const target = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8");
      request.on("data", (piece: string) => {
        text += piece;
      });
      request.on("end", () => {
        calls.push({ body: text, signature: request.headers["agentdraft-signature"]?.toString() });
        response.end();
      });
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    try {
      await using clients = await startClients();
      const { client } = await clients.agent(1);
      const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/hook`;
      const created = await clients.owner.post("/v1/dashboard/webhooks", {
        event_type: "booking.committed",
        url,
      });
      const { bookingId } = await client.bookings.commit({ start: at("10:00"), end: at("10:30") });
      await waitUntil(() => calls.length > 0);
      const event = verifyWebhook({
        body: calls[0]?.body ?? "",
        signature: calls[0]?.signature,
        secret: String(created.body.secret),
      });
      expect(event).toMatchObject({ type: "booking.committed", data: { booking_id: bookingId } });
    } finally {
      target.closeAllConnections();
      await new Promise<void>((resolve) => target.close(() => resolve()));
    }
  });
});

function signingKeys(): { directory: JwkSet; privateJwk: PrivateJwk } {
  const identity = generateIdentity();
  const privateJwk = exportPrivateJwk(identity);
  return { privateJwk, directory: { keys: [publicJwk(identity.publicKey)] } };
}

describe("what was received in another form", () => {
  const secret = "whsec_test";
  const now = new Date("2030-01-07T10:00:00Z");
  const t = now.getTime() / 1_000;
  const body = '{"id":"evt_1","type":"x"}';
  const signature = `t=${t},v1=${toHex(hmacSha256(secret, `${t}.${body}`))}`;

  it("AD-98 verifyWebhook takes a header in a list of its own, and refuses whatever else is no text by its own error", () => {
    expect(verifyWebhook({ body, signature: [signature], secret, now }).id).toBe("evt_1");
    for (const other of [[], [signature, signature], [[signature]], 5, {}, true, [null]]) {
      const call = (): unknown => verifyWebhook({ body, signature: other as never, secret, now });
      expect(call).toThrow(
        expect.objectContaining({ name: "WebhookVerificationError", code: "signature_missing" }),
      );
    }
  });

  it("AD-98 bytes and dates of another realm are bytes and dates", () => {
    const other = (code: string): never => runInNewContext(code) as never;
    const bytes = other(`Uint8Array.from(${JSON.stringify([...new TextEncoder().encode(body)])})`);
    expect(
      verifyWebhook({ body: bytes, signature, secret, now: other(`new Date(${now.getTime()})`) }).id,
    ).toBe("evt_1");
  });

  it("AD-5.4-token a receipt that is no text is a receipt that is refused", async () => {
    for (const token of [undefined, null, 5, {}, ["a.b.c"]]) {
      await expect(verifyApprovalToken(token as never, { jwks: [] })).rejects.toMatchObject({
        name: "ReceiptVerificationError",
      });
    }
  });

  it("AD-6-forms headers of a signed request may be lists; what is no text is as if missing", async () => {
    const { directory, privateJwk } = signingKeys();
    const request = { method: "POST", url: "https://shop.example.com/a", body: "{}" };
    const signed = signRequest({ ...request, privateJwk, agentId: "agt_1" });
    const verify = (headers: object): Promise<unknown> =>
      verifySignedRequest({ ...request, headers: headers as never, directory });
    const lists = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name, [value]]));
    expect(await verify({ ...lists, "content-length": 2 })).toMatchObject({ agentId: "agt_1" });
    expect(await verify(new Map(Object.entries(lists)))).toMatchObject({ agentId: "agt_1" });
    for (const headers of [
      undefined,
      null,
      [],
      [5],
      [[]],
      { ...signed, Signature: 5 },
      { ...signed, Signature: [] },
    ]) {
      await expect(verify(headers as never)).rejects.toMatchObject({
        name: "SignatureVerificationError",
        code: "signature_missing",
      });
    }
    for (const wrong of [{ method: undefined }, { url: undefined }, { body: { a: 1 } }]) {
      await expect(
        verifySignedRequest({ ...request, headers: { ...signed }, directory, ...(wrong as object) }),
      ).rejects.toMatchObject({ name: "InvalidArgumentError" });
    }
  });
});

describe("a pin that is named without a value", () => {
  const refused = { name: "InvalidArgumentError", code: "invalid_option" };

  it.each([
    "issuer",
    "audience",
    "approvalId",
    "actionType",
    "evidenceSha256",
    "consentId",
    "bookingId",
    "actionClass",
    "paramsSha256",
    "tokenUses",
    "jwks",
    "jwksUrl",
  ])("AD-5.4-pins verifyApprovalToken refuses %s", async (pin) => {
    for (const value of [undefined, null, 5]) {
      await expect(verifyApprovalToken("a.b.c", { jwks: [], [pin]: value })).rejects.toMatchObject(refused);
    }
  });

  it("AD-5.4-pins a pin in another spelling is told the right one", async () => {
    for (const pin of ["actiontype", "evidence_sha256", "Audience"]) {
      await expect(verifyApprovalToken("a.b.c", { jwks: [], [pin]: "x" })).rejects.toMatchObject({
        ...refused,
        message: expect.stringMatching(/did you mean/),
      });
    }
  });

  it.each(["agentId", "baseUrl", "directory"])("AD-6-pins verifySignedRequest refuses %s", async (pin) => {
    const request = { method: "GET", url: "https://shop.example.com/", headers: {} };
    for (const value of [undefined, null, 5]) {
      await expect(verifySignedRequest({ ...request, [pin]: value })).rejects.toMatchObject(refused);
    }
  });

  it("AD-6-pins a directory that is none is not looked up elsewhere", async () => {
    const { privateJwk } = signingKeys();
    const request = { method: "GET", url: "https://shop.example.com/" };
    const headers = signRequest({ ...request, privateJwk, agentId: "agt_1" });
    const fetch = (): never => {
      throw new Error("asked elsewhere");
    };
    for (const directory of [{}, { keys: {} }]) {
      await expect(
        verifySignedRequest({ ...request, headers: { ...headers }, fetch, directory: directory as never }),
      ).rejects.toMatchObject({ code: "unknown_key" });
    }
  });
});

describe("a now that is no moment", () => {
  it.each([
    ["a number", 1_893_492_000],
    ["a text", "2030-01-07"],
    ["null", null],
    ["an invalid Date", new Date(Number.NaN)],
  ])("is refused by every verifier before it judges anything: %s", async (_, now) => {
    const wrong: object = { now };
    const refusal = (operation: string) =>
      expect.objectContaining({
        name: "InvalidArgumentError",
        code: "invalid_option",
        operation,
        message: expect.stringMatching(`^${operation}: now must be a valid Date, not `),
      });
    expect(() => verifyWebhook({ body: "{}", signature: null, secret: "s", ...wrong })).toThrow(
      refusal("verifyWebhook"),
    );
    await expect(verifyApprovalToken("no token", { ...wrong })).rejects.toEqual(
      refusal("verifyApprovalToken"),
    );
    await expect(
      verifySignedRequest({ method: "GET", url: "https://shop.example.com/", headers: {}, ...wrong }),
    ).rejects.toEqual(refusal("verifySignedRequest"));
  });
});

describe("a leeway or tolerance that is none", () => {
  it.each([
    ["NaN", Number.NaN],
    ["below 0", -1],
    ["a text", "300"],
    ["null", null],
  ])("is refused by every verifier before it judges anything: %s", async (_, seconds) => {
    const refusal = (operation: string, option: string) =>
      expect.objectContaining({
        name: "InvalidArgumentError",
        code: "invalid_option",
        operation,
        message: expect.stringMatching(`^${operation}: ${option} must be a number of seconds from 0, not `),
      });
    const leeway: object = { leewaySeconds: seconds };
    const tolerance: object = { toleranceSeconds: seconds };
    expect(() => verifyWebhook({ body: "{}", signature: null, secret: "s", ...tolerance })).toThrow(
      refusal("verifyWebhook", "toleranceSeconds"),
    );
    await expect(verifyApprovalToken("no token", { ...leeway })).rejects.toEqual(
      refusal("verifyApprovalToken", "leewaySeconds"),
    );
    await expect(
      verifySignedRequest({ method: "GET", url: "https://shop.example.com/", headers: {}, ...leeway }),
    ).rejects.toEqual(refusal("verifySignedRequest", "leewaySeconds"));
  });
});

describe("verifySignedRequest", () => {
  it("AD-6-verify knows an agent of the service by the directory that the service publishes", async () => {
    await using clients = await startClients();
    const { agent } = await clients.agent(1);
    const other = await clients.agent(1);
    const request: SignRequestOptions = {
      method: "POST",
      url: "https://shop.example.com/api?x=1",
      body: '{"a":1}',
      privateJwk: agent.created.signing_key as Record<string, unknown>,
      agentId: agent.agentId,
      baseUrl: clients.draft.url,
    };
    const headers = signRequest(request);
    const received: VerifySignedRequestOptions = {
      method: "POST",
      url: request.url,
      body: '{"a":1}',
      headers: { ...headers },
      baseUrl: clients.draft.url,
    };
    expect(await verifySignedRequest(received)).toMatchObject({ agentId: agent.agentId, label: "sig1" });
    const codeOf = (changes: Partial<VerifySignedRequestOptions>): Promise<unknown> =>
      verifySignedRequest({ ...received, ...changes }).then(
        () => "verified",
        (error: { code: string }) => error.code,
      );
    const stranger = signRequest({ ...request, baseUrl: "http://169.254.169.254" });
    const claimed = signRequest({ ...request, agentId: other.agent.agentId });
    expect([
      await codeOf({ body: "{}" }),
      await codeOf({ method: "PUT" }),
      await codeOf({ agentId: other.agent.agentId }),
      await codeOf({ headers: { ...stranger } }),
      await codeOf({ headers: { ...claimed } }),
      await codeOf({ headers: {} }),
      await codeOf({ now: new Date(Date.now() + 100_000) }),
    ]).toEqual([
      "digest_mismatch",
      "signature_invalid",
      "unknown_agent",
      "unknown_directory",
      "unknown_key",
      "signature_missing",
      "signature_expired",
    ]);
  });
});
