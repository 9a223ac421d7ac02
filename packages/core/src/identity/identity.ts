// An Ed25519 keypair that signs and can be stored, but does not show its key by accident.

import { createSign, publicKeyOf } from "#ed25519";
import { fromBase64Url, fromHex, toBase64Url, toHex } from "../bytes.ts";
import { InvalidArgumentError } from "../errors/error-kinds.ts";
import { seedLength } from "./ed25519-rules.ts";
import type { Signer } from "./signer.ts";

/** How a seed is written as text. */
export type SeedEncoding = "hex" | "base64url";

/** A keypair. Printed, logged or turned into JSON it shows its public part only. */
export interface Identity extends Signer {
  /** The public key as 64 lower-case hex characters. */
  readonly publicKeyHex: string;
  /** `ed25519:` and the public key in base64url; a stable name of the key for logs and maps. */
  readonly publicId: string;
  sign(message: Uint8Array): Uint8Array;
  /** The secret: a copy of the 32-byte seed from which everything follows. */
  exportSeed(): Uint8Array;
  /** The secret as text. */
  exportSeedText(encoding: SeedEncoding): string;
  toJSON(): { readonly algorithm: "ed25519"; readonly publicKey: string };
  toString(): string;
}

/** A new random identity. */
export function generateIdentity(): Identity {
  return identityFromSeed(globalThis.crypto.getRandomValues(new Uint8Array(seedLength)));
}

/**
 * The identity of a seed: 32 bytes, 64 hex characters, or 43 characters of base64url.
 *
 * @throws InvalidArgumentError `invalid_seed`
 */
export function identityFromSeed(seed: Uint8Array | string): Identity {
  const secret = seedBytes(seed);
  const publicKey = publicKeyOf(secret);
  const publicKeyHex = toHex(publicKey);
  const publicId = `ed25519:${toBase64Url(publicKey)}`;
  const toJSON = (): { readonly algorithm: "ed25519"; readonly publicKey: string } => ({
    algorithm: "ed25519",
    publicKey: publicKeyHex,
  });
  const identity: Identity = {
    algorithm: "ed25519",
    publicKey,
    publicKeyHex,
    publicId,
    sign: createSign(secret),
    exportSeed: () => secret.slice(),
    exportSeedText: (encoding) => (encoding === "hex" ? toHex(secret) : toBase64Url(secret)),
    toJSON,
    toString: () => publicId,
  };
  // The seed lives in closures only, which no inspector prints; this keeps the printout short as well.
  Object.defineProperty(identity, Symbol.for("nodejs.util.inspect.custom"), {
    value: () => `Identity <${publicId}>`,
  });
  return Object.freeze(identity);
}

function seedBytes(seed: Uint8Array | string): Uint8Array {
  const bytes = typeof seed === "string" ? decodeSeed(seed) : seed.slice();
  if (bytes?.length === seedLength) {
    return bytes;
  }
  throw new InvalidArgumentError(
    "The seed of an identity is 32 bytes, 64 hex characters or 43 characters of base64url; this is something else.",
    { service: "core", operation: "identityFromSeed", code: "invalid_seed" },
  );
}

function decodeSeed(text: string): Uint8Array | undefined {
  return text.length === seedLength * 2 ? fromHex(text) : fromBase64Url(text);
}
