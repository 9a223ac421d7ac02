// The gRPC transport: Connect's Transport over one guarded HTTP/2 connection.

import type { OutgoingHttpHeaders } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { encodeFrame, type WriteRules } from "../wire/messages.ts";
import { addMetadata, type MetadataInit } from "../wire/metadata.ts";
import { markNotProcessed } from "../wire/not-processed.ts";
import { contentType, methodPath } from "../wire/request-line.ts";
import type { CallPlan } from "./call.ts";
import { ClientConnection } from "./connection.ts";
import { type ClientSettings, type GrpcTransportOptions, withDefaults } from "./options.ts";
import { callStream } from "./stream.ts";
import { callUnary } from "./unary.ts";

/** Connect's `Transport` for gRPC, with an end. Give it to `createClient`. */
export interface GrpcTransport extends Transport {
  /**
   * Ends the connection; calls that are open fail with `canceled`. Resolves when no socket is left. Calling it again
   * answers the same promise.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a transport. It connects at the first call, again after a loss, and keeps no process alive while idle.
 * Errors of calls are `ConnectError`s; see {@link provenNotProcessed} for which of them may be tried again safely.
 *
 * @throws TypeError for a base URL that is none.
 */
export function createGrpcTransport(options: GrpcTransportOptions): GrpcTransport {
  const settings = withDefaults(options);
  const connection = new ClientConnection(settings);
  const rules: WriteRules = {
    encoding: settings.sendCompression,
    compressMinBytes: settings.compressMinBytes,
    maxBytes: settings.writeMaxBytes,
  };
  const planOf = planner(settings);
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
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** Makes the plan of each call of one transport. */
function planner(
  settings: ClientSettings,
): (
  method: DescMethod,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  metadata: MetadataInit | undefined,
) => CallPlan {
  const template = headerTemplate(settings);
  const prefix = settings.url.pathname.replace(/\/+$/, "");
  const { defaultTimeoutMs, readMaxBytes } = settings;
  return (method, signal, timeoutMs = defaultTimeoutMs, metadata) => {
    const headers = { ...template, ":path": prefix + methodPath(method) };
    if (metadata !== undefined) {
      addMetadata(headers, metadata);
    }
    const bound = timeoutMs === undefined || timeoutMs <= 0 ? undefined : timeoutMs;
    return { method, headers, signal, timeoutMs: bound, readMaxBytes };
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
