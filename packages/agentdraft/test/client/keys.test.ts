import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { generateIdentity, publicJwk, signJws } from "@x/core";
import { createFakeClock } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { ConnectionError, verifyApprovalToken } from "../../src/index.ts";

const identity = generateIdentity();
const jwk = publicJwk(identity.publicKey);

function receipt(issuer: string, header: Readonly<Record<string, unknown>> = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: issuer,
    sub: "usr_1",
    act: { sub: "agt_1" },
    iat: now,
    exp: now + 60,
    token_use: "approval_receipt",
    authorization_details: [{ type: "https://agentdraft.io/rar/approval", approval_id: "apr_1" }],
  };
  return signJws(JSON.stringify(claims), { typ: "at+jwt", kid: jwk.kid, ...header }, identity);
}

describe("the keys of an issuer", () => {
  it("AD-5.4-verify a token that must be understood, and a key for something else, prove nothing", async () => {
    const issuer = "https://issuer.example";
    const verify = (token: string, use: string): Promise<unknown> =>
      verifyApprovalToken(token, { issuer, jwks: { keys: [{ ...jwk, use }] } });
    await expect(verify(receipt(issuer), "sig")).resolves.toMatchObject({ agentId: "agt_1" });
    await expect(verify(receipt(issuer, { crit: ["b64"], b64: true }), "sig")).rejects.toMatchObject({
      code: "receipt_invalid",
      message: expect.stringContaining("critical"),
    });
    await expect(verify(receipt(issuer), "enc")).rejects.toMatchObject({
      code: "receipt_invalid",
      message: expect.stringContaining("not for signatures"),
    });
  });

  it("AD-5.4-keys are fetched once in 300 s", async () => {
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const clock = createFakeClock();
      const verify = (): Promise<unknown> => verifyApprovalToken(receipt(issuer), { issuer, clock });
      await verify();
      await verify();
      expect(paths).toEqual(["/.well-known/jwks.json"]);
      await clock.advance(299_999);
      await verify();
      expect(paths).toHaveLength(1);
      await clock.advance(1);
      await verify();
      expect(paths).toHaveLength(2);
      // A URL of its own is a key set of its own, and a fetch of its own is never answered from what is kept.
      await verifyApprovalToken(receipt(issuer), { issuer, clock, jwksUrl: `${issuer}/other` });
      await verifyApprovalToken(receipt(issuer), { issuer, clock, fetch: globalThis.fetch });
      expect(paths.slice(2)).toEqual(["/other", "/.well-known/jwks.json"]);
    } finally {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it("AD-5.4-keys that cannot be fetched are no verdict on the receipt", async () => {
    const issuer = "http://127.0.0.1:1";
    await expect(verifyApprovalToken(receipt(issuer), { issuer })).rejects.toBeInstanceOf(ConnectionError);
  });
});
