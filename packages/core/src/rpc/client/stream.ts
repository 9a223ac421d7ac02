// A streaming call of any kind: messages there as the input brings them, messages back as the caller reads them.

import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { DescMessage, DescMethodStreaming, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse } from "@connectrpc/connect";
import { MessagePump, type PumpOwner } from "../wire/message-pump.ts";
import { MessageQueue, type QueueOwner } from "../wire/message-queue.ts";
import { type AnyMessage, type AnyMessageInit, encodeFrame, type WriteRules } from "../wire/messages.ts";
import { appendHeaders, toHeaders } from "../wire/metadata.ts";
import { readStatus } from "../wire/status.ts";
import { type CallEvents, type CallPlan, ClientCall } from "./call.ts";
import type { ClientConnection } from "./connection.ts";

/** Messages that may wait for a slow reader before the stream is paused. */
const maxQueued = 16;

/**
 * Makes the call. Resolves with the response headers; a call that fails before them rejects. Leaving the loop over
 * `message` cancels the call.
 */
export function callStream<I extends DescMessage, O extends DescMessage>(
  connection: ClientConnection,
  method: DescMethodStreaming<I, O>,
  plan: CallPlan,
  input: AsyncIterable<MessageInitShape<I>>,
  rules: WriteRules,
): Promise<StreamResponse<I, O>> {
  return new Promise((resolve, reject) => {
    new StreamCall(connection, method, plan, input, rules, resolve, reject).start();
  });
}

class StreamCall<I extends DescMessage, O extends DescMessage> implements CallEvents, QueueOwner, PumpOwner {
  readonly #method: DescMethodStreaming<I, O>;
  readonly #input: AsyncIterable<AnyMessageInit>;
  readonly #rules: WriteRules;
  readonly #resolve: (response: StreamResponse<I, O>) => void;
  readonly #reject: (error: ConnectError) => void;
  readonly #call: ClientCall;
  readonly #queue: MessageQueue<MessageShape<O>>;
  readonly #trailer: Headers = new Headers();
  #stream: ClientHttp2Stream | undefined;
  #pump: MessagePump | undefined;

  constructor(
    connection: ClientConnection,
    method: DescMethodStreaming<I, O>,
    plan: CallPlan,
    input: AsyncIterable<AnyMessageInit>,
    rules: WriteRules,
    resolve: (response: StreamResponse<I, O>) => void,
    reject: (error: ConnectError) => void,
  ) {
    this.#method = method;
    this.#input = input;
    this.#rules = rules;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#queue = new MessageQueue(this);
    this.#call = new ClientCall(connection, plan, this);
  }

  start(): void {
    this.#call.start();
  }

  onOpen(stream: ClientHttp2Stream): void {
    this.#stream = stream;
    this.#pump = new MessagePump(this.#input, this);
    this.#pump.start();
  }

  onHeaders(headers: IncomingHttpHeaders): void {
    const status = readStatus(headers);
    if (status !== undefined && status !== "ok") {
      // The end of the stream says the same, with everything that belongs to it.
      return;
    }
    this.#resolve({
      stream: true,
      service: this.#method.parent,
      method: this.#method,
      header: toHeaders(headers),
      trailer: this.#trailer,
      message: this.#queue,
    });
  }

  onMessage(message: AnyMessage): void {
    // The call decoded it with this method's own description.
    this.#queue.push(message as MessageShape<O>);
    if (this.#queue.length >= maxQueued) {
      this.#stream?.pause();
    }
  }

  onEnd(error: ConnectError | undefined, trailers: IncomingHttpHeaders, local: boolean): void {
    appendHeaders(this.#trailer, trailers);
    this.#pump?.stop();
    if (error === undefined) {
      this.#queue.close();
      return;
    }
    // Before the headers this is the outcome; after them nobody looks at it.
    this.#reject(error);
    if (local) {
      this.#queue.failNow(error);
    } else {
      this.#queue.fail(error);
    }
  }

  onDrained(): void {
    this.#stream?.resume();
  }

  onAbandoned(): void {
    this.#call.cancel(new ConnectError("the reader left the stream", Code.Canceled));
  }

  encode(message: AnyMessageInit): Buffer {
    return encodeFrame(this.#method.input, message, this.#rules);
  }

  write(bytes: Buffer): boolean {
    return this.#stream?.write(bytes) ?? true;
  }

  onDrain(listener: () => void): void {
    this.#stream?.once("drain", listener);
  }

  onPumped(last: Buffer | undefined): void {
    if (last === undefined) {
      this.#stream?.end();
    } else {
      this.#stream?.end(last);
    }
  }

  onPumpFailed(error: unknown): void {
    this.#call.cancel(ConnectError.from(error));
  }
}
