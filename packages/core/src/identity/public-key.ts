// What is wrong with a public key that a stranger brings, told before it is kept.

import { toHex } from "../bytes.ts";
import { hasSmallOrder, publicKeyLength } from "./ed25519-rules.ts";

/** `malformed`: not 32 bytes, not the one canonical writing, or no point of the curve. `weak`: of small order. */
export type PublicKeyProblem = "malformed" | "weak";

const prime = 2n ** 255n - 19n;
const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

/**
 * Why 32 bytes are no Ed25519 public key to verify with; `undefined` if nothing is wrong. A verifier refuses such keys too,
 * signature by signature; this says so once, where a key is registered.
 */
export function publicKeyProblem(publicKey: Uint8Array): PublicKeyProblem | undefined {
  if (publicKey.length !== publicKeyLength) {
    return "malformed";
  }
  if (hasSmallOrder(publicKey)) {
    return "weak";
  }
  const y = BigInt(`0x${toHex(publicKey.toReversed())}`) & (2n ** 255n - 1n);
  return y < prime && hasX(y) ? undefined : "malformed";
}

/** Whether the curve has a point at this y: x^2 = (y^2 - 1) / (d y^2 + 1) has a root (RFC 8032, section 5.1.3). */
function hasX(y: bigint): boolean {
  const square = (y * y) % prime;
  // A quotient is a square if the product is.
  const product = ((square - 1n + prime) * (d * square + 1n)) % prime;
  return power(product, (prime - 1n) / 2n) <= 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let factor = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) {
      result = (result * factor) % prime;
    }
    factor = (factor * factor) % prime;
  }
  return result;
}
