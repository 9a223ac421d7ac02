// What both Ed25519 engines refuse before any arithmetic, so that they agree on every input.

import { fromHex } from "../bytes.ts";

/** Bytes of a seed, a public key and a signature. */
export const seedLength = 32;
export const publicKeyLength = 32;
const signatureLength = 64;

function littleEndian(bigEndianHex: string): Uint8Array {
  return (fromHex(bigEndianHex) ?? new Uint8Array()).toReversed();
}

// The order of the base point, 2^252 + 27742317777372353535851937790883648493, and the prime of the field, 2^255 - 19.
const order = littleEndian("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
const prime = littleEndian("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

// The y coordinates of the eight points of small order. A "signature" under such a key fits many messages.
const weakY: readonly Uint8Array[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000001",
  "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",
  "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
  "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",
].map(littleEndian);

/** Compares as numbers, least significant byte first. */
function isBelow(bytes: Uint8Array, bound: Uint8Array): boolean {
  for (let index = bound.length - 1; index >= 0; index -= 1) {
    const difference = (bytes[index] ?? 0) - (bound[index] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return false;
}

/** Whether a public key has the right length, is written in the one canonical way and is not of small order. */
export function isAcceptablePublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== publicKeyLength) {
    return false;
  }
  return isBelow(yOf(publicKey), prime) && !hasSmallOrder(publicKey);
}

/** Whether a key is one of the points of small order, under which one signature fits many messages. */
export function hasSmallOrder(publicKey: Uint8Array): boolean {
  const y = yOf(publicKey);
  return weakY.some((weak) => weak.every((byte, index) => byte === y[index]));
}

/** The key without the sign of x. */
function yOf(publicKey: Uint8Array): Uint8Array {
  const y = publicKey.slice();
  y[31] = (y[31] ?? 0) & 0x7f;
  return y;
}

/** Whether a signature has the right length and its S is reduced, without which anyone could make a second one. */
export function isAcceptableSignature(signature: Uint8Array): boolean {
  return signature.length === signatureLength && isBelow(signature.subarray(32), order);
}
