// One gRPC call on the server, from its headers to its status.

import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { listenTo, type StreamListener } from "../wire/call-stream.ts";
import { type MessageEncoding, plainPayload } from "../wire/compression.ts";
import { FrameReader, type FrameSink } from "../wire/frames.ts";
import { MessagePump, type PumpOwner } from "../wire/message-pump.ts";
import { MessageQueue, type QueueOwner } from "../wire/message-queue.ts";
import {
  type AnyMessage,
  type AnyMessageInit,
  decodeMessage,
  encodeFrame,
  type WriteRules,
} from "../wire/messages.ts";
import type { GrpcStatus } from "../wire/status.ts";
import { longestTimerMs } from "../wire/timeout.ts";
import type { Admit } from "./admission.ts";
import { ServerContext } from "./handler-context.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { acceptsGzip, deadlinePassed, requestEncoding, requestTimeout } from "./request-headers.ts";
import { ResponseWriter } from "./response-writer.ts";
import type { Route } from "./routes.ts";

/** What all calls of one server share. */
export interface CallHost {
  readonly readMaxBytes: number;
  readonly plainRules: WriteRules;
  /** The rules for clients that accept compressed answers. */
  readonly preferredRules: WriteRules;
  readonly admit: Admit | undefined;
  readonly statusText: ((text: string) => string) | undefined;
  readonly held: HeldBytes;
  /** The call has its outcome. It may still have bytes on the way. */
  onCallEnd(call: ServerCall, code: GrpcStatus, error: unknown, ofRequest: boolean): void;
}

/** Messages that may wait for a slow implementation before the stream is paused. */
const maxQueued = 16;

/**
 * States: asking (whether the client may call; nothing of the request is read meanwhile), receiving (the request is not whole yet; streams of requests are answered meanwhile), answering (the
 * implementation runs), finished (the status is decided; what comes after it is ignored).
 */
export class ServerCall implements StreamListener, FrameSink, QueueOwner, PumpOwner {
  readonly route: Route;
  /** The connection it came on; undefined for one that is gone already. */
  readonly session: Http2Session | undefined;
  /** When the call began, on the clock of `performance.now()`; 0 if nobody asks. */
  readonly startedAt: number;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #host: CallHost;
  readonly #reader: FrameReader;
  readonly #writer: ResponseWriter;
  readonly #rules: WriteRules;
  #encoding: MessageEncoding = "identity";
  #context: ServerContext | undefined;
  #request: AnyMessage | undefined;
  #requests: MessageQueue<AnyMessage> | undefined;
  #pump: MessagePump | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #finished = false;
  /** Whether it is the request that makes the call fail. */
  #refusing = false;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    route: Route,
    host: CallHost,
    startedAt: number,
  ) {
    this.#stream = stream;
    this.session = stream.session;
    this.#headers = headers;
    this.route = route;
    this.#host = host;
    this.startedAt = startedAt;
    this.#reader = new FrameReader(host.readMaxBytes, this);
    const zips = host.preferredRules.encoding === "gzip" && acceptsGzip(headers);
    this.#rules = zips ? host.preferredRules : host.plainRules;
    this.#writer = new ResponseWriter(stream, zips, host.statusText);
  }

  /** Streams of answers end at once when a server stops; single answers may still be given. */
  get streaming(): boolean {
    return this.route.kind !== "unary";
  }

  start(): void {
    listenTo(this.#stream, this);
    try {
      const context = new ServerContext(this.route.method, this.#stream, this.#headers, this.#armDeadline());
      this.#context = context;
      const asked = this.#host.admit?.(context);
      if (isPromise(asked)) {
        this.#stream.pause();
        asked.then(() => this.#receive(context)).catch(this.#failWith);
      } else {
        this.#receive(context);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #receive(context: ServerContext): void {
    if (this.#finished) {
      return;
    }
    this.#encoding = requestEncoding(this.#headers);
    if (this.route.kind === "client_streaming" || this.route.kind === "bidi_streaming") {
      this.#requests = new MessageQueue(this);
      this.#answerMany(this.#requests, context);
    }
    this.#stream.resume();
  }

  /** Ends the call with an error. Whoever threw something else than a ConnectError meant `internal`. */
  fail(reason: unknown): void {
    if (this.#finished) {
      return;
    }
    const error = toConnectError(reason);
    this.#finish(error.code, reason);
    this.#endWithError(error);
  }

  #refuse(reason: unknown): void {
    this.#reader.discard();
    this.#refusing = true;
    this.fail(reason);
  }

  /** With the metadata of the implementation, unless they are such that HTTP/2 cannot carry them. */
  #endWithError(error: ConnectError): void {
    try {
      this.#writer.endWithError(this.#context, error);
    } catch {
      this.#writer.endWithError(undefined, new ConnectError(error.rawMessage, error.code));
    }
  }

  onFrame(payload: Uint8Array, compressed: boolean): void {
    const plain = plainPayload(payload, compressed, this.#encoding, this.#host.readMaxBytes);
    const message = decodeMessage(this.route.method.input, plain);
    if (this.#requests !== undefined) {
      this.#requests.push(message);
    } else if (this.#request === undefined) {
      this.#request = message;
    } else {
      throw new ConnectError(`${this.route.path} takes one message, but more were sent`, Code.Unimplemented);
    }
  }

  onDrained(): void {
    this.#stream.resume();
  }

  onAbandoned(): void {
    // The implementation reads no further: what the client still sends is dropped, until the call is answered.
    this.#stream.resume();
  }

  encode(message: AnyMessageInit): Buffer {
    return encodeFrame(this.route.method.output, message, this.#rules);
  }

  write(bytes: Buffer): boolean {
    this.#host.held.answering(this.#stream, this.#stream.writableLength + bytes.length);
    this.#writer.sendHeaders(this.#context);
    return this.#writer.write(bytes);
  }

  onDrain(listener: () => void): void {
    this.#stream.once("drain", listener);
  }

  onPumped(last: Buffer | undefined): void {
    this.#finish(0, undefined);
    try {
      this.#writer.endOk(this.#context, last);
    } catch (error) {
      this.#endWithError(toConnectError(error));
    }
  }

  onPumpFailed(error: unknown): void {
    this.fail(error);
  }

  #armDeadline(): number | undefined {
    const timeoutMs = requestTimeout(this.#headers);
    if (timeoutMs === undefined) {
      return undefined;
    }
    if (timeoutMs <= longestTimerMs) {
      this.#deadline = setTimeout(onDeadline, timeoutMs, this);
    }
    return performance.now() + timeoutMs;
  }

  onData(chunk: Buffer): void {
    if (this.#finished) {
      return;
    }
    try {
      this.#reader.push(chunk);
      this.#host.held.receiving(this.#stream, this.#reader.gatheredBytes);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (this.#requests !== undefined && this.#requests.length >= maxQueued) {
      this.#stream.pause();
    }
  }

  onEnd(): void {
    if (!this.#stream.closed) {
      this.#writer.requestEnded = true;
    }
    // A stream that was reset or lost ends too: what came of the request is a part, and the close says the rest.
    if (this.#finished || this.#stream.closed) {
      return;
    }
    if (this.#reader.unfinished) {
      this.#refuse(new ConnectError("the request ended inside a message", Code.Internal));
    } else if (this.#requests !== undefined) {
      this.#requests.close();
    } else if (this.#request === undefined) {
      this.#refuse(
        new ConnectError(`${this.route.path} takes one message, but none was sent`, Code.Unimplemented),
      );
    } else {
      // A caller who does not read what it was answered waits.
      this.#host.held.whenRoom(this.#stream, this.#answer);
    }
  }

  readonly #answer = (): void => {
    if (this.#finished || this.#request === undefined || this.#context === undefined) {
      return;
    }
    try {
      this.#answerOne(this.#request, this.#context);
    } catch (error) {
      this.fail(error);
    }
  };

  onClose(): void {
    if (!this.#finished) {
      const error = new ConnectError("the client cancelled the call or vanished", Code.Canceled);
      this.#finish(Code.Canceled, error);
    }
  }

  #answerOne(request: AnyMessage, context: ServerContext): void {
    const { route } = this;
    if (route.kind === "unary") {
      const answer = route.impl(request, context);
      if (isPromise(answer)) {
        answer.then(this.#answerWith, this.#failWith);
      } else {
        this.#answerWith(answer);
      }
    } else if (route.kind === "server_streaming") {
      this.#pumpFrom(route.impl(request, context));
    }
  }

  #answerMany(requests: MessageQueue<AnyMessage>, context: ServerContext): void {
    const { route } = this;
    if (route.kind === "bidi_streaming") {
      this.#pumpFrom(route.impl(requests, context));
    } else if (route.kind === "client_streaming") {
      route.impl(requests, context).then(this.#answerWith, this.#failWith);
    }
  }

  readonly #failWith = (reason: unknown): void => {
    this.fail(reason);
  };

  readonly #answerWith = (message: AnyMessageInit): void => {
    this.#host.held.whenRoom(this.#stream, () => this.#send(message));
  };

  #send(message: AnyMessageInit): void {
    if (this.#finished) {
      return;
    }
    try {
      const bytes = this.encode(message);
      this.#host.held.answering(this.#stream, bytes.length);
      this.#finish(0, undefined);
      this.#writer.endOk(this.#context, bytes);
    } catch (error) {
      if (this.#finished) {
        this.#endWithError(toConnectError(error));
      } else {
        this.fail(error);
      }
    }
  }

  readonly #pumpFrom = (messages: AsyncIterable<AnyMessageInit>): void => {
    const pump = new MessagePump(messages, this);
    if (this.#finished) {
      pump.stop();
      return;
    }
    this.#pump = pump;
    pump.start();
    if (this.route.kind === "server_streaming") {
      // Headers leave in this turn also when no message came: a client waits for them to know that it is served.
      setImmediate(() => {
        if (!this.#finished) {
          try {
            this.#writer.sendHeaders(this.#context);
          } catch (error) {
            this.fail(error);
          }
        }
      });
    }
  };

  /** Settles the outcome once: timer, implementation, signal and requests all end here. */
  #finish(code: GrpcStatus, reason: unknown): void {
    this.#finished = true;
    clearTimeout(this.#deadline);
    this.#context?.end(reason);
    this.#pump?.stop();
    if (this.#requests !== undefined) {
      if (reason === undefined) {
        this.#requests.close();
      } else {
        this.#requests.failNow(reason);
      }
    }
    // What the client still sends is dropped.
    this.#stream.resume();
    this.#host.onCallEnd(this, code, reason, this.#refusing);
  }
}

function onDeadline(call: ServerCall): void {
  call.fail(deadlinePassed());
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function toConnectError(reason: unknown): ConnectError {
  return reason instanceof ConnectError
    ? reason
    : new ConnectError("internal error", Code.Internal, undefined, undefined, reason);
}
