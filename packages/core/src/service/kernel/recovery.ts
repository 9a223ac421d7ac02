// What a runner does when its store refuses a turn: callers are refused, the state goes back to what is durable, and
// after a while it is tried again. Only with something that changes no state, so that reads go on as fast as ever.
import type { Clock } from "../../clock.ts";
import { JournalError } from "../store/journal.ts";
import { type Call, refuse, storeUnavailable } from "./call.ts";
import type { MachineTypes } from "./machine.ts";
import type { StoreHealth } from "./turn-maker.ts";

export interface RecoveryOptions<Types extends MachineTypes> {
  readonly clock: Clock;
  readonly retryAfterMs: number;
  readonly onFault: (error: unknown) => void;
  /** Brings the state back to what the journal holds. */
  readonly rebuild: () => Promise<void>;
  /** Hands over the commands that wait for a turn; they wait no longer. */
  readonly takeWaiting: () => Iterable<Call<Types>>;
  /** Finds out whether the store takes writes again, without a record. */
  readonly probe: () => void | Promise<void>;
  /** Runs a turn that says that the store takes writes again. */
  readonly retry: () => void;
}

export interface Recovery<Types extends MachineTypes> {
  readonly health: StoreHealth;
  /** Another process has taken the store over, for good: what is known here is out of date, and nothing is answered. */
  readonly replacedBy: JournalError | undefined;
  /** The store took a turn. */
  succeeded(): void;
  /**
   * The store refused a turn, which nobody may see then: refuses `calls`, rebuilds the state, and arms the next try.
   * Resolves when reads can be answered again, or when the runner is closed.
   */
  failed(error: unknown, calls: Iterable<Call<Types>>): Promise<void>;
  /** The runner is closed: there is no next try. */
  stop(): void;
}

export function createRecovery<Types extends MachineTypes>(options: RecoveryOptions<Types>): Recovery<Types> {
  const { clock, retryAfterMs, onFault, rebuild, takeWaiting, probe, retry } = options;
  let health: StoreHealth = "up";
  let replacedBy: JournalError | undefined;
  let stopped = false;
  let endRest: (() => void) | undefined;

  /** Waits before the next try; ends early when the runner is closed. */
  const rest = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.setTimer(retryAfterMs, () => endRest?.(), { ref: false });
      endRest = () => {
        endRest = undefined;
        timer.cancel();
        resolve();
      };
    });

  const rebuilt = async (): Promise<boolean> => {
    try {
      await rebuild();
      return true;
    } catch (error) {
      onFault(error);
      return false;
    }
  };

  /** The state of a writer that was replaced is of no use to anybody. */
  const endIfReplaced = (error: unknown): boolean => {
    if (error instanceof JournalError && error.code === "stale_epoch") {
      replacedBy = error;
      for (const call of takeWaiting()) {
        refuse(call, storeUnavailable(error));
      }
    }
    return replacedBy !== undefined;
  };

  const takesWrites = async (): Promise<boolean> => {
    try {
      await probe();
      return true;
    } catch (error) {
      onFault(error);
      endIfReplaced(error);
      return false;
    }
  };

  /** @param hasRested whether a rest has just ended, since which the store has answered */
  const tryLater = async (hasRested: boolean): Promise<void> => {
    let isDue = hasRested;
    do {
      if (!isDue) {
        await rest();
      }
      isDue = false;
      if (stopped || health !== "down" || replacedBy !== undefined) {
        return;
      }
    } while (!(await takesWrites()));
    if (!stopped) {
      health = "trying";
      retry();
    }
  };

  return {
    get health() {
      return health;
    },
    get replacedBy() {
      return replacedBy;
    },

    succeeded(): void {
      health = "up";
    },

    async failed(error: unknown, calls: Iterable<Call<Types>>): Promise<void> {
      health = "down";
      onFault(error);
      const reason = storeUnavailable(error);
      for (const call of calls) {
        refuse(call, reason);
      }
      if (endIfReplaced(error)) {
        return;
      }
      let hasRested = false;
      while (!(await rebuilt())) {
        // Nothing is known for certain now, so reads cannot be answered either.
        for (const call of takeWaiting()) {
          refuse(call, reason);
        }
        if (!stopped) {
          await rest();
          hasRested = true;
        }
        if (stopped) {
          return;
        }
      }
      if (!stopped) {
        void tryLater(hasRested);
      }
    },

    stop(): void {
      stopped = true;
      endRest?.();
    },
  };
}
