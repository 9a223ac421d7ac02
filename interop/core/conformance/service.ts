// The suite's service: it answers as each request asks, and echoes what it saw.

import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import type { ConnectError, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  type BidiStreamRequest,
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  type ConformancePayload_RequestInfo,
  ConformancePayload_RequestInfoSchema,
  ConformancePayloadSchema,
  type ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { addHeaders, toConnectError, toWireHeaders } from "./wire.ts";

/** What the service says about the request it saw. */
function requestInfo(context: HandlerContext, requests: Any[]): ConformancePayload_RequestInfo {
  const timeoutMs = context.timeoutMs();
  const query = new URL(context.url).searchParams;
  return create(ConformancePayload_RequestInfoSchema, {
    requestHeaders: toWireHeaders(context.requestHeader),
    ...(timeoutMs === undefined ? {} : { timeoutMs: BigInt(Math.max(0, Math.round(timeoutMs))) }),
    requests,
    ...(context.requestMethod === "GET"
      ? { connectGetInfo: { queryParams: [...query].map(([name, value]) => ({ name, value: [value] })) } }
      : {}),
  });
}

function infoDetail(info: ConformancePayload_RequestInfo): ConnectError["details"] {
  return [{ desc: ConformancePayload_RequestInfoSchema, value: info }];
}

function payloadOf(data: Uint8Array, info?: ConformancePayload_RequestInfo): ConformancePayload {
  return create(ConformancePayloadSchema, { data, ...(info === undefined ? {} : { requestInfo: info }) });
}

async function answerOnce(
  definition: UnaryResponseDefinition | undefined,
  context: HandlerContext,
  requests: Any[],
): Promise<{ payload: ConformancePayload }> {
  const info = requestInfo(context, requests);
  if (definition === undefined) {
    return { payload: payloadOf(new Uint8Array(), info) };
  }
  addHeaders(context.responseHeader, definition.responseHeaders);
  addHeaders(context.responseTrailer, definition.responseTrailers);
  await delay(definition.responseDelayMs);
  if (definition.response.case === "error") {
    throw toConnectError(definition.response.value, infoDetail(info));
  }
  return { payload: payloadOf(definition.response.value ?? new Uint8Array(), info) };
}

function announce(definition: StreamResponseDefinition | undefined, context: HandlerContext): void {
  if (definition !== undefined) {
    addHeaders(context.responseHeader, definition.responseHeaders);
    addHeaders(context.responseTrailer, definition.responseTrailers);
  }
}

/** The rest of a stream's answers, one after the other. */
async function* answerMany(
  definition: StreamResponseDefinition | undefined,
  from: number,
  info: ConformancePayload_RequestInfo | undefined,
): AsyncGenerator<{ payload: ConformancePayload }> {
  let told = info;
  for (const data of definition?.responseData.slice(from) ?? []) {
    await delay(definition?.responseDelayMs ?? 0);
    yield { payload: payloadOf(data, told) };
    told = undefined;
  }
  if (definition?.error !== undefined) {
    throw toConnectError(definition.error, told === undefined ? [] : infoDetail(told));
  }
}

async function* fullDuplex(
  requests: AsyncIterator<BidiStreamRequest>,
  first: BidiStreamRequest,
  context: HandlerContext,
): AsyncGenerator<{ payload: ConformancePayload }> {
  const definition = first.responseDefinition;
  let answered = 0;
  for (let request: BidiStreamRequest | undefined = first; request !== undefined; ) {
    const data: Uint8Array | undefined = definition?.responseData[answered];
    const packed = anyPack(BidiStreamRequestSchema, request);
    const info =
      answered === 0
        ? requestInfo(context, [packed])
        : create(ConformancePayload_RequestInfoSchema, { requests: [packed] });
    if (data === undefined) {
      yield* answerMany(definition, answered, answered === 0 ? info : undefined);
      return;
    }
    await delay(definition?.responseDelayMs ?? 0);
    yield { payload: payloadOf(data, info) };
    answered++;
    const next: IteratorResult<BidiStreamRequest> = await requests.next();
    request = next.done === true ? undefined : next.value;
  }
  yield* answerMany(definition, answered, undefined);
}

async function packAll<D extends DescMessage>(
  schema: D,
  requests: AsyncIterable<MessageShape<D>>,
): Promise<{ first: MessageShape<D> | undefined; packed: Any[] }> {
  let first: MessageShape<D> | undefined;
  const packed: Any[] = [];
  for await (const request of requests) {
    first ??= request;
    packed.push(anyPack(schema, request));
  }
  return { first, packed };
}

/** The implementation under test answers `unimplemented` for what is left out here. */
export const conformanceService: Partial<ServiceImpl<typeof ConformanceService>> = {
  unary: (request, context) =>
    answerOnce(request.responseDefinition, context, [anyPack(UnaryRequestSchema, request)]),

  idempotentUnary: (request, context) =>
    answerOnce(request.responseDefinition, context, [anyPack(IdempotentUnaryRequestSchema, request)]),

  async clientStream(requests, context) {
    const { first, packed } = await packAll(ClientStreamRequestSchema, requests);
    return answerOnce(first?.responseDefinition, context, packed);
  },

  serverStream(request, context) {
    announce(request.responseDefinition, context);
    const info = requestInfo(context, [anyPack(ServerStreamRequestSchema, request)]);
    return answerMany(request.responseDefinition, 0, info);
  },

  async *bidiStream(requests, context) {
    const iterator = requests[Symbol.asyncIterator]();
    const { value: first } = await iterator.next();
    announce(first?.responseDefinition, context);
    if (first?.fullDuplex === true) {
      yield* fullDuplex(iterator, first, context);
      return;
    }
    const { packed } = await packAll(BidiStreamRequestSchema, { [Symbol.asyncIterator]: () => iterator });
    const all = first === undefined ? packed : [anyPack(BidiStreamRequestSchema, first), ...packed];
    yield* answerMany(first?.responseDefinition, 0, requestInfo(context, all));
  },
};
