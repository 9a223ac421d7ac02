// Leases: at most one agent holds a key.
import { callRules, checkArgument, must, type OptionRules } from "@x/core/base";
import type { AcquireResponse } from "../gen/agentkeeper/ext/v1/lease_pb.ts";
import type { Lease as WireLease } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { FenceCheck, Lease, LeaseDetail } from "../types.ts";
import { durationOf } from "../wire/duration.ts";
import type { CallOptions } from "./call-options.ts";
import { check, checkCall, checkTexts, leaseTtlRule, serviceName } from "./checks.ts";
import { type Connection, callEither } from "./connection.ts";
import { decodeLease } from "./decode/decode.ts";
import { decodeLeaseDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import type { Grant } from "./lease-handle.ts";
import { pages } from "./pages.ts";
import { heardOut, taking } from "./taking.ts";

/** How to acquire. */
export interface AcquireLeaseOptions extends CallOptions {
  /** How long the lease holds without a renewal, 1 to 604,800 seconds. @default 60 */
  readonly ttlSeconds?: number;
  /** Renew at a third of the time, until the lease is released or lost. @default false */
  readonly autoRenew?: boolean;
  /**
   * How long to wait in line for a held key, in milliseconds, `Infinity` for ever; first come, first served. Needs our own
   * daemon. The call's deadline is extended by as much. @default 0
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

const acquireRules: OptionRules<AcquireLeaseOptions> = {
  ...callRules,
  ttlSeconds: leaseTtlRule,
  autoRenew: must.beBoolean,
  waitTimeoutMs: must.beWaitMs,
  lockDelayMs: must.beNumber(0, 60_000),
};

/** What the methods of both wires ask for. */
interface Wanted {
  readonly taskId: string;
  readonly agentId: string;
  readonly ttlSeconds: number;
}

/** The grant, or `null` when another agent holds the key. */
export async function acquireLease(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: AcquireLeaseOptions = {},
): Promise<Grant | null> {
  checkTexts("acquireLease", { taskId, agentId });
  check("acquireLease", options, acquireRules);
  const wanted = { taskId, agentId, ttlSeconds: options.ttlSeconds ?? 60 };
  const inLine = (): Promise<Grant | null> => acquireInLine(connection, wanted, options);
  return options.waitTimeoutMs === undefined && options.lockDelayMs === undefined
    ? callEither(connection, inLine, () => acquirePlainly(connection, wanted, options))
    : inLine();
}

async function acquirePlainly(
  connection: Connection,
  wanted: Wanted,
  options: AcquireLeaseOptions,
): Promise<Grant | null> {
  const { ttlSeconds } = wanted;
  let sentAtMono = 0;
  const { acquired, lease } = await connection.call("acquireLease", "safe", options, (call) => {
    sentAtMono = connection.clock.now().mono;
    return heardOut(
      connection,
      "acquireLease",
      call,
      (heard) => connection.leases.acquireLease(wanted, heard),
      async (answer) => {
        if (answer.acquired && answer.lease !== undefined && isFresh(connection, answer.lease, wanted)) {
          await giveLeaseBack(connection, decodeLease(answer.lease));
        }
      },
    );
  });
  return acquired
    ? {
        lease: decodeLease(required("acquireLease", "lease", lease)),
        ttlSeconds,
        sentAtMono,
        autoRenew: options.autoRenew ?? false,
      }
    : null;
}

/** Whether the call was what got the lease: its holder gets one that it had under the same token, and it may be in use. */
function isFresh({ heldTokens }: Connection, wire: WireLease, { ttlSeconds }: Wanted): boolean {
  const { token, acquiredAt, expiresAt } = decodeLease(wire);
  const lastsMs = expiresAt.getTime() - acquiredAt.getTime();
  return !heldTokens.has(token) && Math.abs(lastsMs - ttlSeconds * 1_000) <= 1;
}

async function giveLeaseBack(connection: Connection, { taskId, holderAgentId, token }: Lease): Promise<void> {
  await connection.call("releaseLease", "safe", undefined, (call) =>
    connection.leases.releaseLease({ taskId, agentId: holderAgentId, token: { value: token } }, call),
  );
}

/** Asks under a request id, and may wait in line. When the lease began is then known to the daemon alone. */
async function acquireInLine(
  connection: Connection,
  wanted: Wanted,
  options: AcquireLeaseOptions,
): Promise<Grant | null> {
  const { ttlSeconds } = wanted;
  const { autoRenew = false, waitTimeoutMs = 0, lockDelayMs = 0 } = options;
  const patience = { ...options, timeoutMs: (options.timeoutMs ?? connection.timeoutMs) + waitTimeoutMs };
  const waiting = {
    ...(waitTimeoutMs === 0 ? {} : { wait: durationOf(waitTimeoutMs) }),
    ...(lockDelayMs === 0 ? {} : { lockDelay: durationOf(lockDelayMs) }),
  };
  /** When the first attempt left: the answer to a later one may tell of a grant to that. */
  let sentAtMono: number | undefined;
  const { acquired, lease }: AcquireResponse = await taking(
    connection,
    "acquireLease",
    "safe",
    patience,
    (call, ext, requestId) => {
      sentAtMono ??= connection.clock.now().mono;
      return ext.leases.acquire({ ...wanted, ...waiting, requestId }, call);
    },
  );
  if (!acquired) {
    return null;
  }
  const granted = decodeLease(required("acquireLease", "lease", lease));
  if (sentAtMono !== undefined && connection.clock.now().mono - sentAtMono < promptAnswerMs) {
    return { lease: granted, ttlSeconds, sentAtMono, autoRenew };
  }
  try {
    return await renewedGrant(connection, granted, { ttlSeconds, autoRenew }, options);
  } catch (error) {
    connection.giveBacks.add(() => giveLeaseBack(connection, granted));
    throw error;
  }
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

const listRules: OptionRules<ListLeasesOptions> = {
  ...callRules,
  taskIdPrefix: must.beText,
  holderAgentId: must.beText,
};

export async function getLease(
  connection: Connection,
  taskId: string,
  options?: CallOptions,
): Promise<LeaseDetail> {
  checkTexts("getLease", { taskId });
  checkCall("getLease", options);
  const { lease } = await connection.callExt("getLease", "safe", options, (call, ext) =>
    ext.leases.getLease({ taskId }, call),
  );
  return decodeLeaseDetail("getLease", required("getLease", "lease", lease));
}

export function listLeases(
  connection: Connection,
  options: ListLeasesOptions = {},
): AsyncIterable<LeaseDetail> {
  check("listLeases", options, listRules);
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
  checkTexts("validateFence", { taskId });
  checkArgument("token", token, must.beBigint, { service: serviceName, operation: "validateFence" });
  checkCall("validateFence", options);
  const { current, currentToken } = await connection.callExt("validateFence", "safe", options, (call, ext) =>
    ext.leases.validateFence({ taskId, token: { value: token } }, call),
  );
  return { current, currentToken: currentToken?.value ?? 0n };
}
