// Books a slot or, where it is lost, the next one that the service names in its refusal.

import { checkIdempotencyKey, checkOptions, type Deadline, deadlineIn, newIdempotencyKey } from "@x/core";
import { Conflict } from "../errors.ts";
import type { Booking, Slot } from "../types.ts";
import type { CommitOptions } from "./booking-options.ts";
import { type Connection, serviceName } from "./connection.ts";
import { commitOrNextRules } from "./option-rules.ts";

/** How far to go. */
export interface CommitOrNextOptions {
  /** Slots to try in all, the wanted one included; 1 or more. @default 3 */
  readonly attempts?: number | undefined;
}

type Commit = (options: CommitOptions & { readonly deadline?: Deadline }) => Promise<Booking>;

/**
 * Each slot is a request of its own, so each has its own idempotency key: the caller's for the first, then that with
 * `.2`, `.3` behind it. The deadline spans all of them. The whole cannot be repeated under the caller's key once it has
 * booked another slot: the free slots are others by then, and the service refuses the key (`idempotency_mismatch`) rather
 * than book twice.
 */
export async function commitOrNext(
  connection: Connection,
  commit: Commit,
  options: CommitOptions,
  more: CommitOrNextOptions = {},
): Promise<Booking> {
  checkOptions(more, commitOrNextRules, { service: serviceName, operation: "bookings.commitOrNext" });
  const { attempts = 3 } = more;
  const { timeoutMs = connection.timeoutMs, idempotencyKey = `ik_${newIdempotencyKey()}` } = options;
  if (attempts > 1) {
    // Found out now and not after the first slot is lost.
    const call = { service: serviceName, operation: "bookings.commitOrNext" };
    checkIdempotencyKey(keyOf(idempotencyKey, attempts), call);
  }
  const deadline = deadlineIn(timeoutMs === Infinity ? undefined : timeoutMs, connection.clock);
  const tried = new Set<number>();
  let slot: Pick<CommitOptions, "start" | "end"> = { start: options.start, end: options.end };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await commit({
        ...options,
        ...slot,
        deadline,
        timeoutMs: Infinity,
        idempotencyKey: keyOf(idempotencyKey, attempt),
      });
    } catch (error) {
      const next: Slot | undefined =
        error instanceof Conflict && attempt < attempts
          ? error.alternatives.find(({ start }) => !tried.has(start.getTime()))
          : undefined;
      if (next === undefined) {
        throw error;
      }
      tried.add(next.start.getTime());
      slot = next;
    }
  }
}

function keyOf(idempotencyKey: string, attempt: number): string {
  return attempt === 1 ? idempotencyKey : `${idempotencyKey}.${attempt}`;
}
