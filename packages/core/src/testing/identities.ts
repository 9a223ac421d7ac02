// Keys that are the same in every run, so that signatures and ids in tests can be written down. Never use them elsewhere.

import { type Identity, identityFromSeed } from "../identity/identity.ts";

/** The identity whose seed is 32 times this byte. */
export function fixedIdentity(seedByte: number): Identity {
  return identityFromSeed(new Uint8Array(32).fill(seedByte));
}

/** Four people for stories. */
export const alice: Identity = fixedIdentity(1);
export const bob: Identity = fixedIdentity(2);
export const carol: Identity = fixedIdentity(3);
export const mallory: Identity = fixedIdentity(13);
