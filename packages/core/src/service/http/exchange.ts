// One request and its answer in the making: what a route may ask of the one and add to the other.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type BodyLimits, clientGone, IncomingBody, type RequestBody } from "./body.ts";
import { readCookie } from "./cookies.ts";
import { networkOf } from "./network.ts";
import { type RepeatedNames, readPairs } from "./query.ts";

/** A request as its route sees it. */
export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  /** The target as it was sent: the path, and behind a question mark the query. What a signature may cover. */
  readonly target: string;
  /** The parameters of the path, each decoded once. */
  readonly params: Readonly<Record<string, string>>;
  /**
   * The query, by the route's policy for repeated names.
   *
   * @throws {HttpProblem} 400 `duplicate_member`
   */
  readonly query: Readonly<Record<string, string>>;
  /** Stands in `X-Request-Id` and in error bodies. */
  readonly requestId: string;
  /** The event after which a reader of a stream wants to go on; `undefined` for a new reader. */
  readonly lastEventId: string | undefined;
  readonly body: RequestBody;
  /** The network that it comes from: what strangers can be counted by. A proxy in front is one network. */
  readonly network: string;
  /** A header of the request, by its lower-case name. */
  header(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** Adds a header, by its lower-case name, to the answer, whatever that will be. */
  setHeader(name: string, value: string): void;
  /** Aborts when the client has gone, or the server stops. */
  readonly signal: AbortSignal;
}

/** What the route says about how its requests are read. */
export interface ExchangeRules extends BodyLimits {
  readonly repeated: RepeatedNames;
}

/** A request may name the whole URL, as for a proxy; only its path and query count. */
const origin = /^https?:\/\/[^/?#]*/i;

const noParams: Readonly<Record<string, string>> = {};

/** The request of one exchange, and what its answer will carry. */
export class HttpExchange implements HttpRequest {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
  readonly target: string;
  readonly path: string;
  readonly answerHeaders: Record<string, string | readonly string[]>;
  params: Readonly<Record<string, string>> = noParams;
  /** The route's own, once it is found. */
  rules: ExchangeRules;
  readonly #stopping: AbortSignal;
  #query: Readonly<Record<string, string>> | undefined;
  #body: RequestBody | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
    rules: ExchangeRules,
    headers: Readonly<Record<string, string>> | undefined,
    stopping: AbortSignal,
  ) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.requestId = requestId;
    this.rules = rules;
    this.startedAt = performance.now();
    const { url = "/" } = incoming;
    this.target = url.startsWith("/") ? url : url.replace(origin, "");
    const question = this.target.indexOf("?");
    this.path = question === -1 ? this.target : this.target.slice(0, question);
    this.answerHeaders = { "x-request-id": requestId, ...headers };
    this.#stopping = stopping;
    if (stopping.aborted) {
      this.answerHeaders.connection = "close";
    }
  }

  get method(): string {
    return this.incoming.method ?? "GET";
  }

  get query(): Readonly<Record<string, string>> {
    this.#query ??= readPairs(this.target.slice(this.path.length + 1), this.rules.repeated);
    return this.#query;
  }

  get body(): RequestBody {
    this.#body ??= new IncomingBody(this.incoming, this.outgoing, this.rules);
    return this.#body;
  }

  get lastEventId(): string | undefined {
    const header = this.header("last-event-id");
    // Browsers send it as UTF-8, and Node reads every header as Latin-1.
    return header === undefined ? undefined : Buffer.from(header, "latin1").toString("utf8");
  }

  get network(): string {
    return networkOf(this.incoming.socket.remoteAddress ?? "");
  }

  /** Whether nobody waits for the answer any more. */
  get isAbandoned(): boolean {
    return this.outgoing.destroyed;
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
        gone.abort(clientGone);
      } else {
        this.#stopping.addEventListener("abort", stop, { once: true });
        outgoing.once("close", () => {
          this.#stopping.removeEventListener("abort", stop);
          // Every answered request ends here, and a reason made by the runtime would carry a stack.
          gone.abort(clientGone);
        });
      }
      this.#signal = gone.signal;
    }
    return this.#signal;
  }
}
