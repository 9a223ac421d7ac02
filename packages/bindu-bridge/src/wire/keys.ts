// The key of an agent as text: PKCS#8 and SPKI in PEM, as its two files hold it, and base58 for strangers.

import { type Identity, identityFromSeed } from "@x/core/base";
import { base58encode } from "./base58.ts";

/** What signs: an identity, its 32-byte seed (bytes, 64 hex characters, or base64url), or the text of a `private.pem`. */
export type PrivateKey = Identity | Uint8Array | string;

// The DER wrapping of raw Ed25519 keys (RFC 8410); the 32 bytes follow.
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** The text of `private.pem`. It is the secret. */
export function privateKeyPem(identity: Identity): string {
  return pem("PRIVATE KEY", privatePrefix, identity.exportSeed());
}

/** The text of `public.pem`. */
export function publicKeyPem(publicKey: Uint8Array): string {
  return pem("PUBLIC KEY", publicPrefix, publicKey);
}

/** The public key as DID documents carry it. */
export const publicKeyBase58 = (publicKey: Uint8Array): string => base58encode(publicKey);

/**
 * The identity of a private key.
 *
 * @throws InvalidArgumentError `invalid_seed` for what is no Ed25519 key
 */
export function identityOf(key: PrivateKey): Identity {
  if (typeof key === "string") {
    return identityFromSeed(key.includes("-----BEGIN") ? seedOfPem(key) : key);
  }
  return "sign" in key ? key : identityFromSeed(key);
}

/** The seed in a PEM, or nothing, which no identity can be made of. */
function seedOfPem(text: string): string {
  try {
    const { createPrivateKey } = process.getBuiltinModule("node:crypto");
    const { crv, d } = createPrivateKey(text).export({ format: "jwk" });
    return crv === "Ed25519" && d !== undefined ? d : "";
  } catch {
    return "";
  }
}

function pem(label: string, prefix: Uint8Array, key: Uint8Array): string {
  const der = Buffer.concat([prefix, key]);
  const text = `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----\n`;
  der.fill(0);
  return text;
}
