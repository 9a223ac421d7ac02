// Key sets as the service publishes them.

import type { JwkSet, PublicJwk } from "@x/core";
import { asBody } from "./body.ts";

/** The usable Ed25519 keys of a key set or of a bare list of keys; `undefined` if it is neither. Other keys are left out. */
export function decodeJwks(value: unknown): JwkSet | undefined {
  const list = rawKeys(value);
  return list && { keys: list.flatMap((key) => decodeKey(key) ?? []) };
}

/** The entries of a key set or of a bare list, unchecked. */
export function rawKeys(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) {
    return value;
  }
  const keys = asBody(value)?.keys;
  return Array.isArray(keys) ? keys : undefined;
}

function decodeKey(value: unknown): PublicJwk | undefined {
  const { kty, crv, x, kid } = asBody(value) ?? {};
  return kty === "OKP" && crv === "Ed25519" && typeof x === "string"
    ? { kty, crv, x, ...(typeof kid === "string" ? { kid } : {}) }
    : undefined;
}
