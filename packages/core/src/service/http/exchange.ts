// One request and its answer in the making: what a route may ask of the one and add to the other.
import type { IncomingMessage, ServerResponse } from "node:http";
import { readCookie } from "./cookies.ts";

/** A request as its route sees it. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** Stands in `X-Request-Id` and in error bodies. */
  readonly requestId: string;
  /** A header of the request, by its lower-case name. */
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** Adds a header, by its lower-case name, to the answer, whatever that will be. */
  setHeader(name: string, value: string): void;
  /** Aborts when the client has gone, or the server stops. */
  readonly signal: AbortSignal;
}

/** The path of a request as it was sent, without the query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

/** The request of one exchange, and what its answer will carry. */
export class HttpExchange implements HttpRequest {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
  readonly answerHeaders: Record<string, string | readonly string[]>;
  readonly #stopping: AbortSignal;
  #signal: AbortSignal | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, requestId: string, stopping: AbortSignal) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.requestId = requestId;
    this.startedAt = performance.now();
    this.answerHeaders = { "x-request-id": requestId };
    this.#stopping = stopping;
    if (stopping.aborted) {
      this.answerHeaders.connection = "close";
    }
  }

  get method(): string {
    return this.incoming.method ?? "GET";
  }

  get path(): string {
    return pathOf(this.incoming);
  }

  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  cookie(name: string): string | undefined {
    return readCookie(this.incoming.headers.cookie, name);
  }

  setHeader(name: string, value: string): void {
    this.answerHeaders[name] = value;
  }

  /** Made only when somebody asks: most requests are answered before their client could go. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const gone = new AbortController();
      const stop = (): void => gone.abort(this.#stopping.reason);
      const { outgoing } = this;
      if (this.#stopping.aborted) {
        stop();
      } else if (outgoing.closed) {
        gone.abort();
      } else {
        this.#stopping.addEventListener("abort", stop, { once: true });
        outgoing.once("close", () => {
          this.#stopping.removeEventListener("abort", stop);
          gone.abort();
        });
      }
      this.#signal = gone.signal;
    }
    return this.#signal;
  }
}
