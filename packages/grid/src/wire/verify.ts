// What a server checks of a signed payload, in the order of the wire: fields, nonce, time, and, once it knows the key, the signature.

import { fromHex, type JsonObject, type JsonValue, publicKeyProblem, type Verify } from "@x/core";
import { canonicalText } from "./canonical.ts";
import { nodeIdOf } from "./node-id.ts";
import type { GridWireProfile } from "./profile.ts";
import { WireRefusal } from "./refusal.ts";
import { freshnessMs, parseTimestamp } from "./timestamp.ts";

/** What a payload says of its sender, not yet proven. */
export interface SignedClaim {
  readonly fromNodeId: string;
  readonly nonce: string;
  /** Milliseconds since the epoch, with the fraction that was written. */
  readonly timestampMs: number;
  readonly signature: string;
}

/**
 * The signed fields of a payload, checked as far as that goes without the sender's key (checks 4 to 7).
 *
 * @throws WireRefusal `missing_field`, `bad_nonce`, `bad_timestamp`, `stale_timestamp`
 */
export function readClaim(payload: JsonObject, profile: GridWireProfile, nowMs: number): SignedClaim {
  const { signed } = profile.fields;
  const fromNodeId = textField(payload, signed.fromNodeId);
  const timestamp = textField(payload, signed.timestamp);
  const nonce = textField(payload, signed.nonce);
  const signature = textField(payload, signed.signature);
  if (!/^[0-9a-f]{32}$/.test(nonce)) {
    throw new WireRefusal("bad_nonce", "The nonce must be 32 lower-case hex digits.");
  }
  const timestampMs = parseTimestamp(timestamp);
  if (timestampMs === undefined) {
    throw new WireRefusal(
      "bad_timestamp",
      "The timestamp must be a time like 2026-01-02T03:04:05.678Z, with Z or an offset.",
    );
  }
  if (Math.abs(nowMs - timestampMs) > freshnessMs) {
    throw new WireRefusal("stale_timestamp", "The timestamp is more than 5 minutes off the server's time.", {
      serverTime: new Date(nowMs).toISOString(),
    });
  }
  return { fromNodeId, nonce, timestampMs, signature };
}

/**
 * Check 10: the signature over the payload without its own `signature`.
 *
 * @param verify that of the sender's key
 * @throws WireRefusal `bad_signature`
 */
export function checkSignature(
  payload: JsonObject,
  { signature }: Pick<SignedClaim, "signature">,
  verify: Verify,
  profile: GridWireProfile,
): void {
  const bytes = /^[0-9a-f]{128}$/.test(signature) ? fromHex(signature) : undefined;
  const text = canonicalText(withoutSignature(payload, profile), profile.switches.canonical);
  if (bytes === undefined || !verify(new TextEncoder().encode(text), bytes)) {
    throw new WireRefusal(
      "bad_signature",
      "The signature is not the sender's over this payload in its canonical form.",
    );
  }
}

/**
 * The key of a registration and the node id that follows from it (checks 8 and 9).
 *
 * @throws WireRefusal `validation_error`, `weak_key`, `node_id_mismatch`
 */
export function readRegistrationKey(
  payload: JsonObject,
  fromNodeId: string,
  profile: GridWireProfile,
): Uint8Array {
  const name = profile.fields.requestPublicKey;
  const value = member(payload, name);
  const key = typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? fromHex(value) : undefined;
  const problem = key === undefined ? "malformed" : publicKeyProblem(key);
  if (key === undefined || problem === "malformed") {
    throw new WireRefusal(
      "validation_error",
      `${name} must be an Ed25519 public key as 64 lower-case hex digits.`,
      { field: name },
    );
  }
  if (problem === "weak") {
    throw new WireRefusal("weak_key", `${name} is a point of small order, for which anyone can sign.`, {
      field: name,
    });
  }
  if (nodeIdOf(key) !== fromNodeId) {
    throw new WireRefusal(
      "node_id_mismatch",
      `${profile.fields.signed.fromNodeId} does not follow from ${name}.`,
    );
  }
  return key;
}

function withoutSignature(payload: JsonObject, profile: GridWireProfile): JsonObject {
  const { signature } = profile.fields.signed;
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== signature));
}

function textField(payload: JsonObject, name: string): string {
  const value = member(payload, name);
  if (typeof value !== "string") {
    throw new WireRefusal("missing_field", `The payload must have ${name}, a string.`, { field: name });
  }
  return value;
}

function member(payload: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}
