// Names as UUIDs (RFC 9562, version 5): the same name in the same namespace has the same one everywhere.

import { sha1 } from "#sha256";
import { fromHex, toHex } from "../bytes.ts";

/** The namespaces of RFC 9562 that are in use here. */
const namespaces = {
  dns: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  url: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
} as const;

/** The UUID of a name, in lower case with hyphens. */
export function uuid5(namespace: keyof typeof namespaces, name: string): string {
  const prefix = fromHex(namespaces[namespace].replaceAll("-", "")) ?? new Uint8Array();
  const text = new TextEncoder().encode(name);
  const named = new Uint8Array(prefix.length + text.length);
  named.set(prefix);
  named.set(text, prefix.length);
  const bytes = sha1(named).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
