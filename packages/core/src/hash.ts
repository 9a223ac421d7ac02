// Hashes and message codes on SHA-256, and a comparison that takes the same time for every content.

import { sha256 as sha256Bytes } from "#sha256";
import { toHex } from "./bytes.ts";

const encoder = new TextEncoder();

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encoder.encode(data) : data;
}

/** The 32 bytes of the SHA-256 hash of bytes, or of a text in UTF-8. */
export function sha256(data: string | Uint8Array): Uint8Array {
  return sha256Bytes(bytesOf(data));
}

/** {@link sha256} as 64 lower-case hex characters. */
export function sha256Hex(data: string | Uint8Array): string {
  return toHex(sha256(data));
}

const blockLength = 64;

/** HMAC-SHA-256 (RFC 2104) of bytes, or of a text in UTF-8. */
export function hmacSha256(key: string | Uint8Array, data: string | Uint8Array): Uint8Array {
  const given = bytesOf(key);
  const block = new Uint8Array(blockLength);
  block.set(given.length > blockLength ? sha256Bytes(given) : given);
  const inner = sha256Bytes(
    concat(
      block.map((byte) => byte ^ 0x36),
      bytesOf(data),
    ),
  );
  return sha256Bytes(
    concat(
      block.map((byte) => byte ^ 0x5c),
      inner,
    ),
  );
}

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

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
