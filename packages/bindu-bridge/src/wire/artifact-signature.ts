// The signature of an artifact: Ed25519 over the UTF-8 bytes of its text, and nothing else.

import { createVerifier, type Identity } from "@x/core/base";
import { base58decode, base58encode } from "./base58.ts";

/** Where a text part carries its signature, in its metadata. */
export const signatureKey = "did.message.signature";

/** The signature of a text in base58. */
export function signArtifactText(identity: Pick<Identity, "sign">, text: string): string {
  return base58encode(identity.sign(Buffer.from(text, "utf8")));
}

/** What is looked at of a part. */
export interface SignedPart {
  readonly text?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Longest base58 text of 64 bytes. */
const longestSignature = 88;

/**
 * Whether a text part was signed with the key of a DID document. Answers `false` for a part without text or signature and for
 * anything malformed; it never throws.
 */
export function verifyArtifact(part: SignedPart, publicKeyBase58: string): boolean {
  const signature = part.metadata?.[signatureKey];
  return (
    typeof part.text === "string" &&
    part.text.isWellFormed() &&
    isSignatureOf(Buffer.from(part.text, "utf8"), signature, publicKeyBase58)
  );
}

/** Whether a base58 text is the signature of bytes. */
export function isSignatureOf(message: Uint8Array, signature: unknown, publicKeyBase58: string): boolean {
  if (typeof signature !== "string" || signature.length > longestSignature) {
    return false;
  }
  const bytes = base58decode(signature);
  const key = base58decode(publicKeyBase58);
  return bytes !== undefined && key !== undefined && createVerifier(key)(message, bytes);
}
