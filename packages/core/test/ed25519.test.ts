import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as noble from "../src/identity/ed25519.ts";
import { fromHex, toHex } from "../src/index.ts";
import * as node from "../src/node/ed25519.ts";
import rfc8032 from "./vectors/rfc8032.json" with { type: "json" };

const engines = [
  ["noble", noble],
  ["node", node],
] as const;
const order = 2n ** 252n + 27742317777372353535851937790883648493n;

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) {
    throw new Error(`not hex: ${text}`);
  }
  return bytes;
}

function littleEndian(value: bigint): Uint8Array {
  return hex(value.toString(16).padStart(64, "0")).toReversed();
}

/** The verdict of both engines, which must be one. */
function verdict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const [byNoble, byNode] = engines.map(([, engine]) => engine.createVerify(publicKey)(message, signature));
  expect(byNoble).toBe(byNode);
  return byNoble === true;
}

describe.each(engines)("the %s engine", (name, engine) => {
  it("says which it is", () => {
    expect(engine.engine).toBe(name);
  });

  it.each(rfc8032.vectors)("RFC 8032 $name", ({ seed, publicKey, message, signature }) => {
    expect(toHex(engine.publicKeyOf(hex(seed)))).toBe(publicKey);
    expect(toHex(engine.createSign(hex(seed))(hex(message)))).toBe(signature);
    expect(engine.createVerify(hex(publicKey))(hex(message), hex(signature))).toBe(true);
  });

  it("does not depend on what becomes of the caller's arrays", () => {
    const seed = new Uint8Array(32).fill(7);
    const sign = engine.createSign(seed);
    const publicKey = engine.publicKeyOf(seed);
    const verify = engine.createVerify(publicKey);
    const before = sign(new Uint8Array(3));
    seed.fill(0);
    publicKey.fill(0);
    expect(sign(new Uint8Array(3))).toEqual(before);
    expect(verify(new Uint8Array(3), before)).toBe(true);
  });
});

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const message = fc.uint8Array({ maxLength: 200 });

describe("both engines", () => {
  it("make the same keys and signatures, and accept each other's", () => {
    fc.assert(
      fc.property(bytes32, message, (seed, text) => {
        const publicKey = noble.publicKeyOf(seed);
        expect(node.publicKeyOf(seed)).toEqual(publicKey);
        const signature = noble.createSign(seed)(text);
        expect(node.createSign(seed)(text)).toEqual(signature);
        expect(verdict(publicKey, text, signature)).toBe(true);
      }),
    );
  });

  it("refuse a signature, message or key with any bit changed", () => {
    fc.assert(
      fc.property(
        bytes32,
        message,
        fc.nat(),
        fc.constantFrom("signature", "message", "key"),
        (seed, text, bit, what) => {
          const parts = {
            signature: noble.createSign(seed)(text),
            message: text,
            key: noble.publicKeyOf(seed),
          };
          const target = parts[what as keyof typeof parts];
          fc.pre(target.length > 0);
          const index = bit % target.length;
          const changed = target.slice();
          changed[index] = (changed[index] ?? 0) ^ (1 << (bit % 8));
          const now = { ...parts, [what]: changed };
          expect(verdict(now.key, now.message, now.signature)).toBe(false);
        },
      ),
    );
  });

  it("agree on any bytes, of any length", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 70 }),
      bytes32,
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
    );
    fc.assert(
      fc.property(anyBytes, message, anyBytes, (key, text, signature) => {
        expect(verdict(key, text, signature)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it("refuse a good signature of the wrong length", () => {
    const seed = new Uint8Array(32).fill(1);
    const signature = noble.createSign(seed)(new Uint8Array());
    const key = noble.publicKeyOf(seed);
    const empty = new Uint8Array();
    expect(verdict(key, empty, signature.subarray(0, 63))).toBe(false);
    expect(verdict(key, empty, new Uint8Array([...signature, 0]))).toBe(false);
    expect(verdict(key.subarray(0, 31), empty, signature)).toBe(false);
    expect(verdict(new Uint8Array([...key, 0]), empty, signature)).toBe(false);
  });

  it("refuse an S that is not reduced, though the equation holds", () => {
    fc.assert(
      fc.property(bytes32, message, (seed, text) => {
        const signature = noble.createSign(seed)(text);
        const s = BigInt(`0x${toHex(signature.subarray(32).toReversed())}`);
        const second = new Uint8Array([...signature.subarray(0, 32), ...littleEndian(s + order)]);
        expect(verdict(noble.publicKeyOf(seed), text, second)).toBe(false);
      }),
    );
  });

  it.each([
    ["1, the neutral point", 1n, 0],
    ["1 with a sign", 1n, 1],
    ["-1", 2n ** 255n - 20n, 0],
    ["-1 with a sign", 2n ** 255n - 20n, 1],
    ["0", 0n, 0],
    ["0 with a sign", 0n, 1],
    ["order 8, first", BigInt("0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"), 0],
    [
      "order 8, first, with a sign",
      BigInt("0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"),
      1,
    ],
    ["order 8, second", BigInt("0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"), 0],
    [
      "order 8, second, with a sign",
      BigInt("0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7"),
      1,
    ],
    ["p, another writing of 0", 2n ** 255n - 19n, 0],
    ["p + 1, another writing of 1", 2n ** 255n - 18n, 0],
    ["2^255 - 1", 2n ** 255n - 1n, 1],
  ])("refuse the weak or non-canonical key y = %s", (_, y, sign) => {
    const key = littleEndian(y | (BigInt(sign) << 255n));
    // R = 1, S = 0 satisfies the equation for every message if k*A = 0.
    const universal = new Uint8Array(64);
    universal[0] = 1;
    for (let text = 0; text < 16; text += 1) {
      expect(verdict(key, new Uint8Array([text]), universal)).toBe(false);
    }
  });

  it("use OpenSSL's equation for signatures with a torsion component, which noble's own verify accepts", () => {
    const { Point } = ed25519;
    const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    const honest = Point.BASE.multiply(12345n);
    const mixed = honest.add(torsion).toBytes();
    let accepted = 0;
    for (let text = 0; text < 40; text += 1) {
      const content = new Uint8Array([text]);
      const r = Point.BASE.multiply(BigInt(text) + 7n);
      const k = challenge(r.toBytes(), mixed, content);
      const s = (BigInt(text) + 7n + k * 12345n) % order;
      const signature = new Uint8Array([...r.toBytes(), ...littleEndian(s)]);
      expect(ed25519.verify(signature, content, mixed, { zip215: false })).toBe(true);
      const valid = verdict(mixed, content, signature);
      expect(valid).toBe(k % 8n === 0n);
      accepted += Number(valid);
    }
    expect(accepted).toBeLessThan(40);
  });
});

function challenge(r: Uint8Array, key: Uint8Array, text: Uint8Array): bigint {
  const hash = createHash("sha512").update(r).update(key).update(text).digest();
  return BigInt(`0x${toHex(new Uint8Array(hash).toReversed())}`) % order;
}
