// Calls without interceptors: the short path from a message to the connection.

import type { OutgoingHttpHeaders } from "node:http2";
import type {
  DescMessage,
  DescMethod,
  DescMethodStreaming,
  DescMethodUnary,
  MessageInitShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type StreamResponse, type UnaryResponse } from "@connectrpc/connect";
import { encodeFrame, type WriteRules } from "../wire/messages.ts";
import { addMetadata, type MetadataInit } from "../wire/metadata.ts";
import { markNotProcessed } from "../wire/not-processed.ts";
import { contentType, methodPath } from "../wire/request-line.ts";
import type { CallPlan } from "./call.ts";
import type { ClientConnection } from "./connection.ts";
import type { ClientSettings } from "./options.ts";
import { callStream } from "./stream.ts";
import { callUnary } from "./unary.ts";

/** Makes calls on a connection. `timeoutMs` is the whole call's, above zero, or none. */
export interface Wire {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: MetadataInit | undefined,
    input: MessageInitShape<I>,
  ): Promise<UnaryResponse<I, O>>;
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: MetadataInit | undefined,
    input: AsyncIterable<MessageInitShape<I>>,
  ): Promise<StreamResponse<I, O>>;
}

/** The wire of one transport. */
export function createWire(settings: ClientSettings, connection: ClientConnection): Wire {
  const rules: WriteRules = {
    encoding: settings.sendCompression,
    compressMinBytes: settings.compressMinBytes,
    maxBytes: settings.writeMaxBytes,
  };
  const template = headerTemplate(settings);
  const prefix = settings.url.pathname.replace(/\/+$/, "");
  const planOf = (
    method: DescMethod,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    metadata: MetadataInit | undefined,
  ): CallPlan => {
    const headers = { ...template, ":path": prefix + methodPath(method) };
    if (metadata !== undefined) {
      addMetadata(headers, metadata);
    }
    return { method, headers, signal, timeoutMs, readMaxBytes: settings.readMaxBytes };
  };
  return {
    unary(method, signal, timeoutMs, header, input) {
      try {
        const body = encodeFrame(method.input, input, rules);
        return callUnary(connection, method, planOf(method, signal, timeoutMs, header), body);
      } catch (error) {
        return Promise.reject(markNotProcessed(ConnectError.from(error, Code.Internal)));
      }
    },
    stream(method, signal, timeoutMs, header, input) {
      try {
        return callStream(connection, method, planOf(method, signal, timeoutMs, header), input, rules);
      } catch (error) {
        return Promise.reject(markNotProcessed(ConnectError.from(error, Code.Internal)));
      }
    },
  };
}

function headerTemplate(settings: ClientSettings): OutgoingHttpHeaders {
  const template: OutgoingHttpHeaders = {
    ":method": "POST",
    ":scheme": settings.url.protocol.slice(0, -1),
    ":authority": settings.tls.servername ?? settings.url.host,
    ":path": "/",
    "content-type": contentType,
    te: "trailers",
    "user-agent": "grpc-node-x/0",
  };
  if (settings.sendCompression !== "identity") {
    template["grpc-encoding"] = settings.sendCompression;
  }
  if (settings.acceptGzip) {
    template["grpc-accept-encoding"] = "identity,gzip";
  }
  addMetadata(template, settings.metadata);
  return template;
}
