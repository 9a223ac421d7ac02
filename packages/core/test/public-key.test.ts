import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVerifier, fromHex, generateIdentity, publicKeyProblem, uuid5 } from "../src/index.ts";

const isPoint = (bytes: Uint8Array): boolean => {
  try {
    ed25519.Point.fromBytes(bytes);
    return true;
  } catch {
    return false;
  }
};

describe("a public key of a stranger", () => {
  it("is refused when it is no point of the curve, as noble finds it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        expect(publicKeyProblem(bytes)).toBe(isPoint(bytes) ? undefined : "malformed");
      }),
    );
  });

  it("is taken when a seed belongs to it", () => {
    expect(publicKeyProblem(generateIdentity().publicKey)).toBeUndefined();
  });

  it("is weak at each of the eight points of small order, in every way to write the sign", () => {
    const { Point } = ed25519;
    // Eight times any of these is the neutral point; the multiples of one of order 8 are all of them.
    const generator = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let point = Point.ZERO;
    const found = new Set<string>();
    for (let index = 0; index < 8; index += 1) {
      point = point.add(generator);
      found.add(point.toHex());
      expect(publicKeyProblem(point.toBytes())).toBe("weak");
      expect(createVerifier(point.toBytes())(new Uint8Array(), new Uint8Array(64))).toBe(false);
    }
    expect(found.size).toBe(8);
  });

  it.each([
    ["of small order", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "weak"],
    ["zero", "00".repeat(32), "weak"],
    ["too short", "01", "malformed"],
    ["beyond the prime of the field", "ff".repeat(32), "malformed"],
  ])("is refused when it is %s", (_, hex, problem) => {
    expect(publicKeyProblem(fromHex(hex) ?? new Uint8Array())).toBe(problem);
  });
});

describe("a name as a UUID of version 5", () => {
  it("is the one that RFC 9562 gives", () => {
    expect(uuid5("dns", "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
    expect(uuid5("url", "http://example.com/")).toBe("0a300ee9-f9e4-5697-a51a-efc7fafaba67");
  });
});
