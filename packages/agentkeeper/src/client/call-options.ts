// The options that every call of the client takes beside its own.

/** Options of one call. */
export interface CallOptions {
  /** Ends the call at once, pauses between attempts included. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The whole call with all attempts and pauses, in milliseconds; 1 or more.
   * @default the client's `timeoutMs`
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Attempts after the first one; made only where a repeat is safe.
   * @default the client's `maxRetries`
   */
  readonly maxRetries?: number | undefined;
  /** Metadata to send along. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
