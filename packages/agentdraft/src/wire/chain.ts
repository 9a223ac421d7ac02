// The hash of an audit event: what makes the log a chain.

import { canonicalJson, sha256Hex } from "@x/core";
import type { AuditEvent } from "../types.ts";

/** What stands for the hash of the event before the first one. */
export const genesisHash: string = "0".repeat(64);

/** SHA-256 over the hash of the event before, a line feed, and the RFC 8785 text of the event without its own hash. */
export function auditEventHash(event: Omit<AuditEvent, "hash"> & { readonly hash?: string }): string {
  const { hash: _, ...unhashed } = event;
  return sha256Hex(`${event.prev_hash}\n${canonicalJson(unhashed)}`);
}

/** What a head is signed over. */
export function headSigningInput(calendarId: string, seq: number, hash: string): Uint8Array {
  return new TextEncoder().encode(`${calendarId}\n${seq}\n${hash}`);
}
