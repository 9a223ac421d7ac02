// Ed25519 keys as JSON Web Keys (RFC 8037) and their thumbprints (RFC 7638).

import { fromBase64Url, toBase64Url } from "../bytes.ts";
import { InvalidArgumentError } from "../errors/error-kinds.ts";
import { sha256 } from "./hash.ts";
import { type Identity, identityFromSeed } from "./identity.ts";

/** A public Ed25519 key. */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** The 32 bytes of the key in base64url. */
  readonly x: string;
  /** Names the key within its set. */
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
}

/** A private Ed25519 key. Whoever holds `d` can sign. */
export interface PrivateJwk extends PublicJwk {
  /** The 32 bytes of the seed in base64url. */
  readonly d: string;
}

/** A set of keys, as it stands at a `jwks_uri`. */
export interface JwkSet {
  readonly keys: readonly PublicJwk[];
}

/** The RFC 7638 thumbprint of an Ed25519 key, from its 32 bytes or their base64url: 43 characters. */
export function jwkThumbprint(x: string | Uint8Array): string {
  const text = typeof x === "string" ? x : toBase64Url(x);
  return toBase64Url(sha256(`{"crv":"Ed25519","kty":"OKP","x":${JSON.stringify(text)}}`));
}

/** A public key as a JWK. `kid` is its thumbprint unless given. */
export function publicJwk(
  publicKey: Uint8Array,
  members: { readonly kid?: string; readonly alg?: string; readonly use?: string } = {},
): PublicJwk & { readonly kid: string } {
  const x = toBase64Url(publicKey);
  return { kty: "OKP", crv: "Ed25519", x, ...members, kid: members.kid ?? jwkThumbprint(x) };
}

/** The secret of an identity as a JWK. `kid` is its thumbprint unless given. */
export function exportPrivateJwk(identity: Identity, kid?: string): PrivateJwk & { readonly kid: string } {
  const x = toBase64Url(identity.publicKey);
  return {
    kty: "OKP",
    crv: "Ed25519",
    x,
    d: identity.exportSeedText("base64url"),
    kid: kid ?? jwkThumbprint(x),
  };
}

/**
 * The identity of a private Ed25519 JWK, given as an object or as JSON text; `kid` is its own or else its thumbprint.
 *
 * @throws InvalidArgumentError `invalid_jwk`
 */
export function importPrivateJwk(jwk: unknown): { readonly identity: Identity; readonly kid: string } {
  const members = membersOf(typeof jwk === "string" ? parsed(jwk) : jwk);
  if (members.kty !== "OKP" || members.crv !== "Ed25519" || typeof members.d !== "string") {
    throw invalidJwk("private JWK must be an Ed25519 OKP key with 'd'");
  }
  const seed = fromBase64Url(members.d);
  if (seed?.length !== 32) {
    throw invalidJwk("private JWK 'd' must be a 32-byte Ed25519 seed");
  }
  const identity = identityFromSeed(seed);
  const x = toBase64Url(identity.publicKey);
  if (members.x !== undefined && members.x !== x) {
    throw invalidJwk("private JWK 'x' does not match 'd'");
  }
  return {
    identity,
    kid: typeof members.kid === "string" && members.kid !== "" ? members.kid : jwkThumbprint(x),
  };
}

/** The 32 bytes of a public Ed25519 JWK, or `undefined` if it is something else. */
export function publicKeyOfJwk(jwk: unknown): Uint8Array | undefined {
  const { kty, crv, x } = membersOf(jwk);
  if (kty !== "OKP" || crv !== "Ed25519" || typeof x !== "string") {
    return undefined;
  }
  const bytes = fromBase64Url(x);
  return bytes?.length === 32 ? bytes : undefined;
}

function membersOf(jwk: unknown): Readonly<Record<string, unknown>> {
  return typeof jwk === "object" && jwk !== null ? { ...jwk } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidJwk("private JWK is not JSON");
  }
}

function invalidJwk(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    service: "core",
    operation: "importPrivateJwk",
    code: "invalid_jwk",
  });
}
