// Who can sign: a local key, or something remote that holds one.

import { createVerify } from "#ed25519";

/** Signs for one key. A hardware or remote key answers with a promise, so callers always `await`. */
export interface Signer {
  readonly algorithm: "ed25519";
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array;
  /** The 64-byte signature of the message as it is (pure Ed25519, RFC 8032). */
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Tells whether a signature belongs to a message and the key that the verifier was made for. */
export type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

/**
 * A verifier for one public key; keep it if the key signs more than once. It never throws: a key or signature that is
 * malformed, not canonical, not reduced or of small order is simply not valid.
 */
export function createVerifier(publicKey: Uint8Array): Verify {
  return createVerify(publicKey);
}

/** {@link createVerifier} for one signature. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return createVerify(publicKey)(message, signature);
}
