// A lease that this process holds: its time is watched here too, so that work can stop before somebody else starts.
import {
  callRules,
  NotFoundError,
  type OptionRules,
  PermissionDeniedError,
  reportProblem,
  type Timer,
} from "@x/core/base";
import type { Lease } from "../types.ts";
import type { CallOptions } from "./call-options.ts";
import { check, checkCall, leaseTtlRule } from "./checks.ts";
import { type Connection, wasDoneBefore } from "./connection.ts";
import { decodeLease } from "./decode/decode.ts";
import { required } from "./decode/required.ts";

/** How to renew. */
export interface RenewOptions extends CallOptions {
  /** 1 to 604,800 seconds from now; shorter than before is allowed. @default the time last applied to this lease */
  readonly ttlSeconds?: number;
}

/** A lease held by this process. */
export interface LeaseHandle extends AsyncDisposable {
  /** The lease as the daemon last confirmed it. */
  readonly lease: Lease;
  /**
   * Aborts when the lease can no longer be relied on: at its deadline, counted from when the confirmed request was
   * sent; when the daemon says that it is gone; when it was released; or when the client was closed.
   */
  readonly signal: AbortSignal;
  /**
   * Sets the remaining time anew.
   *
   * @throws NotFoundError `lease_not_held` after it has expired or was released
   * @throws PermissionDeniedError `lease_token_mismatch` when another grant is current
   * @see rpc LeaseService.RenewLease
   */
  renew(options?: RenewOptions): Promise<Lease>;
  /**
   * Gives the lease back.
   *
   * @throws NotFoundError `lease_not_held`
   * @throws PermissionDeniedError `lease_token_mismatch`
   * @see rpc LeaseService.ReleaseLease
   */
  release(options?: CallOptions): Promise<void>;
  /**
   * Stops to renew and to watch the lease, without telling the daemon: it ends with its time, or with the task whose claim
   * it is. `signal` aborts.
   */
  abandon(): void;
}

/** A handle as its client sees it. */
export interface OwnedLease extends LeaseHandle {
  /** Ends the watch over the lease; the daemon is not told. */
  stop(reason: unknown): void;
}

/** A lease that has just been granted. */
export interface Grant {
  readonly lease: Lease;
  readonly ttlSeconds: number;
  /** Monotonic milliseconds at which the granting request was sent. */
  readonly sentAtMono: number;
  readonly autoRenew: boolean;
}

const renewRules: OptionRules<RenewOptions> = { ...callRules, ttlSeconds: leaseTtlRule };

/** The pause before a renewal that failed is tried again. */
const renewRetryMs = 500;

export function holdLease(
  connection: Connection,
  grant: Grant,
  onEnd: (handle: OwnedLease) => void,
): OwnedLease {
  const { clock } = connection;
  const { taskId, holderAgentId: agentId } = grant.lease;
  // The signal and the reason for its abort are made when somebody looks: they cost more than the rest of a short lease.
  let lifetime: AbortController | undefined;
  let ended: (() => unknown) | undefined;
  let { lease, ttlSeconds } = grant;
  let deadlineTimer: Timer | undefined;
  let renewTimer: Timer | undefined;
  let released = false;

  const end = (reason: () => unknown): void => {
    if (ended === undefined) {
      ended = reason;
      deadlineTimer?.cancel();
      renewTimer?.cancel();
      connection.heldTokens.delete(grant.lease.token);
      lifetime?.abort(reason());
      onEnd(handle);
    }
  };

  const stop = (reason: unknown): void => end(() => reason);

  const isLost = (error: unknown): boolean =>
    error instanceof NotFoundError || error instanceof PermissionDeniedError;

  /** Watches over a grant or renewal that was sent at this time. */
  const confirm = (confirmed: Lease, seconds: number, sentAtMono: number): void => {
    lease = confirmed;
    ttlSeconds = seconds;
    if (ended !== undefined) {
      return;
    }
    const leftMs = sentAtMono + seconds * 1_000 - clock.now().mono;
    deadlineTimer?.cancel();
    deadlineTimer = clock.setTimer(Math.max(0, leftMs), onDeadline, { ref: false });
    if (grant.autoRenew) {
      renewIn(sentAtMono + (seconds * 1_000) / 3 - clock.now().mono);
    }
  };

  const onDeadline = (): void =>
    end(() => new DOMException(`the lease on ${taskId} ran out before it was renewed`, "TimeoutError"));

  const renewIn = (delayMs: number): void => {
    renewTimer?.cancel();
    renewTimer = clock.setTimer(Math.max(0, delayMs), () => void renewByItself(), { ref: false });
  };

  const renewByItself = async (): Promise<void> => {
    try {
      await renew({ maxRetries: 0 });
    } catch {
      // A lost lease has ended the handle by now; everything else is tried again until the deadline.
      if (ended === undefined) {
        renewIn(renewRetryMs);
      }
    }
  };

  const renew = async (options: RenewOptions = {}): Promise<Lease> => {
    check("renewLease", options, renewRules);
    const seconds = options.ttlSeconds ?? ttlSeconds;
    let sentAtMono = 0;
    try {
      const response = await connection.call("renewLease", "safe", options, (call) => {
        sentAtMono = clock.now().mono;
        return connection.leases.renewLease(
          // Never 0, the time that was last applied: another handle of the same lease may have applied another.
          { taskId, agentId, token: { value: lease.token }, ttlSeconds: seconds },
          call,
        );
      });
      confirm(decodeLease(required("renewLease", "lease", response.lease)), seconds, sentAtMono);
      return lease;
    } catch (error) {
      if (isLost(error)) {
        stop(error);
      }
      throw error;
    }
  };

  const handle: OwnedLease = {
    get lease() {
      return lease;
    },
    get signal() {
      if (lifetime === undefined) {
        lifetime = new AbortController();
        if (ended !== undefined) {
          lifetime.abort(ended());
        }
      }
      return lifetime.signal;
    },
    stop,
    renew,
    async release(options?: CallOptions): Promise<void> {
      checkCall("releaseLease", options);
      renewTimer?.cancel();
      try {
        await connection.call("releaseLease", "gone_is_done", options, (call) =>
          connection.leases.releaseLease({ taskId, agentId, token: { value: lease.token } }, call),
        );
      } catch (error) {
        if (isLost(error)) {
          stop(error);
        }
        if (!wasDoneBefore(error)) {
          throw error;
        }
      }
      released = true;
      end(() => new DOMException(`the lease on ${taskId} was released`, "AbortError"));
    },
    abandon(): void {
      released = true;
      stop(new DOMException(`the lease on ${taskId} was abandoned`, "AbortError"));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (released) {
        return;
      }
      try {
        await handle.release();
      } catch (error) {
        // Leaving a scope must not hide the error that ended it; a lease that is gone is what was wanted.
        if (!isLost(error)) {
          reportProblem(error, `the lease on ${taskId} could not be released`);
        }
      }
    },
  };
  connection.heldTokens.add(grant.lease.token);
  confirm(grant.lease, grant.ttlSeconds, grant.sentAtMono);
  return handle;
}
