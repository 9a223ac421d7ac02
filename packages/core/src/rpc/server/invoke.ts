// Calls an implementation through Connect's interceptors. Without interceptors none of this runs.

import { create } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type HandlerContext,
  type Interceptor,
  type StreamRequest,
  type UnaryRequest,
} from "@connectrpc/connect";
import { type AnyFn, applyInterceptors, wholeMessages } from "../wire/interceptors.ts";
import type { AnyMessage, AnyMessageInit } from "../wire/messages.ts";
import type { ServerContext } from "./handler-context.ts";
import type { Route } from "./routes.ts";

/** A route that takes one message and answers with one. */
export type UnaryRoute = Extract<Route, { kind: "unary" }>;
/** A route that streams in at least one direction. */
export type StreamRoute = Exclude<Route, { kind: "unary" }>;

/** The one message of a call that streams only its answer, in the form that interceptors expect. */
export class SingleMessage implements AsyncIterable<AnyMessage> {
  readonly message: AnyMessage;

  constructor(message: AnyMessage) {
    this.message = message;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AnyMessage> {
    yield this.message;
  }
}

/** Answers one unary call through interceptors. */
export async function unaryThrough(
  interceptors: readonly Interceptor[],
  route: UnaryRoute,
  message: AnyMessage,
  context: ServerContext,
): Promise<AnyMessage> {
  const request: UnaryRequest = { stream: false, method: route.method, message, ...commonOf(context) };
  const innermost: AnyFn = async (req) => {
    if (req.stream) {
      throw new ConnectError("an interceptor made a stream of a unary call", Code.Internal);
    }
    const answer = create(route.method.output, await route.impl(req.message, seenThrough(req, context)));
    return { stream: false, method: route.method, message: answer, ...answerOf(context) };
  };
  const response = await applyInterceptors(innermost, interceptors)(request);
  context.replaceResponse(response.header, response.trailer);
  if (response.stream) {
    throw new ConnectError("an interceptor answered a unary call with a stream", Code.Internal);
  }
  return response.message;
}

/**
 * Answers a call of any streaming kind through interceptors. As long as these call on in the same turn, so is the
 * implementation called.
 */
export async function streamThrough(
  interceptors: readonly Interceptor[],
  route: StreamRoute,
  message: AsyncIterable<AnyMessage>,
  context: ServerContext,
): Promise<AsyncIterable<AnyMessage>> {
  const request: StreamRequest = { stream: true, method: route.method, message, ...commonOf(context) };
  const innermost: AnyFn = async (req) => {
    if (!req.stream) {
      throw new ConnectError("an interceptor made a unary call of a stream", Code.Internal);
    }
    const answer = answerStream(route, req.message, seenThrough(req, context));
    const messages = wholeMessages(route.method.output, answer instanceof Promise ? await answer : answer);
    return { stream: true, method: route.method, message: messages, ...answerOf(context) };
  };
  const response = await applyInterceptors(innermost, interceptors)(request);
  context.replaceResponse(response.header, response.trailer);
  if (!response.stream) {
    throw new ConnectError("an interceptor answered a stream with a single message", Code.Internal);
  }
  return response.message;
}

/** Calls the implementation of a streaming kind; in the same turn unless an interceptor replaced the one message. */
function answerStream(
  route: StreamRoute,
  messages: AsyncIterable<AnyMessage>,
  context: HandlerContext,
): AsyncIterable<AnyMessageInit> | Promise<AsyncIterable<AnyMessageInit>> {
  switch (route.kind) {
    case "bidi_streaming":
      return route.impl(messages, context);
    case "client_streaming":
      return route.impl(messages, context).then(onlyMessage);
    case "server_streaming":
      return messages instanceof SingleMessage
        ? route.impl(messages.message, context)
        : firstOf(messages).then((first) => route.impl(first, context));
  }
}

async function* onlyMessage(message: AnyMessageInit): AsyncGenerator<AnyMessageInit> {
  yield message;
}

async function firstOf(messages: AsyncIterable<AnyMessage>): Promise<AnyMessage> {
  for await (const message of messages) {
    return message;
  }
  throw new ConnectError("an interceptor left the call without its message", Code.Internal);
}

function commonOf(context: ServerContext) {
  return {
    service: context.service,
    requestMethod: context.requestMethod,
    url: context.url,
    signal: context.signal,
    header: context.requestHeader,
    contextValues: context.values,
  };
}

function answerOf(context: ServerContext) {
  return { service: context.service, header: context.responseHeader, trailer: context.responseTrailer };
}

/** The context as the implementation sees it behind interceptors, which may have replaced parts of the request. */
function seenThrough(req: UnaryRequest | StreamRequest, context: ServerContext): HandlerContext {
  return {
    method: context.method,
    service: context.service,
    protocolName: context.protocolName,
    requestMethod: context.requestMethod,
    url: context.url,
    timeoutMs: context.timeoutMs,
    signal: req.signal,
    requestHeader: req.header,
    responseHeader: context.responseHeader,
    responseTrailer: context.responseTrailer,
    values: req.contextValues,
  };
}
