// Ed25519 in plain JavaScript, for every runtime. On Node the import `#ed25519` is node/ed25519.ts instead.

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { isAcceptablePublicKey, isAcceptableSignature } from "./ed25519-rules.ts";

const { Point } = ed25519;

/** Which implementation this is. */
export const engine: string = "noble";

/** The 32-byte public key of a 32-byte seed. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

/** Signs with the key of a seed (RFC 8032, pure Ed25519): the same message always has the same signature. */
export function createSign(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const secret = seed.slice();
  return (message) => ed25519.sign(message, secret);
}

/**
 * Verifies signatures of one public key. Answers `false` for anything malformed.
 *
 * noble's own `verify` multiplies by the cofactor and OpenSSL does not, so they differ on signatures with a torsion
 * component, which no honest signer makes. The equation here is OpenSSL's: encode(S*B - k*A) equals R.
 */
export function createVerify(publicKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const key = publicKey.slice();
  const point = isAcceptablePublicKey(key) ? decodePoint(key) : undefined;
  return (message, signature) => {
    if (point === undefined || !isAcceptableSignature(signature)) {
      return false;
    }
    const commitment = signature.subarray(0, 32);
    const s = Point.Fn.fromBytes(signature.subarray(32));
    const hash = sha512.create().update(commitment).update(key).update(message).digest();
    const challenge = Point.Fn.create(littleEndianNumber(hash));
    const expected = Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(challenge)).toBytes();
    return expected.every((byte, index) => byte === commitment[index]);
  };
}

function decodePoint(publicKey: Uint8Array): typeof Point.BASE | undefined {
  try {
    return Point.fromBytes(publicKey);
  } catch {
    return undefined;
  }
}

function littleEndianNumber(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes.toReversed()) {
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}
