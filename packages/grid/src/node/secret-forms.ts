// The ways in which tools write down an Ed25519 key: one seed, whatever it looks like.

import { fromHex } from "@x/core";

/** A seed, and the public key where the writing carries it as well. */
export interface WrittenKey {
  readonly seed: Uint8Array;
  readonly publicKey?: Uint8Array | undefined;
}

/** What stands before the seed in PKCS#8: the object identifier of Ed25519, and two octet strings. */
const pkcs8Marker = Uint8Array.of(0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20);

/** 64 or 128 hex digits, base64 of 32 or 64 bytes, or PKCS#8 in PEM; `undefined` for anything else. */
export function readWrittenKey(text: string): WrittenKey | undefined {
  const plain = text.trim();
  const pem = /^-----BEGIN PRIVATE KEY-----([\s\S]+)-----END PRIVATE KEY-----$/.exec(plain);
  if (pem !== null) {
    return ofPkcs8(fromBase64(pem[1]?.replaceAll(/\s/g, "") ?? ""));
  }
  const isHex = /^(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$/.test(plain);
  const bytes = isHex ? fromHex(plain) : fromBase64(plain);
  switch (bytes?.length) {
    case 32:
      return { seed: bytes };
    case 64:
      return { seed: bytes.slice(0, 32), publicKey: bytes.slice(32) };
    default:
      return undefined;
  }
}

function ofPkcs8(der: Uint8Array | undefined): WrittenKey | undefined {
  const at = der?.findIndex((_, index) => pkcs8Marker.every((byte, offset) => der[index + offset] === byte));
  if (der === undefined || at === undefined || at < 0) {
    return undefined;
  }
  const seed = der.slice(at + pkcs8Marker.length, at + pkcs8Marker.length + 32);
  return seed.length === 32 ? { seed } : undefined;
}

/** Base64 of either alphabet, padded or not. */
function fromBase64(text: string): Uint8Array | undefined {
  return /^[\w+/-]+={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, "base64")) : undefined;
}
