// What requests did, for as long as they may be repeated.
import type { AgingMap, Now } from "@x/core/service";
import type { Remembered } from "./state.ts";

/** How long a request id is remembered. */
export const requestMemoryMs = 3_600_000;

/** How long an idempotency key of a task is remembered. */
export const taskKeyMemoryMs = 86_400_000;

/** Request ids of registrations and of grants, kept in one memory, do not meet. "" stays "". */
export function requestKey(kind: "agent" | "lease", requestId: string): string {
  return requestId === "" ? "" : `${kind} ${requestId}`;
}

/** How many requests are remembered of each kind, whatever their age: memory must have a bound. */
export const requestsRemembered = 1_000_000;

/** Remembers what a request did, and forgets what is too old or too much. */
export function remember(
  memory: AgingMap<string, Remembered>,
  key: string,
  did: Omit<Remembered, "rememberedAt">,
  now: Now,
  memoryMs: number,
): void {
  for (;;) {
    const { oldest } = memory;
    if (oldest === undefined) {
      break;
    }
    const [itsKey, { rememberedAt }] = oldest;
    if (rememberedAt + memoryMs > now.wall && memory.size < requestsRemembered) {
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
