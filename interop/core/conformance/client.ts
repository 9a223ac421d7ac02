// The client under test: makes the calls that the runner describes and reports what came of them.

import { setTimeout as delay } from "node:timers/promises";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type CallOptions, type Client, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransport } from "@x/core/rpc";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  ClientCompatResponseSchema,
  type ClientResponseResult,
  ClientResponseResultSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { Compression, StreamType } from "./gen/connectrpc/conformance/v1/config_pb.ts";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  type ConformancePayload,
  ConformancePayloadSchema,
  ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  UnaryRequestSchema,
  UnimplementedRequestSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { addHeaders, readMessages, toWireError, toWireHeaders, writeMessage } from "./wire.ts";

type Service = Client<typeof ConformanceService>;

function openTransport(test: ClientCompatRequest): GrpcTransport {
  const tls = test.serverTlsCert.length > 0;
  return createGrpcTransport({
    baseUrl: `${tls ? "https" : "http"}://${test.host}:${test.port}`,
    sendCompression: test.compression === Compression.GZIP ? "gzip" : "identity",
    compressMinBytes: 0,
    ...(test.messageReceiveLimit === 0 ? {} : { readMaxBytes: test.messageReceiveLimit }),
    ...(tls
      ? { tls: { ca: test.serverTlsCert, cert: test.clientTlsCreds?.cert, key: test.clientTlsCreds?.key } }
      : {}),
  });
}

function messagesOf<D extends DescMessage>(test: ClientCompatRequest, schema: D): MessageShape<D>[] {
  return test.requestMessages.map((any) => {
    const message = anyUnpack(any, schema);
    if (message === undefined) {
      throw new Error(`the test case brings ${any.typeUrl} instead of ${schema.typeName}`);
    }
    return message;
  });
}

/** One call in progress: what it has seen, and when it is to be cancelled. */
class Progress {
  readonly test: ClientCompatRequest;
  readonly result: ClientResponseResult = create(ClientResponseResultSchema);
  readonly options: CallOptions;
  readonly #abort = new AbortController();

  constructor(test: ClientCompatRequest) {
    this.test = test;
    const headers = new Headers();
    addHeaders(headers, test.requestHeaders);
    this.options = {
      headers,
      signal: this.#abort.signal,
      onHeader: (received) => {
        this.result.responseHeaders = toWireHeaders(received);
      },
      onTrailer: (received) => {
        this.result.responseTrailers = toWireHeaders(received);
      },
      ...(test.timeoutMs === undefined ? {} : { timeoutMs: test.timeoutMs }),
    };
  }

  received(payload: ConformancePayload | undefined): void {
    this.result.payloads.push(payload ?? create(ConformancePayloadSchema));
    const timing = this.test.cancel?.cancelTiming;
    if (timing?.case === "afterNumResponses" && timing.value === this.result.payloads.length) {
      this.#abort.abort();
    }
  }

  beforeCloseSend(): void {
    if (this.test.cancel?.cancelTiming.case === "beforeCloseSend") {
      this.#abort.abort();
    }
  }

  /** The request is complete: a cancellation some time after that starts to count. */
  afterCloseSend(): void {
    const timing = this.test.cancel?.cancelTiming;
    if (timing?.case === "afterCloseSendMs") {
      setTimeout(() => this.#abort.abort(), timing.value);
    }
  }

  failed(reason: unknown): void {
    const error = ConnectError.from(reason);
    this.result.error = toWireError(error);
    if (this.result.responseTrailers.length === 0) {
      this.result.responseTrailers = toWireHeaders(error.metadata);
    }
  }
}

async function unary(service: Service, progress: Progress): Promise<void> {
  const { test, options } = progress;
  progress.afterCloseSend();
  switch (test.method) {
    case "Unary":
      for (const request of messagesOf(test, UnaryRequestSchema)) {
        progress.received((await service.unary(request, options)).payload);
      }
      return;
    case "IdempotentUnary":
      for (const request of messagesOf(test, IdempotentUnaryRequestSchema)) {
        progress.received((await service.idempotentUnary(request, options)).payload);
      }
      return;
    case "Unimplemented":
      for (const request of messagesOf(test, UnimplementedRequestSchema)) {
        await service.unimplemented(request, options);
      }
      return;
    default:
      throw new Error(`there is no unary method ${test.method}`);
  }
}

/** Yields the requests of a test case with its pauses; counts those that were never asked for. */
async function* send<T>(
  progress: Progress,
  requests: readonly T[],
  gate?: () => Promise<void>,
): AsyncGenerator<T> {
  let sent = 0;
  try {
    for (const request of requests) {
      await delay(progress.test.requestDelayMs);
      sent++;
      yield request;
      await gate?.();
    }
    progress.beforeCloseSend();
    progress.afterCloseSend();
  } finally {
    progress.result.numUnsentRequests = requests.length - sent;
  }
}

async function serverStream(service: Service, progress: Progress): Promise<void> {
  progress.afterCloseSend();
  for (const request of messagesOf(progress.test, ServerStreamRequestSchema)) {
    for await (const response of service.serverStream(request, progress.options)) {
      progress.received(response.payload);
    }
  }
}

async function clientStream(service: Service, progress: Progress): Promise<void> {
  const requests = messagesOf(progress.test, ClientStreamRequestSchema);
  const response = await service.clientStream(send(progress, requests), progress.options);
  progress.received(response.payload);
}

async function bidiStream(service: Service, progress: Progress): Promise<void> {
  const requests = messagesOf(progress.test, BidiStreamRequestSchema);
  const fullDuplex = progress.test.streamType === StreamType.FULL_DUPLEX_BIDI_STREAM;
  // In full duplex each request but the first waits for the answer to the one before.
  let answered = Promise.withResolvers<void>();
  const gate = async (): Promise<void> => {
    await answered.promise;
    answered = Promise.withResolvers();
  };
  try {
    for await (const response of service.bidiStream(
      send(progress, requests, fullDuplex ? gate : undefined),
      progress.options,
    )) {
      progress.received(response.payload);
      answered.resolve();
    }
  } finally {
    answered.resolve();
  }
}

async function makeCall(service: Service, progress: Progress): Promise<void> {
  switch (progress.test.streamType) {
    case StreamType.UNARY:
      return unary(service, progress);
    case StreamType.SERVER_STREAM:
      return serverStream(service, progress);
    case StreamType.CLIENT_STREAM:
      return clientStream(service, progress);
    case StreamType.HALF_DUPLEX_BIDI_STREAM:
    case StreamType.FULL_DUPLEX_BIDI_STREAM:
      return bidiStream(service, progress);
    default:
      throw new Error(`there is no stream type ${progress.test.streamType}`);
  }
}

async function runTest(test: ClientCompatRequest): Promise<void> {
  await using transport = openTransport(test);
  const progress = new Progress(test);
  try {
    await makeCall(createClient(ConformanceService, transport), progress);
  } catch (error) {
    progress.failed(error);
  }
  writeMessage(
    ClientCompatResponseSchema,
    create(ClientCompatResponseSchema, {
      testName: test.testName,
      result: { case: "response", value: progress.result },
    }),
  );
}

for await (const test of readMessages(ClientCompatRequestSchema)) {
  await runTest(test);
}
