// One gRPC call on the client, from waiting for a session to its status.

import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { messageOf } from "../../errors/foreign.ts";
import { knownEncoding, type MessageEncoding, plainPayload } from "../wire/compression.ts";
import { FrameReader, type FrameSink } from "../wire/frames.ts";
import { h2 } from "../wire/http2.ts";
import { type AnyMessage, decodeMessage } from "../wire/messages.ts";
import { headerValue } from "../wire/metadata.ts";
import { markNotProcessed } from "../wire/not-processed.ts";
import { formatTimeout, longestTimerMs } from "../wire/timeout.ts";
import type { ClientConnection, Waiting } from "./connection.ts";
import { missingStatus, outcomeOf, refusalIn, streamError } from "./outcome.ts";
import type { ClientSession } from "./session.ts";

/** What one call is about. */
export interface CallPlan {
  readonly method: DescMethod;
  /** Everything but the deadline. */
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly readMaxBytes: number;
}

/** Who hears of a call's progress; `onEnd` comes exactly once and last. */
export interface CallEvents {
  /** The stream is open: now the request may be written. */
  onOpen(stream: ClientHttp2Stream): void;
  onHeaders(headers: IncomingHttpHeaders): void;
  onMessage(message: AnyMessage): void;
  /** `local` tells an end that was decided here from one that came from the server. */
  onEnd(error: ConnectError | undefined, trailers: IncomingHttpHeaders, local: boolean): void;
}

const none: IncomingHttpHeaders = {};

/**
 * States: waiting (for a session), open (a stream carries it), settled (the outcome is known; what still arrives is
 * ignored). The deadline counts from the start, waiting included.
 */
export class ClientCall implements Waiting, FrameSink {
  readonly #connection: ClientConnection;
  readonly #plan: CallPlan;
  readonly #events: CallEvents;
  readonly #reader: FrameReader;
  #stream: ClientHttp2Stream | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #deadlineAt = Number.POSITIVE_INFINITY;
  #encoding: MessageEncoding | undefined = "identity";
  #headers: IncomingHttpHeaders | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #body = false;
  #settled = false;

  constructor(connection: ClientConnection, plan: CallPlan, events: CallEvents) {
    this.#connection = connection;
    this.#plan = plan;
    this.#events = events;
    this.#reader = new FrameReader(plan.readMaxBytes, this);
  }

  start(): void {
    const { signal, timeoutMs } = this.#plan;
    if (signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    signal?.addEventListener("abort", this.#onAbort);
    if (timeoutMs !== undefined) {
      this.#deadlineAt = performance.now() + timeoutMs;
      if (timeoutMs <= longestTimerMs) {
        this.#deadline = setTimeout(onDeadline, timeoutMs, this);
      }
    }
    this.#connection.admit(this);
  }

  /** Ends the call from this side; the server is told to stop. */
  cancel(error: ConnectError): void {
    if (this.#settled) {
      return;
    }
    const stream = this.#stream;
    if (stream === undefined) {
      this.#connection.withdraw(this);
      markNotProcessed(error);
    }
    this.#settle(error, none, true);
    if (stream !== undefined) {
      reset(stream);
    }
  }

  onSession(session: ClientSession): void {
    let stream: ClientHttp2Stream;
    try {
      stream = session.open(this.#requestHeaders());
    } catch (error) {
      // Older versions of Node throw where newer ones fail the stream: the session ended in this very turn.
      const text = messageOf(error);
      const failure = new ConnectError(text, Code.Unavailable, undefined, undefined, error);
      this.#settle(markNotProcessed(session.loss ?? failure), none, true);
      return;
    }
    this.#stream = stream;
    stream.on("error", ignore);
    stream.on("response", (headers) => this.#onResponse(headers));
    stream.on("trailers", (trailers) => {
      this.#trailers = trailers;
    });
    stream.on("data", (chunk: Buffer) => this.#onData(chunk));
    stream.on("end", () => this.#onEnd(stream));
    stream.on("close", () => this.#onClose(stream, session));
    this.#events.onOpen(stream);
  }

  onNoSession(error: ConnectError): void {
    this.#settle(error, none, false);
  }

  onFrame(payload: Uint8Array, compressed: boolean): void {
    const plain = plainPayload(payload, compressed, this.#encoding ?? "identity", this.#plan.readMaxBytes);
    this.#events.onMessage(decodeMessage(this.#plan.method.output, plain));
  }

  readonly #onAbort = (): void => {
    this.cancel(ConnectError.from(this.#plan.signal?.reason, Code.Canceled));
  };

  #requestHeaders(): OutgoingHttpHeaders {
    const { headers, timeoutMs } = this.#plan;
    if (timeoutMs !== undefined) {
      headers["grpc-timeout"] = formatTimeout(this.#deadlineAt - performance.now());
    }
    return headers;
  }

  #onResponse(headers: IncomingHttpHeaders): void {
    if (this.#settled) {
      return;
    }
    this.#headers = headers;
    const refusal = refusalIn(headers);
    if (refusal !== undefined) {
      this.cancel(refusal);
      return;
    }
    this.#encoding = knownEncoding(headerValue(headers, "grpc-encoding"));
    if (this.#encoding === undefined) {
      const name = JSON.stringify(headers["grpc-encoding"]);
      this.cancel(new ConnectError(`the server answers in the unknown encoding ${name}`, Code.Internal));
      return;
    }
    this.#events.onHeaders(headers);
  }

  #onData(chunk: Buffer): void {
    if (this.#settled) {
      return;
    }
    this.#body = true;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.cancel(ConnectError.from(error, Code.Internal));
    }
  }

  #onEnd(stream: ClientHttp2Stream): void {
    // A stream that broke ends too; what broke it is known when it closes.
    if (this.#settled || this.#headers === undefined || stream.rstCode !== h2.noError) {
      return;
    }
    const body = this.#reader.unfinished ? "unfinished" : this.#body ? "whole" : "none";
    const error = outcomeOf(this.#headers, this.#trailers, body);
    if (error === "no status") {
      if (!stream.destroyed && !stream.writableEnded) {
        // The server is through, but the stream stays open for a request that nobody reads.
        this.cancel(missingStatus());
      }
      return;
    }
    this.#settle(error, this.#trailers ?? none, false);
    if (!stream.writableFinished) {
      // The server answered without waiting for the rest of the request.
      reset(stream);
    }
  }

  #onClose(stream: ClientHttp2Stream, session: ClientSession): void {
    session.release();
    if (this.#settled) {
      return;
    }
    const late = performance.now() >= this.#deadlineAt;
    const error = late ? deadlineError() : streamError(stream, session, this.#headers, this.#trailers);
    this.#settle(error, this.#trailers ?? none, false);
  }

  #settle(error: ConnectError | undefined, trailers: IncomingHttpHeaders, local: boolean): void {
    if (this.#settled) {
      return;
    }
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#plan.signal?.removeEventListener("abort", this.#onAbort);
    this.#events.onEnd(error, trailers, local);
  }
}

/**
 * Sends RST_STREAM with CANCEL. Node's `close` first ends the writable side, so that the server reads an orderly end
 * of a request that was cut short, and takes the part for the whole; here that end is left out.
 */
function reset(stream: ClientHttp2Stream): void {
  stream._final = () => {};
  stream.close(h2.cancel);
}

function deadlineError(): ConnectError {
  return new ConnectError("the operation timed out", Code.DeadlineExceeded);
}

function onDeadline(call: ClientCall): void {
  call.cancel(deadlineError());
}

function ignore(): void {}
