// What a runner does when its store refuses a turn: callers are refused, the state goes back to what is durable, and
// after a while it is tried again.
import type { Clock } from "../../clock.ts";
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
  /** Runs a turn that finds out whether the store takes writes again. */
  readonly retry: () => void;
}

export interface Recovery<Types extends MachineTypes> {
  readonly health: StoreHealth;
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
  const { clock, retryAfterMs, onFault, rebuild, takeWaiting, retry } = options;
  let health: StoreHealth = "up";
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

  const tryLater = async (): Promise<void> => {
    await rest();
    if (!stopped && health === "down") {
      health = "trying";
      retry();
    }
  };

  return {
    get health() {
      return health;
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
      while (!(await rebuilt())) {
        // Nothing is known for certain now, so reads cannot be answered either.
        for (const call of takeWaiting()) {
          refuse(call, reason);
        }
        if (!stopped) {
          await rest();
        }
        if (stopped) {
          return;
        }
      }
      if (!stopped) {
        void tryLater();
      }
    },

    stop(): void {
      stopped = true;
      endRest?.();
    },
  };
}
