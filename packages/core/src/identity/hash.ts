// Hashes and message codes on SHA-256, and a comparison that takes the same time for every content.

export { hmacSha256, sha256, sha256Hex } from "#sha256";

/** Whether both are equal, in a time that depends on their lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) {
    return false;
  }
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) {
    difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  }
  return difference === 0;
}
