// A unary call: one message there, one back.

import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import type { DescMessage, DescMethodUnary, DescService, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type UnaryResponse } from "@connectrpc/connect";
import type { AnyMessage } from "../wire/messages.ts";
import { toHeaders } from "../wire/metadata.ts";
import { type CallEvents, type CallPlan, ClientCall } from "./call.ts";
import type { ClientConnection } from "./connection.ts";

type Resolve<I extends DescMessage, O extends DescMessage> = (response: UnaryResponse<I, O>) => void;

/** Makes the call. `body` is the framed request. */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  connection: ClientConnection,
  method: DescMethodUnary<I, O>,
  plan: CallPlan,
  body: Buffer,
): Promise<UnaryResponse<I, O>> {
  return new Promise((resolve, reject) => {
    const call: ClientCall = new ClientCall(connection, plan, new UnaryEvents(method, body, resolve, reject));
    call.start();
  });
}

class UnaryEvents<I extends DescMessage, O extends DescMessage> implements CallEvents {
  readonly #method: DescMethodUnary<I, O>;
  readonly #body: Buffer;
  readonly #resolve: Resolve<I, O>;
  readonly #reject: (error: ConnectError) => void;
  #headers: IncomingHttpHeaders | undefined;
  #message: AnyMessage | undefined;
  #messages = 0;

  constructor(
    method: DescMethodUnary<I, O>,
    body: Buffer,
    resolve: Resolve<I, O>,
    reject: (error: ConnectError) => void,
  ) {
    this.#method = method;
    this.#body = body;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onOpen(stream: ClientHttp2Stream): void {
    stream.end(this.#body);
  }

  onHeaders(headers: IncomingHttpHeaders): void {
    this.#headers = headers;
  }

  onMessage(message: AnyMessage): void {
    this.#messages++;
    this.#message = message;
  }

  onEnd(error: ConnectError | undefined, trailers: IncomingHttpHeaders): void {
    if (error !== undefined) {
      this.#reject(error);
    } else if (this.#message === undefined || this.#messages > 1) {
      const text = `the server answered a unary call with ${this.#messages} messages`;
      this.#reject(new ConnectError(text, Code.Unimplemented));
    } else {
      // The call decoded it with this method's own description.
      this.#resolve(
        new LazyResponse(this.#method, this.#message as MessageShape<O>, this.#headers, trailers),
      );
    }
  }
}

/** The answer; headers and trailers become web Headers only when somebody looks at them. */
class LazyResponse<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #headers: IncomingHttpHeaders | undefined;
  readonly #trailers: IncomingHttpHeaders;
  #header: Headers | undefined;
  #trailer: Headers | undefined;

  constructor(
    method: DescMethodUnary<I, O>,
    message: MessageShape<O>,
    headers: IncomingHttpHeaders | undefined,
    trailers: IncomingHttpHeaders,
  ) {
    this.method = method;
    this.message = message;
    this.#headers = headers;
    this.#trailers = trailers;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get header(): Headers {
    this.#header ??= toHeaders(this.#headers);
    return this.#header;
  }

  get trailer(): Headers {
    this.#trailer ??= toHeaders(this.#trailers);
    return this.#trailer;
  }
}
