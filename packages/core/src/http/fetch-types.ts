// What the HTTP client asks of a `fetch`: less than the standard one can do, so that the standard one always fits.

/** How a request is handed to {@link Fetch}. */
export interface FetchInit {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Ends the request at once, also while the body of the answer is read. */
  readonly signal: AbortSignal;
  /** A redirect is an answer like any other. */
  readonly redirect: "manual";
}

/** Sends one request. `globalThis.fetch` is one. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** A `fetch` with the connections that it keeps. */
export interface FetchEngine {
  readonly fetch: Fetch;
  /** Closes the kept connections, also those in use. */
  close(): void;
}
