// Idempotency keys: what a request with a key did, for as long as it may be repeated.
import { sha256Hex } from "@x/core";
import type { CommandOf } from "./commands.ts";
import type { KeyFacts } from "./records.ts";
import type { Refusal } from "./refusal.ts";
import type { Kept, State } from "./state.ts";

/** How long a key is kept. */
const keyMemoryMs = 86_400_000;

export type KeySpace = "commit" | "hold" | "approval" | "mail";

/** Keys of different agents and operations do not meet. */
export const keyScope = (agentId: string, space: KeySpace, key: string): string =>
  `${agentId} ${space} ${key}`;

/** What the key stands for, if it is still kept: at exactly its end it is not. */
export function recall(state: State, scope: string, nowMs: number): Kept | undefined {
  const kept = state.keys.get(scope);
  return kept === undefined || nowMs >= kept.storedAtMs + keyMemoryMs ? undefined : kept;
}

/** Keeps what a request did, and lets go of what has become too old. Only within `apply`. */
export function keep(state: State, key: KeyFacts | undefined, nowMs: number, outcome: Kept["outcome"]): void {
  if (key === undefined) {
    return;
  }
  state.keys.set(key.scope, { fingerprint: key.fingerprint, storedAtMs: nowMs, outcome });
  for (;;) {
    const { oldest } = state.keys;
    if (oldest === undefined || nowMs < oldest[1].storedAtMs + keyMemoryMs) {
      break;
    }
    state.keys.delete(oldest[0]);
  }
}

export const mismatch: Refusal = {
  refused: "idempotency_mismatch",
  detail: "this Idempotency-Key was used for another request; use a new key",
};

/** The canonical text of a request: equal for equal instants and values, however they were spelt. */
export function bookingFingerprint(command: CommandOf<"createBooking">): string {
  const { mode, startMs, endMs, bufferBeforeMin, bufferAfterMin, bumpWindowSeconds } = command;
  return sha256Hex(
    `${mode} ${startMs} ${endMs} ${bufferBeforeMin} ${bufferAfterMin} ${bumpWindowSeconds} ` +
      `${command.conferencing !== null}\n${JSON.stringify(command.title)}\n${command.invitee?.canonical ?? null}\n` +
      `${command.metadata?.canonical ?? "{}"}`,
  );
}

/** The fingerprint of a request that is plain values. */
export const plainFingerprint = (request: readonly (string | number | boolean | null)[]): string =>
  sha256Hex(JSON.stringify(request));
