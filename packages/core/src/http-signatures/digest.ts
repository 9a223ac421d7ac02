// The Content-Digest of a body (RFC 9530), SHA-256 only.

import { sha256 } from "../identity/hash.ts";

const emptyBody = new Uint8Array();

/** `sha-256=:...:` of the bytes, of a text in UTF-8, or of no body. */
export function contentDigest(body: string | Uint8Array | undefined): string {
  return `sha-256=:${toBase64(sha256(body ?? emptyBody))}:`;
}

/** Standard base64 with padding, as structured fields carry bytes. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}

/** The bytes of standard base64 with padding, or `undefined` if it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return undefined;
  }
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}
