import { describe, expect, it } from "vitest";
import { sha256 as portableSha256 } from "../src/identity/sha256.ts";
import {
  decodeJws,
  equalBytes,
  exportPrivateJwk,
  generateIdentity,
  hmacSha256,
  importPrivateJwk,
  jwkThumbprint,
  publicJwk,
  publicKeyOfJwk,
  sha256Hex,
  signJws,
  toHex,
  verifyJws,
} from "../src/index.ts";

describe("JWK", () => {
  it("has the thumbprint of RFC 8037, appendix A.3", () => {
    expect(jwkThumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")).toBe(
      "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    );
  });

  it("carries an identity there and back, as object and as text", () => {
    const identity = generateIdentity();
    const jwk = exportPrivateJwk(identity);
    expect(jwk.kid).toBe(jwkThumbprint(identity.publicKey));
    for (const given of [jwk, JSON.stringify(jwk)]) {
      const { identity: back, kid } = importPrivateJwk(given);
      expect(back.publicKeyHex).toBe(identity.publicKeyHex);
      expect(kid).toBe(jwk.kid);
    }
    const shown = publicJwk(identity.publicKey, { alg: "EdDSA", use: "sig" });
    expect(shown).toEqual({ kty: "OKP", crv: "Ed25519", x: jwk.x, kid: jwk.kid, alg: "EdDSA", use: "sig" });
    expect(publicKeyOfJwk(shown)).toEqual(identity.publicKey);
  });

  it("refuses what is no Ed25519 key", () => {
    for (const jwk of [null, 1, "{", "null", {}, { kty: "RSA" }, { kty: "OKP", crv: "Ed25519", d: "!" }]) {
      expect(() => importPrivateJwk(jwk)).toThrow(expect.objectContaining({ code: "invalid_jwk" }));
    }
    for (const jwk of [
      undefined,
      { kty: "OKP", crv: "X25519", x: "AA" },
      { kty: "OKP", crv: "Ed25519", x: "AA" },
    ]) {
      expect(publicKeyOfJwk(jwk)).toBeUndefined();
    }
  });
});

describe("JWS", () => {
  it("gives the token of RFC 8037, appendix A.4", () => {
    const { identity } = importPrivateJwk({
      kty: "OKP",
      crv: "Ed25519",
      d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    });
    expect(signJws("Example of Ed25519 signing", {}, identity)).toBe(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    );
  });

  it("verifies with its key, and with no other", () => {
    const identity = generateIdentity();
    const token = decodeJws(signJws('{"é":1}', { typ: "JWT" }, identity));
    expect(token).toMatchObject({ headerText: '{"alg":"EdDSA","typ":"JWT"}', payloadText: '{"é":1}' });
    expect(token && verifyJws(token, identity.publicKey)).toBe(true);
    expect(token && verifyJws(token, generateIdentity().publicKey)).toBe(false);
  });

  it("takes one spelling only", () => {
    const token = signJws("{}", {}, generateIdentity());
    const spoilt = [
      `${token}=`,
      `${token}!`,
      token.replace(".", ".."),
      `${token}.`,
      "",
      "a.b",
      "e30.e30.A",
      "gA.e30.AA",
    ];
    expect(spoilt.map(decodeJws)).toEqual(spoilt.map(() => undefined));
  });
});

describe("hashes", () => {
  it("SHA-256 is the same by both engines", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(toHex(portableSha256(new TextEncoder().encode("abc")))).toBe(sha256Hex("abc"));
  });

  it("HMAC-SHA-256 is that of RFC 4231, cases 2 and 6", () => {
    expect(toHex(hmacSha256("Jefe", "what do ya want for nothing?"))).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    const longKey = new Uint8Array(131).fill(0xaa);
    expect(toHex(hmacSha256(longKey, "Test Using Larger Than Block-Size Key - Hash Key First"))).toBe(
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
  });

  it("compares bytes", () => {
    const of = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
    expect([equalBytes(of(), of()), equalBytes(of(1, 2), of(1, 2)), equalBytes(of(1), of(2))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(equalBytes(of(1), of(1, 2))).toBe(false);
  });
});
