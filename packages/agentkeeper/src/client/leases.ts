// Leases: at most one agent holds a key.
import { newIdempotencyKey } from "@x/core/base";
import type { FenceCheck, Lease, LeaseDetail } from "../types.ts";
import { durationOf } from "../wire/duration.ts";
import type { CallOptions } from "./call-options.ts";
import { checkTexts, checkTtl } from "./checks.ts";
import type { Connection } from "./connection.ts";
import { decodeLease } from "./decode/decode.ts";
import { decodeLeaseDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import type { Grant } from "./lease-handle.ts";
import { pages } from "./pages.ts";

/** How to acquire. */
export interface AcquireLeaseOptions extends CallOptions {
  /** How long the lease holds without a renewal, 1 to 604,800 seconds. @default 60 */
  readonly ttlSeconds?: number;
  /** Renew at a third of the time, until the lease is released or lost. @default false */
  readonly autoRenew?: boolean;
  /**
   * How long to wait in line for a held key, in milliseconds; first come, first served. Needs our own daemon. The call's
   * deadline is extended by as much. @default 0
   */
  readonly waitTimeoutMs?: number;
  /**
   * How long others are kept away after this lease has expired or its holder has died, up to 60,000 ms. Not after a
   * release. Needs our own daemon. @default 0
   */
  readonly lockDelayMs?: number;
}

/**
 * A grant out of the line counts from its sending when the answer came as soon as this, in milliseconds: then the lease is
 * taken to end early, by no more than so. After a longer wait too little of it, or nothing, might be left to count.
 */
const promptAnswerMs = 1_000;

/** The grant, or `null` when another agent holds the key. */
export async function acquireLease(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: AcquireLeaseOptions = {},
): Promise<Grant | null> {
  const { ttlSeconds = 60, autoRenew = false } = options;
  checkTexts("acquireLease", { taskId, agentId });
  checkTtl("acquireLease", ttlSeconds);
  if (options.waitTimeoutMs !== undefined || options.lockDelayMs !== undefined) {
    return acquireInLine(connection, taskId, agentId, options);
  }
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

/** Waits in line. When the lease began is then known to the daemon alone. */
async function acquireInLine(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: AcquireLeaseOptions,
): Promise<Grant | null> {
  const { ttlSeconds = 60, autoRenew = false, waitTimeoutMs = 0, lockDelayMs = 0 } = options;
  const requestId = newIdempotencyKey();
  const patience = { ...options, timeoutMs: (options.timeoutMs ?? connection.timeoutMs) + waitTimeoutMs };
  /** When the first attempt left: the answer to a later one may tell of a grant to that. */
  let sentAtMono: number | undefined;
  const { acquired, lease } = await connection.callExt("acquireLease", "safe", patience, (call, ext) => {
    sentAtMono ??= connection.clock.now().mono;
    return ext.leases.acquire(
      {
        taskId,
        agentId,
        ttlSeconds,
        requestId,
        wait: durationOf(waitTimeoutMs),
        lockDelay: durationOf(lockDelayMs),
      },
      call,
    );
  });
  if (!acquired) {
    return null;
  }
  const granted = decodeLease(required("acquireLease", "lease", lease));
  if (sentAtMono !== undefined && connection.clock.now().mono - sentAtMono < promptAnswerMs) {
    return { lease: granted, ttlSeconds, sentAtMono, autoRenew };
  }
  return renewedGrant(connection, granted, { ttlSeconds, autoRenew }, options);
}

/** A grant whose time counts from a renewal, because nobody here knows when it was given. */
async function renewedGrant(
  connection: Connection,
  granted: Lease,
  { ttlSeconds, autoRenew }: { readonly ttlSeconds: number; readonly autoRenew: boolean },
  options: CallOptions,
): Promise<Grant> {
  let sentAtMono = 0;
  const { lease } = await connection.call("acquireLease", "safe", options, (call) => {
    sentAtMono = connection.clock.now().mono;
    return connection.leases.renewLease(
      {
        taskId: granted.taskId,
        agentId: granted.holderAgentId,
        token: { value: granted.token },
        ttlSeconds,
      },
      call,
    );
  });
  return { lease: decodeLease(required("acquireLease", "lease", lease)), ttlSeconds, sentAtMono, autoRenew };
}

/** Which leases to list. */
export interface ListLeasesOptions extends CallOptions {
  /** Only keys that begin with this. @default "" */
  readonly taskIdPrefix?: string;
  /** Only leases of this agent. @default all */
  readonly holderAgentId?: string;
}

export async function getLease(
  connection: Connection,
  taskId: string,
  options?: CallOptions,
): Promise<LeaseDetail> {
  const { lease } = await connection.callExt("getLease", "safe", options, (call, ext) =>
    ext.leases.getLease({ taskId }, call),
  );
  return decodeLeaseDetail("getLease", required("getLease", "lease", lease));
}

export function listLeases(
  connection: Connection,
  options: ListLeasesOptions = {},
): AsyncIterable<LeaseDetail> {
  const { taskIdPrefix = "", holderAgentId = "" } = options;
  return pages(async (pageToken) => {
    const { leases, nextPageToken } = await connection.callExt("listLeases", "safe", options, (call, ext) =>
      ext.leases.listLeases({ taskIdPrefix, holderAgentId, pageSize: 0, pageToken }, call),
    );
    return { items: leases.map((lease) => decodeLeaseDetail("listLeases", lease)), nextPageToken };
  });
}

export async function validateFence(
  connection: Connection,
  taskId: string,
  token: bigint,
  options?: CallOptions,
): Promise<FenceCheck> {
  const { current, currentToken } = await connection.callExt("validateFence", "safe", options, (call, ext) =>
    ext.leases.validateFence({ taskId, token: { value: token } }, call),
  );
  return { current, currentToken: currentToken?.value ?? 0n };
}
