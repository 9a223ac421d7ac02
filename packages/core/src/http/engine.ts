// The waist of the HTTP client: what sends one request and brings its answer, whatever it stands on.

import type { HttpStream } from "./answer.ts";

/** A request as it goes out. */
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

/** A caller's own way to send: less than the standard `fetch` can do, so that this always fits. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** An answer whose body is still on its way. It is read once, by either of its ways. */
export interface EngineAnswer extends Omit<HttpStream, "whole"> {
  /**
   * The body to its last byte.
   *
   * @throws AnswerTooLarge, and whatever the connection ends with
   */
  bytes(limitBytes: number): Promise<Uint8Array>;
}

/** Sends requests over the connections that it keeps. */
export interface HttpEngine {
  send(url: string, init: FetchInit): Promise<EngineAnswer>;
  /** Closes the kept connections, also those in use. */
  close(): void;
}
