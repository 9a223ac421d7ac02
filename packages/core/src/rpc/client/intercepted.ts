// Calls through Connect's interceptors. Without interceptors none of this runs.

import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { callSignal, endWith } from "../wire/call-signal.ts";
import { applyInterceptors, wholeMessages } from "../wire/interceptors.ts";
import { addMetadata, type MetadataInit } from "../wire/metadata.ts";
import { methodPath } from "../wire/request-line.ts";
import type { Wire } from "./wire.ts";

/** A unary call through interceptors. */
export async function interceptUnary<I extends DescMessage, O extends DescMessage>(
  wire: Wire,
  interceptors: readonly Interceptor[],
  baseUrl: string,
  method: DescMethodUnary<I, O>,
  outer: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: MetadataInit | undefined,
  input: MessageInitShape<I>,
  contextValues: ContextValues | undefined,
): Promise<UnaryResponse<I, O>> {
  const call = callSignal(outer, timeoutMs);
  const request: UnaryRequest<I, O> = {
    stream: false,
    service: method.parent,
    method,
    requestMethod: "POST",
    url: baseUrl + methodPath(method),
    signal: call.signal,
    header: headersOf(header),
    contextValues: contextValues ?? createContextValues(),
    message: create(method.input, input),
  };
  const run = applyInterceptors(async (req) => {
    if (req.stream) {
      throw new ConnectError("an interceptor made a stream of a unary call", Code.Internal);
    }
    const answer = await wire.unary(req.method, req.signal, call.remainingMs(), req.header, req.message);
    // Interceptors may spread what they get, so here everything is an own property.
    return {
      stream: false,
      service: answer.service,
      method: answer.method,
      message: answer.message,
      header: answer.header,
      trailer: answer.trailer,
    };
  }, interceptors);
  try {
    const response = await run(request);
    if (response.stream) {
      throw new ConnectError("an interceptor answered a unary call with a stream", Code.Internal);
    }
    // Interceptors are not generic: that they keep to the method's types is their contract.
    return response as UnaryResponse<I, O>;
  } catch (error) {
    throw call.errorOf(error);
  } finally {
    call.end();
  }
}

/** A streaming call of any kind through interceptors. */
export async function interceptStream<I extends DescMessage, O extends DescMessage>(
  wire: Wire,
  interceptors: readonly Interceptor[],
  baseUrl: string,
  method: DescMethodStreaming<I, O>,
  outer: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: MetadataInit | undefined,
  input: AsyncIterable<MessageInitShape<I>>,
  contextValues: ContextValues | undefined,
): Promise<StreamResponse<I, O>> {
  const call = callSignal(outer, timeoutMs);
  const request: StreamRequest = {
    stream: true,
    service: method.parent,
    method,
    requestMethod: "POST",
    url: baseUrl + methodPath(method),
    signal: call.signal,
    header: headersOf(header),
    contextValues: contextValues ?? createContextValues(),
    message: wholeMessages(method.input, input),
  };
  const run = applyInterceptors(async (req) => {
    if (!req.stream) {
      throw new ConnectError("an interceptor made a unary call of a stream", Code.Internal);
    }
    return await wire.stream(req.method, req.signal, call.remainingMs(), req.header, req.message);
  }, interceptors);
  try {
    const response = await run(request);
    if (!response.stream) {
      throw new ConnectError("an interceptor answered a stream with a single message", Code.Internal);
    }
    // Interceptors are not generic: that they keep to the method's types is their contract.
    return { ...response, message: endWith(response.message, call) } as StreamResponse<I, O>;
  } catch (error) {
    const reason = call.errorOf(error);
    call.end();
    throw reason;
  }
}

function headersOf(init: MetadataInit | undefined): Headers {
  const headers = new Headers();
  if (init !== undefined) {
    const block = {};
    addMetadata(block, init);
    for (const [name, value] of Object.entries<string | string[]>(block)) {
      for (const one of [value].flat()) {
        headers.append(name, one);
      }
    }
  }
  return headers;
}
