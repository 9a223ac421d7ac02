// Writes that carry a fencing token: a resource that refuses whoever comes later with an older grant.
import { checkArgument, checkOptions, FailedPreconditionError, must, raceSignal } from "@x/core/base";
import { serviceName } from "../client/checks.ts";

/** How to write. */
export interface FencedWriteOptions {
  /** Gives the write up while it waits for its turn; it throws the signal's reason then. One that has begun goes on. */
  readonly signal?: AbortSignal;
}

/** Keeps the highest token per resource and refuses lower ones. */
export interface FencedStore {
  /**
   * Runs a write under a token. Writes of one resource run one after the other; each is checked when its turn comes, so
   * a former holder that was late cannot overwrite its successor.
   *
   * @throws FailedPreconditionError `stale_fence` when a higher token has been seen for the resource
   */
  write<Result>(
    resource: string,
    token: bigint,
    write: () => Result | Promise<Result>,
    options?: FencedWriteOptions,
  ): Promise<Result>;
  /** The highest token seen for a resource; 0 if none was. */
  highest(resource: string): bigint;
}

/** Where the highest tokens are kept; in memory by default. */
export interface FenceMemory {
  get(resource: string): bigint | undefined | Promise<bigint | undefined>;
  set(resource: string, token: bigint): void | Promise<void>;
}

const writing = { service: serviceName, operation: "write" };

/**
 * A store that lives in this process. For a database, let it compare instead, in the statement that writes:
 * `UPDATE t SET ..., fence = $token WHERE id = $id AND fence <= $token`, and treat no changed row as refused.
 */
export function createFencedStore(memory?: FenceMemory): FencedStore {
  if (memory !== undefined) {
    const call = { service: serviceName, operation: "createFencedStore" };
    checkArgument("memory", memory, must.haveMethods("an object with get and set", "get", "set"), call);
  }
  const seen = new Map<string, bigint>();
  const turns = new Map<string, Promise<unknown>>();

  const admit = async (resource: string, token: bigint): Promise<void> => {
    const known = seen.get(resource) ?? 0n;
    const stored = (await memory?.get(resource)) ?? 0n;
    const highest = known > stored ? known : stored;
    if (token < highest) {
      throw new FailedPreconditionError(
        `write: ${resource} was written under token ${highest}, which is newer than ${token}; the lease was lost.`,
        {
          service: serviceName,
          operation: "write",
          code: "stale_fence",
          details: { resource, highest: String(highest) },
        },
      );
    }
    seen.set(resource, token);
    if (token > stored) {
      await memory?.set(resource, token);
    }
  };

  return {
    async write<Result>(
      resource: string,
      token: bigint,
      write: () => Result | Promise<Result>,
      options: FencedWriteOptions = {},
    ): Promise<Result> {
      checkArgument("resource", resource, must.beText, writing);
      checkArgument("token", token, must.beBigint, writing);
      checkArgument("write", write, must.beFunction, writing);
      checkOptions(options, { signal: must.beSignal }, writing);
      const { signal } = options;
      const before = turns.get(resource);
      const turn = (async (): Promise<Result> => {
        await before?.catch(() => undefined);
        signal?.throwIfAborted();
        await admit(resource, token);
        return write();
      })();
      turns.set(resource, turn);
      try {
        // Who waits behind another's write need not wait for it to give up.
        await raceSignal(before?.catch(() => undefined) ?? Promise.resolve(), signal);
        return await turn;
      } finally {
        turn
          .catch(() => undefined)
          .then(() => {
            if (turns.get(resource) === turn) {
              turns.delete(resource);
            }
          });
      }
    },
    highest: (resource) => seen.get(resource) ?? 0n,
  };
}
