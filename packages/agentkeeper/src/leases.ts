// Leases: at most one agent holds a key.
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import type { Grant } from "./lease-handle.ts";
import { decodeLease } from "./wire/decode.ts";
import { required } from "./wire/required.ts";

/** How to acquire. */
export interface AcquireLeaseOptions extends CallOptions {
  /** How long the lease holds without a renewal, 1 to 604,800 seconds. @default 60 */
  readonly ttlSeconds?: number;
  /** Renew at a third of the time, until the lease is released or lost. @default false */
  readonly autoRenew?: boolean;
}

/** The grant, or `null` when another agent holds the key. */
export async function acquireLease(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: AcquireLeaseOptions = {},
): Promise<Grant | null> {
  const { ttlSeconds = 60, autoRenew = false } = options;
  let sentAtMono = 0;
  const { acquired, lease } = await connection.call("acquireLease", "safe", options, (call) => {
    sentAtMono = connection.clock.now().mono;
    return connection.leases.acquireLease({ taskId, agentId, ttlSeconds }, call);
  });
  if (!acquired) {
    return null;
  }
  return { lease: decodeLease(required("acquireLease", "lease", lease)), ttlSeconds, sentAtMono, autoRenew };
}
