// How agents are named: the id that author and name give, and the DID made of all three.

import { sha256Hex } from "@x/core/base";

/** The id of an agent whose configuration names none: the hash of author and name as they are, written as a UUID. */
export function deriveAgentId(author: string, name: string): string {
  const hex = sha256Hex(`${author}:${name}`);
  return hyphenated(hex.slice(0, 32));
}

/** The DID of an agent. It is bound to no key: trust the key, not the name. */
export function deriveDid(author: string, name: string, id: string = deriveAgentId(author, name)): string {
  return `did:bindu:${sanitizeDidPart(author)}:${sanitizeDidPart(name)}:${id}`;
}

/** Author or name as a part of a DID: lower case, blanks and dots as `_`, `@` as `_at_`, all else as it is. */
export function sanitizeDidPart(text: string): string {
  return text.toLowerCase().replaceAll(" ", "_").replaceAll("@", "_at_").replaceAll(".", "_");
}

/** The DID document of an agent's key. */
export interface DidDocument {
  readonly "@context": readonly string[];
  readonly id: string;
  readonly created: string;
  readonly authentication: readonly [
    {
      readonly id: string;
      readonly type: "Ed25519VerificationKey2020";
      readonly controller: string;
      readonly publicKeyBase58: string;
    },
  ];
}

/** @param created when the key was made, as the dialect writes times */
export function didDocument(did: string, publicKeyBase58: string, created: string): DidDocument {
  return {
    "@context": ["https://www.w3.org/ns/did/v1", "https://getbindu.com/ns/v1"],
    id: did,
    created,
    authentication: [
      { id: didKeyId(did), type: "Ed25519VerificationKey2020", controller: did, publicKeyBase58 },
    ],
  };
}

/** The id of the one key of an agent. */
export const didKeyId = (did: string): string => `${did}#key-1`;

/** 32 hex digits as a UUID. */
export function hyphenated(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
