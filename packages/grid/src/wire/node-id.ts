// Who an agent is: ids that follow from its public key, so that nobody can choose them.

import { sha256Hex, toHex, uuid5 } from "@x/core";

/** The address of a node: a UUID of version 5 over the hex text of the key's SHA-256, neither over its bytes nor over the key. */
export function nodeIdOf(publicKey: Uint8Array): string {
  return uuid5("dns", sha256Hex(publicKey));
}

/** The name of a node for people and documents. */
export function didOf(publicKey: Uint8Array): string {
  return `did:grid:${toHex(publicKey)}`;
}

/** Whether a text has the form of a node id, as it is written in every call. */
export function isNodeId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}
