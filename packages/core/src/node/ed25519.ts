// Ed25519 by node:crypto: the same bytes and the same verdicts as ../ed25519.ts, many times faster.

import type { KeyObject } from "node:crypto";
import { isAcceptablePublicKey, isAcceptableSignature } from "../identity/ed25519-rules.ts";

// The DER wrapping of a raw key (RFC 8410); the raw bytes follow.
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

export const engine: string = "node";

/** `node:crypto`, loaded at the first key: importing a client that signs nothing must not pay for it. */
function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = crypto().createPublicKey(privateKey(seed)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(publicPrefix.length));
}

export function createSign(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = privateKey(seed);
  const { sign } = crypto();
  return (message) => {
    const signature = sign(null, message, key);
    return new Uint8Array(signature.buffer, signature.byteOffset, signature.length);
  };
}

export function createVerify(publicKey: Uint8Array): (message: Uint8Array, signature: Uint8Array) => boolean {
  const key = isAcceptablePublicKey(publicKey) ? importPublicKey(publicKey) : undefined;
  const { verify } = crypto();
  return (message, signature) =>
    key !== undefined && isAcceptableSignature(signature) && verify(null, message, key, signature);
}

function privateKey(seed: Uint8Array): KeyObject {
  const der = Buffer.concat([privatePrefix, seed]);
  const key = crypto().createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}

function importPublicKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return crypto().createPublicKey({
      key: Buffer.concat([publicPrefix, publicKey]),
      format: "der",
      type: "spki",
    });
  } catch {
    // Some crypto libraries look at once whether the bytes are a point of the curve; all refuse at the latest in verify.
    return undefined;
  }
}
