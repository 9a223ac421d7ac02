// SHA-256 in plain JavaScript, for every runtime. On Node the import `#sha256` is node/sha256.ts instead.

import { sha256 as hash } from "@noble/hashes/sha2.js";

/** The 32 bytes of the SHA-256 hash. */
export function sha256(data: Uint8Array): Uint8Array {
  return hash(data);
}
