// Keeps one client's retries from becoming a storm: retries are paid from a bucket that only successes refill.

/** Bounds of a {@link RetryBudget}. */
export interface RetryBudgetOptions {
  /**
   * Tokens in a full bucket, which is also how it starts.
   * @default 500
   */
  readonly capacity?: number | undefined;
  /**
   * Tokens that one retry costs. They come back if the call succeeds after it.
   * @default 5
   */
  readonly retryCost?: number | undefined;
  /**
   * Tokens that a call gives back which succeeded at its first attempt.
   * @default 1
   */
  readonly successRefund?: number | undefined;
}

/**
 * A token bucket shared by all calls of a client. By the defaults a client may waste 100 retries on a dead server, then
 * one for every five calls that succeed.
 */
export interface RetryBudget {
  /** What is left. */
  readonly tokens: number;
  /** Takes the cost of one retry, or answers `false` and takes nothing. */
  trySpend(): boolean;
  /** Tells that a call succeeded after this many retries. */
  succeeded(retries: number): void;
}

export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { capacity = 500, retryCost = 5, successRefund = 1 } = options;
  let tokens = capacity;
  return {
    get tokens(): number {
      return tokens;
    },
    trySpend(): boolean {
      if (tokens < retryCost) {
        return false;
      }
      tokens -= retryCost;
      return true;
    },
    succeeded(retries: number): void {
      tokens = Math.min(capacity, tokens + (retries > 0 ? retryCost : successRefund));
    },
  };
}
