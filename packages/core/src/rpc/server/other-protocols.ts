// Connect and gRPC-Web on the same port, through connect-node's adapter, which is loaded when the first such call comes.

import type {
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import { toBinary } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextKey,
  createContextKey,
  createContextValues,
  type HandlerContext,
  type Interceptor,
} from "@connectrpc/connect";
import { onAbort } from "../../calls/abort.ts";
import { h2, http2 } from "../wire/http2.ts";
import { methodPath } from "../wire/request-line.ts";
import type { GrpcStatus } from "../wire/status.ts";
import { type Admit, peerKey, peerOf } from "./admission.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { JsonOptions } from "./options.ts";
import type { GrpcRoutes } from "./routes.ts";

/** What the adapter is made from. */
export interface OtherProtocolsOptions {
  readonly routes: GrpcRoutes;
  readonly admit: Admit | undefined;
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
  readonly jsonOptions: JsonOptions;
  readonly shutdownSignal: AbortSignal;
  readonly held: HeldBytes;
  onCall(path: string): (code: GrpcStatus, error: unknown) => void;
}

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** Answers one stream that does not speak gRPC. */
export type OtherProtocols = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** Prepares the answer to other protocols; nothing is loaded before the first call. */
export function answerOtherProtocols(options: OtherProtocolsOptions): OtherProtocols {
  let loading: Promise<Handler> | undefined;
  return (stream, headers) => {
    stream.on("error", () => {});
    loading ??= loadHandler(options);
    loading
      .then((handler) => {
        if (!stream.destroyed) {
          handler(countedRequest(stream, headers, options.held), countedResponse(stream, options.held));
          releaseRequestAfterAnswer(stream);
        }
      })
      .catch(() => refuse(stream));
  };
}

/** A request whose bytes are counted while they are gathered to a message. */
function countedRequest(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  held: HeldBytes,
): Http2ServerRequest {
  const { Http2ServerRequest } = http2();
  const request = new Http2ServerRequest(stream, headers, {}, []);
  const push = request.push.bind(request);
  let bytes = 0;
  request.push = (chunk: Uint8Array | null, encoding?: BufferEncoding): boolean => {
    bytes = chunk === null ? 0 : bytes + chunk.length;
    try {
      held.receiving(stream, bytes);
    } catch (error) {
      // Whoever gathers the message is told, and answers with it. Nothing resets a stream here: Node may go round for ever about one
      // whose answer was not read yet (nodejs/node#52952).
      request.destroy(ConnectError.from(error));
      return false;
    }
    return push(chunk, encoding);
  };
  return request;
}

/**
 * An answer of which what waits for its reader is counted. The adapter prints what it does not know, with a stack; an answer whose
 * caller has gone is nothing to print, so it is told in the one word for it that the adapter knows.
 */
function countedResponse(stream: ServerHttp2Stream, held: HeldBytes): Http2ServerResponse {
  const { Http2ServerResponse } = http2();
  const response = new Http2ServerResponse(stream);
  const write = stream.write.bind(stream);
  stream.write = (...args: unknown[]): boolean => {
    const told = args.map((each) => (typeof each === "function" ? callbackOfGone(each) : each));
    const wantsMore: boolean = Reflect.apply(write, stream, told);
    held.answering(stream, stream.writableLength);
    return wantsMore;
  };
  return response;
}

function callbackOfGone(callback: unknown): (error?: Error | null) => void {
  return (error) => {
    const gone =
      error === undefined || error === null ? error : Object.assign(error, { code: "ERR_STREAM_DESTROYED" });
    if (typeof callback === "function") {
      callback(gone);
    }
  };
}

/** The adapter throws at what it cannot make a URL of, such as a wrong authority. */
function refuse(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.headersSent) {
    stream.close(h2.refusedStream);
  } else {
    stream.respond({ ":status": 400 }, { endStream: true });
  }
}

/**
 * Tells a client that is still sending after the answer that nobody reads it any more. Without it one whose message
 * was refused for its size waits for ever: connect-node and Node's compatibility API both leave the request open.
 */
function releaseRequestAfterAnswer(stream: ServerHttp2Stream): void {
  stream.once("wantTrailers", () => {
    // The response sends its trailers in its own setImmediate, which this one follows.
    setImmediate(() => {
      if (!stream.destroyed && !stream.readableEnded) {
        stream.close(h2.noError);
      }
    });
  });
}

async function loadHandler(options: OtherProtocolsOptions): Promise<Handler> {
  const { connectNodeAdapter } = await import("@connectrpc/connect-node");
  const { admit } = options;
  return connectNodeAdapter({
    routes: (router) => options.routes(router),
    contextValues: (request) =>
      createContextValues()
        .set(peerKey, peerOf(request.socket))
        .set(streamKey, "stream" in request ? request.stream : undefined),
    ...(admit !== undefined && { requestGate: gate(admit, options) }),
    interceptors: [observe(options)],
    readMaxBytes: options.readMaxBytes,
    writeMaxBytes: options.writeMaxBytes,
    jsonOptions: options.jsonOptions,
    shutdownSignal: options.shutdownSignal,
  });
}

/** Asks who may call, and reports the calls that are refused: these get no further. */
function gate(admit: Admit, options: OtherProtocolsOptions): (context: HandlerContext) => Promise<void> {
  return async (context) => {
    try {
      await admit({ ...context, peer: context.values.get(peerKey) });
    } catch (error) {
      options.onCall(methodPath(context.method))(ConnectError.from(error).code, error);
      throw error;
    }
  };
}

/** Carries the stream of a call to where its answer is made. */
const streamKey: ContextKey<ServerHttp2Stream | undefined> = createContextKey<ServerHttp2Stream | undefined>(
  undefined,
);

/** Resolves once the caller has read enough for so many bytes more, which count from then on; never if it goes. */
function roomFor(stream: ServerHttp2Stream | undefined, held: HeldBytes, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    if (stream === undefined) {
      resolve();
    } else {
      held.whenRoom(stream, () => {
        held.answering(stream, bytes);
        resolve();
      });
    }
  });
}

/** Reports a call when its answer, or the last message of its answer, is there. */
function observe(options: OtherProtocolsOptions): Interceptor {
  return (next) => async (req) => {
    const end = options.onCall(new URL(req.url).pathname);
    const stream = req.contextValues.get(streamKey);
    try {
      await roomFor(stream, options.held, 0);
      const response = await next(req);
      if (!response.stream) {
        await roomFor(stream, options.held, toBinary(req.method.output, response.message).length);
        end(0, undefined);
        return response;
      }
      return { ...response, message: reportEnd(response.message, req.signal, end) };
    } catch (error) {
      end(ConnectError.from(error).code, error);
      throw error;
    }
  };
}

function reportEnd<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
  end: (code: GrpcStatus, error: unknown) => void,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const inner = messages[Symbol.asyncIterator]();
      let isOver = false;
      const over = (code: GrpcStatus, error: unknown): void => {
        if (!isOver) {
          isOver = true;
          removeListener();
          end(code, error);
        }
      };
      const leave = (value?: unknown): Promise<IteratorResult<T>> => {
        over(Code.Canceled, undefined);
        return inner.return?.(value) ?? Promise.resolve({ done: true, value });
      };
      // The adapter ends no iterator whose next() is pending: without this a stream that is silent outlives its caller.
      const removeListener = onAbort(signal, () => {
        leave().catch(() => {});
      });
      return {
        async next() {
          try {
            const result = await inner.next();
            if (result.done === true) {
              over(0, undefined);
            }
            return result;
          } catch (error) {
            over(ConnectError.from(error).code, error);
            throw error;
          }
        },
        // Passed on at once, also while next() is pending: an async generator would wait for it first.
        return: leave,
      };
    },
  };
}
