// SHA-256, its message code, and SHA-1 for names, in plain JavaScript, for every runtime. On Node the import `#sha256` is node/sha256.ts instead.

import { hmac } from "@noble/hashes/hmac.js";
import { sha1 as hash1 } from "@noble/hashes/legacy.js";
import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === "string" ? utf8ToBytes(data) : data;

/** The 32 bytes of the SHA-256 hash of bytes, or of a text in UTF-8. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return hash(bytesOf(data));
}

/** {@link sha256} as 64 lower-case hex characters. */
export function sha256Hex(data: string | Uint8Array): string {
  return bytesToHex(sha256(data));
}

/** HMAC-SHA-256 (RFC 2104) of bytes, or of a text in UTF-8. */
export function hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Uint8Array {
  return hmac(hash, bytesOf(key), bytesOf(data));
}

/** The 20 bytes of the SHA-1 hash. For names that are defined by it, such as UUIDs of version 5; it protects nothing. */
export function sha1(data: string | Uint8Array): Uint8Array {
  return hash1(bytesOf(data));
}
