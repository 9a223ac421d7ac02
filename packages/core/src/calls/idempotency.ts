// Keys by which a server recognises a repeated call, so that a lost answer can be asked for again.

import { InvalidArgumentError } from "../errors/error-kinds.ts";

/** A new key: a random UUID, version 4. One per call; all attempts of the call carry the same. */
export function newIdempotencyKey(): string {
  return globalThis.crypto.randomUUID();
}

/** Longest key that servers take, in characters. */
const idempotencyKeyLimit = 255;

const visibleAscii = /^[\x21-\x7e]+$/;

/**
 * The key if it can travel as a header: 1 to 255 visible ASCII characters.
 *
 * @throws InvalidArgumentError `invalid_idempotency_key`
 */
export function checkIdempotencyKey(
  key: string,
  call: { readonly service: string; readonly operation: string },
): string {
  if (key.length <= idempotencyKeyLimit && visibleAscii.test(key)) {
    return key;
  }
  throw new InvalidArgumentError(
    `${call.operation}: an idempotency key is 1 to ${idempotencyKeyLimit} visible ASCII characters, without spaces; ` +
      `this one has ${key.length} characters. Take newIdempotencyKey() or leave the key out.`,
    { ...call, code: "invalid_idempotency_key" },
  );
}
