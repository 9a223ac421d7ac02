// What an implementation sees of its call. Everything is made at first use: most calls look at none of it.

import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, createContextValues } from "@connectrpc/connect";
import { toHeaders } from "../wire/metadata.ts";
import { type AdmitContext, type Peer, peerOf } from "./admission.ts";

/** Made once, and late: the first `Headers` of a process, which each ConnectError has, loads Node's whole fetch. */
let completed: ConnectError | undefined;

function completion(): ConnectError {
  completed ??= new ConnectError("the call is complete", Code.Canceled);
  return completed;
}

/**
 * Connect's `HandlerContext` for one gRPC call. Response headers count until the first message is sent, and at the
 * latest one turn of the event loop after a streaming implementation was called.
 */
export class ServerContext implements AdmitContext {
  readonly method: DescMethod;
  readonly protocolName = "grpc";
  readonly requestMethod = "POST";
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #deadlineAt: number | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;
  #abort: AbortController | undefined;
  #ended: { readonly reason: unknown } | undefined;

  /** @param deadlineAt when the caller stops waiting, on the clock of `performance.now()`. */
  constructor(
    method: DescMethod,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    deadlineAt: number | undefined,
  ) {
    this.method = method;
    this.#stream = stream;
    this.#headers = headers;
    this.#deadlineAt = deadlineAt;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get url(): string {
    const { ":scheme": scheme, ":authority": authority, ":path": path } = this.#headers;
    return `${scheme ?? "http"}://${authority ?? this.#headers.host ?? "localhost"}${path ?? "/"}`;
  }

  get peer(): Peer {
    return peerOf(this.#stream.session?.socket);
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= toHeaders(this.#headers);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues();
    return this.#values;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#ended !== undefined) {
        this.#abort.abort(this.#ended.reason ?? completion());
      }
    }
    return this.#abort.signal;
  }

  timeoutMs = (): number | undefined =>
    this.#deadlineAt === undefined ? undefined : this.#deadlineAt - performance.now();

  /** The response headers, if anyone has touched them. */
  get touchedHeader(): Headers | undefined {
    return this.#responseHeader;
  }

  /** The response trailers, if anyone has touched them. */
  get touchedTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }

  /** Aborts the signal. Without a reason the call is simply over. */
  end(reason?: unknown): void {
    this.#ended ??= { reason };
    this.#abort?.abort(reason ?? completion());
  }
}
