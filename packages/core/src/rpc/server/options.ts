// What a gRPC server can be told, with the defaults in one place.

import type { JsonReadOptions, JsonWriteOptions } from "@bufbuild/protobuf";
import type { MessageEncoding } from "../wire/compression.ts";
import { defaultCompressMinBytes } from "../wire/compression.ts";
import type { KeepaliveOptions } from "../wire/keepalive.ts";
import { defaultMaxBytes, noLimitBytes } from "../wire/messages.ts";
import type { GrpcStatus } from "../wire/status.ts";
import type { ServerTls } from "../wire/tls-options.ts";
import type { Admit } from "./admission.ts";
import type { HeldLimits } from "./held-bytes.ts";
import type { GrpcRoutes } from "./routes.ts";

/** A call that begins. */
export interface CallStart {
  /** `/package.Service/Method`, or `unknown` for a path that no service has: one label, whatever strangers send. */
  readonly path: string;
}

/** A call whose outcome is known. */
export interface CallEnd extends CallStart {
  /** 0 for OK, else a Connect `Code`. */
  readonly code: GrpcStatus;
  /** From the headers of the call to its status, in milliseconds. */
  readonly durationMs: number;
  /** What the implementation threw, for the log: callers see no more of a foreign error than `internal error`. */
  readonly error?: unknown;
  /** Whether the request itself was at fault: no message of its type, an unknown encoding, too much. Nothing was asked of the implementation. */
  readonly ofRequest: boolean;
}

/** What a server says to callers when it stops. */
export interface ShutdownNotice {
  /**
   * Reason of the `google.rpc.ErrorInfo` that goes with UNAVAILABLE.
   *
   * @default "SHUTTING_DOWN"
   */
  readonly reason?: string | undefined;
  /**
   * Domain of that ErrorInfo: the service's own name.
   *
   * @default ""
   */
  readonly domain?: string | undefined;
}

/** Options of protobuf-es for JSON. */
export type JsonOptions = Partial<JsonReadOptions & JsonWriteOptions>;

/** Options of {@link createGrpcServer}. */
export interface GrpcServerOptions {
  /** Registers the services. Called once, and a second time if another protocol than gRPC is spoken. */
  readonly routes: GrpcRoutes;
  /**
   * Decides who may call, for each call of a method that exists, in whatever protocol it comes, before its request is read: a
   * refused message is neither decompressed nor parsed. A foreign error answers `internal`. An implementation is called in
   * the turn in which its request has come, unless this answers with a promise.
   *
   * @default everybody may
   */
  readonly admit?: Admit | undefined;
  /**
   * Longest message accepted, in bytes, after decompression. Longer ones answer `resource_exhausted`.
   *
   * @default 4_194_304
   */
  readonly readMaxBytes?: number | undefined;
  /**
   * Longest message sent, in bytes, before compression.
   *
   * @default no limit
   */
  readonly writeMaxBytes?: number | undefined;
  /**
   * Calls that one connection may have open; a client holds back what is above.
   *
   * @default 10_000
   */
  readonly maxConcurrentStreams?: number | undefined;
  /**
   * gRPC calls that may be open over all connections; what is above answers `resource_exhausted`.
   *
   * @default no limit
   */
  readonly maxConcurrentCalls?: number | undefined;
  /** Bounds of what is kept in memory for callers: messages that are not whole yet, and answers that nobody reads. */
  readonly held?: HeldLimits | undefined;
  /**
   * Connections that may be open; what is above is closed on arrival.
   *
   * @default no limit
   */
  readonly maxConnections?: number | undefined;
  /** Serve TLS. Without it: HTTP/2 in clear text with prior knowledge. */
  readonly tls?: ServerTls | undefined;
  /**
   * How clients are found that are there, but answer no more. `false` leaves it to TCP, whose own probes after a minute of
   * silence find machines that are gone; a process that is only stopped answers these.
   *
   * @default { pingIntervalMs: 7_200_000, pingTimeoutMs: 20_000 }, also while idle, as grpc-go has it
   */
  readonly keepalive?: KeepaliveOptions | false | undefined;
  /**
   * Time for a new connection to show that it speaks HTTP/2, in milliseconds.
   *
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Compress answers for clients that accept it.
   *
   * @default "identity"
   */
  readonly sendCompression?: MessageEncoding | undefined;
  /**
   * Shortest message that is compressed, in bytes.
   *
   * @default 1_024
   */
  readonly compressMinBytes?: number | undefined;
  /**
   * Answer the Connect and gRPC-Web protocols on the same port. They load connect-node at the first such call.
   *
   * @default true
   */
  readonly otherProtocols?: boolean | undefined;
  /**
   * How the other protocols read and write JSON. Messages with a `google.protobuf.Any` need a `registry` here.
   *
   * @default the defaults of protobuf-es
   */
  readonly jsonOptions?: JsonOptions | undefined;
  /**
   * Makes the text of every status of a gRPC call, the server's own included, for peers that cannot take any. Must not throw.
   *
   * @default the text as it is
   */
  readonly statusText?: ((text: string) => string) | undefined;
  /** What callers are told when the server stops. */
  readonly shutdown?: ShutdownNotice | undefined;
  /** Called for each call as it begins. Must not throw. */
  readonly onCallStart?: ((call: CallStart) => void) | undefined;
  /** Called for each call once its outcome is known. Must not throw. */
  readonly onCallEnd?: ((call: CallEnd) => void) | undefined;
}

/** Where a server listens. */
export interface ListenOptions {
  /**
   * Address to bind.
   *
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined;
  /**
   * Port to bind; 0 takes a free one.
   *
   * @default 0
   */
  readonly port?: number | undefined;
}

/** A bound address. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** How a server stops. */
export interface CloseOptions {
  /**
   * Time that running single-answer calls get to finish, in milliseconds. Streams end at once.
   *
   * @default 0
   */
  readonly graceMs?: number | undefined;
}

/** Options with their defaults. */
export interface ServerSettings {
  readonly routes: GrpcRoutes;
  readonly admit: Admit | undefined;
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxConcurrentCalls: number;
  readonly held: HeldLimits;
  readonly maxConnections: number | undefined;
  readonly tls: ServerTls | undefined;
  readonly keepalive: KeepaliveOptions | undefined;
  readonly handshakeTimeoutMs: number;
  readonly sendCompression: MessageEncoding;
  readonly compressMinBytes: number;
  readonly otherProtocols: boolean;
  readonly statusText: ((text: string) => string) | undefined;
  readonly jsonOptions: JsonOptions;
  readonly shutdown: { readonly reason: string; readonly domain: string };
  readonly onCallStart: ((call: CallStart) => void) | undefined;
  readonly onCallEnd: ((call: CallEnd) => void) | undefined;
}

/** Fills in the defaults. */
export function withDefaults(o: GrpcServerOptions): ServerSettings {
  return {
    routes: o.routes,
    admit: o.admit,
    readMaxBytes: o.readMaxBytes ?? defaultMaxBytes,
    writeMaxBytes: o.writeMaxBytes ?? noLimitBytes,
    maxConcurrentStreams: o.maxConcurrentStreams ?? 10_000,
    maxConcurrentCalls: o.maxConcurrentCalls ?? Number.POSITIVE_INFINITY,
    held: o.held ?? {},
    maxConnections: o.maxConnections,
    tls: o.tls,
    keepalive:
      o.keepalive === false ? undefined : (o.keepalive ?? { pingIntervalMs: 7_200_000, whileIdle: true }),
    handshakeTimeoutMs: o.handshakeTimeoutMs ?? 10_000,
    statusText: o.statusText,
    sendCompression: o.sendCompression ?? "identity",
    compressMinBytes: o.compressMinBytes ?? defaultCompressMinBytes,
    otherProtocols: o.otherProtocols ?? true,
    jsonOptions: o.jsonOptions ?? {},
    shutdown: { reason: o.shutdown?.reason ?? "SHUTTING_DOWN", domain: o.shutdown?.domain ?? "" },
    onCallStart: o.onCallStart,
    onCallEnd: o.onCallEnd,
  };
}
