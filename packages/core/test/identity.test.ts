import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fromBase64Url,
  fromHex,
  generateIdentity,
  identityFromSeed,
  toBase64Url,
  toHex,
  verifySignature,
} from "../src/index.ts";
import { alice, bob, fixedIdentity } from "../src/testing/index.ts";
import rfc8032 from "./vectors/rfc8032.json" with { type: "json" };

const first = rfc8032.vectors[0];

describe("an identity", () => {
  it("comes from a seed as bytes, hex or base64url, and goes back to each", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const identity = identityFromSeed(seed);
        expect(identity.exportSeed()).toEqual(seed);
        expect(identityFromSeed(identity.exportSeedText("hex")).publicId).toBe(identity.publicId);
        expect(identityFromSeed(identity.exportSeedText("base64url")).publicId).toBe(identity.publicId);
      }),
    );
  });

  it("has the public key of its seed, as bytes, hex and id", () => {
    const identity = identityFromSeed(first?.seed ?? "");
    expect(identity.publicKeyHex).toBe(first?.publicKey);
    expect(toHex(identity.publicKey)).toBe(first?.publicKey);
    expect(identity.publicId).toBe("ed25519:11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    expect(identity.algorithm).toBe("ed25519");
  });

  it("signs what its public key verifies", () => {
    const text = new TextEncoder().encode("hello");
    const signature = alice.sign(text);
    expect(verifySignature(alice.publicKey, text, signature)).toBe(true);
    expect(verifySignature(bob.publicKey, text, signature)).toBe(false);
  });

  it("is new each time, or fixed for tests", () => {
    expect(generateIdentity().publicId).not.toBe(generateIdentity().publicId);
    expect(fixedIdentity(1).publicId).toBe(alice.publicId);
    expect(fixedIdentity(2).publicId).not.toBe(alice.publicId);
  });

  it("shows its secret in no printout, JSON or text", () => {
    const identity = generateIdentity();
    const secrets = [
      identity.exportSeedText("hex"),
      identity.exportSeedText("base64url"),
      identity.exportSeed().join(","),
      identity.exportSeed().join(", "),
    ];
    const shown = [
      inspect(identity, { depth: 9, showHidden: true, showProxy: true, getters: true }),
      inspect({ ...identity }, { depth: 9, showHidden: true }),
      JSON.stringify(identity),
      JSON.stringify({ ...identity }),
      String(identity),
      `${identity}`,
    ];
    for (const text of shown) {
      for (const secret of secrets) {
        expect(text).not.toContain(secret);
      }
    }
    expect(inspect(identity)).toBe(`Identity <${identity.publicId}>`);
    expect(JSON.parse(JSON.stringify(identity))).toEqual({
      algorithm: "ed25519",
      publicKey: identity.publicKeyHex,
    });
  });

  it("cannot be changed through what it hands out", () => {
    const identity = generateIdentity();
    const text = new Uint8Array([1]);
    const before = identity.sign(text);
    const seed = identity.exportSeedText("hex");
    identity.exportSeed().fill(0);
    expect(identity.sign(text)).toEqual(before);
    expect(identity.exportSeedText("hex")).toBe(seed);
    expect(Object.isFrozen(identity)).toBe(true);
  });

  it.each([
    new Uint8Array(31),
    new Uint8Array(33),
    new Uint8Array(0),
    "",
    "zz".repeat(32),
    "00".repeat(31),
    "A".repeat(42),
    "A".repeat(42).concat("B"),
    `${"A".repeat(43)}=`,
  ])("refuses the seed %j without repeating it", (seed) => {
    expect(() => identityFromSeed(seed)).toThrow(expect.objectContaining({ code: "invalid_seed" }));
    if (seed.length > 1 && typeof seed === "string") {
      expect(() => identityFromSeed(seed)).not.toThrow(seed);
    }
  });
});

describe("bytes as text", () => {
  it("go to hex and base64url and back, as Node has them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each(["0", "0g", "0x00", " 00", "٠٠"])("%j is no hex", (text) => {
    expect(fromHex(text)).toBeUndefined();
  });

  it.each(["A", "AA==", "AB", "AA+A", "AA/A", "AA A", "AAA\n"])("%j is no strict base64url", (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});
