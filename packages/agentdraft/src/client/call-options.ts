// The options that every call of the client takes beside its own.

/** Options of one call. */
export interface CallOptions {
  /** Ends the call at once, pauses between attempts included; it then throws `CancelledError`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The whole call with all attempts and pauses, in milliseconds; `Infinity` for none.
   * @default the client's `timeoutMs`
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Attempts after the first one; made only where a repeat is safe.
   * @default the client's `maxRetries`
   */
  readonly maxRetries?: number | undefined;
  /** Sent along. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Options of a call that the server recognises when it comes twice. */
export interface IdempotentCallOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters. The same key with the same request gives the first answer again, for 24 hours.
   * @default `ik_` and a new UUID, so that retries are safe
   */
  readonly idempotencyKey?: string | undefined;
}
