// What requests did, for as long as they may be repeated.
import type { AgingMap, Now } from "@x/core/service";
import type { Remembered } from "./state.ts";

/** How long a request id is remembered. */
export const requestMemoryMs = 3_600_000;

/** How long an idempotency key of a task is remembered. */
export const taskKeyMemoryMs = 86_400_000;

/** Under which key a registration is remembered. "" stays "". */
export function requestKey(requestId: string): string {
  return requestId === "" ? "" : `agent ${requestId}`;
}

/** How long it is remembered that a request was withdrawn: longer than one can be on its way. */
export const withdrawalMemoryMs = 600_000;

/** How many requests are remembered of each kind, whatever their age: memory must have a bound. */
export const requestsRemembered = 1_000_000;

/** Remembers what a request did, and forgets what is too old or too much. */
export function remember(
  memory: AgingMap<string, Remembered>,
  key: string,
  did: Omit<Remembered, "rememberedAt">,
  now: Now,
  memoryMs: number,
  most: number = requestsRemembered,
): void {
  for (;;) {
    const { oldest } = memory;
    if (oldest === undefined) {
      break;
    }
    const [itsKey, { rememberedAt }] = oldest;
    if (rememberedAt + memoryMs > now.wall && memory.size < most) {
      break;
    }
    memory.delete(itsKey);
  }
  memory.set(key, { ...did, rememberedAt: now.wall });
}

/** What a request did, if it is not too long ago. */
export function recall(
  memory: ReadonlyMap<string, Remembered>,
  key: string,
  now: Now,
  memoryMs: number,
): Remembered | undefined {
  const remembered = key === "" ? undefined : memory.get(key);
  return remembered !== undefined && remembered.rememberedAt + memoryMs > now.wall ? remembered : undefined;
}
