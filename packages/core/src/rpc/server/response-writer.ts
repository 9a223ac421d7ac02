// The response side of one server stream: headers once, frames, then trailers; or trailers alone.

import type { OutgoingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from "node:http2";
import type { ConnectError } from "@connectrpc/connect";
import { h2 } from "../wire/http2.ts";
import { addMetadata } from "../wire/metadata.ts";
import { contentType } from "../wire/request-line.ts";
import { addErrorStatus } from "../wire/status.ts";
import type { ServerContext } from "./handler-context.ts";

const plainHeaders: OutgoingHttpHeaders = { ":status": 200, "content-type": contentType };
const gzipHeaders: OutgoingHttpHeaders = { ...plainHeaders, "grpc-encoding": "gzip" };
const okTrailers: OutgoingHttpHeaders = { "grpc-status": "0" };

// gRPC has no use for the date header, which Node formats and adds to each response unless told not to.
const withTrailers: ServerStreamResponseOptions & { sendDate: false } = {
  waitForTrailers: true,
  sendDate: false,
};
const headersOnly: ServerStreamResponseOptions & { sendDate: false } = { endStream: true, sendDate: false };

/** Writes to one stream. A stream that is already gone swallows everything. */
export class ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #zips: boolean;
  readonly #statusText: ((text: string) => string) | undefined;
  /** Set by the call once the client has sent all it wants to. */
  requestEnded = false;

  constructor(stream: ServerHttp2Stream, zips: boolean, statusText?: (text: string) => string) {
    this.#stream = stream;
    this.#zips = zips;
    this.#statusText = statusText;
  }

  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  /** Sends the headers if they have not been sent. */
  sendHeaders(context: ServerContext | undefined): void {
    if (this.gone || this.#stream.headersSent) {
      return;
    }
    const base = this.#zips ? gzipHeaders : plainHeaders;
    const custom = context?.touchedHeader;
    if (custom === undefined) {
      this.#stream.respond(base, withTrailers);
      return;
    }
    const headers = { ...base };
    addMetadata(headers, custom);
    this.#stream.respond(headers, withTrailers);
  }

  /** Sends bytes; `false` asks the caller to wait for the stream's drain. */
  write(bytes: Uint8Array): boolean {
    return this.gone || this.#stream.write(bytes);
  }

  /** Ends a call that went well, with its last bytes if there are some. */
  endOk(context: ServerContext | undefined, last: Uint8Array | undefined): void {
    if (this.gone) {
      return;
    }
    this.sendHeaders(context);
    const custom = context?.touchedTrailer;
    let trailers = okTrailers;
    if (custom !== undefined) {
      trailers = { ...okTrailers };
      addMetadata(trailers, custom);
    }
    this.#end(trailers, last);
  }

  /** Ends a call that failed. */
  endWithError(context: ServerContext | undefined, error: ConnectError): void {
    if (this.gone) {
      return;
    }
    const trailers: OutgoingHttpHeaders = {};
    if (context?.touchedTrailer !== undefined) {
      addMetadata(trailers, context.touchedTrailer);
    }
    addErrorStatus(trailers, error, this.#statusText);
    if (this.#stream.headersSent || context?.touchedHeader !== undefined) {
      this.sendHeaders(context);
      this.#end(trailers, undefined);
      return;
    }
    this.#stream.respond({ ...plainHeaders, ...trailers }, headersOnly);
    // In the same turn, Node 22.23 sends the reset before the headers.
    setImmediate(() => this.#releaseRequest());
  }

  #end(trailers: OutgoingHttpHeaders, last: Uint8Array | undefined): void {
    const stream = this.#stream;
    stream.once("wantTrailers", () => {
      stream.sendTrailers(trailers);
      if (!this.requestEnded) {
        // Node sends the trailers in its own setImmediate, which this one follows.
        setImmediate(() => this.#releaseRequest());
      }
    });
    if (last === undefined) {
      stream.end();
    } else {
      stream.end(last);
    }
  }

  /** Tells a client that is still sending that nobody reads it any more. */
  #releaseRequest(): void {
    if (!this.requestEnded && !this.#stream.destroyed) {
      this.#stream.close(h2.noError);
    }
  }
}
