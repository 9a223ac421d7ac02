// What a gRPC transport can be told, with the defaults in one place.

import { defaultCompressMinBytes, type MessageEncoding } from "../wire/compression.ts";
import type { KeepaliveOptions } from "../wire/keepalive.ts";
import { defaultMaxBytes, noLimitBytes } from "../wire/messages.ts";
import type { MetadataInit } from "../wire/metadata.ts";
import type { ClientTls } from "../wire/tls-options.ts";

/** Options of {@link createGrpcTransport}. */
export interface GrpcTransportOptions {
  /** `http://host:port` for HTTP/2 in clear text with prior knowledge, `https://host:port` for TLS. A path is a prefix. */
  readonly baseUrl: string;
  /**
   * Longest message accepted, in bytes, after decompression. Longer ones fail with `resource_exhausted`.
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
   * Encodings that servers may answer in, besides identity.
   *
   * @default ["gzip"]
   */
  readonly acceptCompression?: readonly MessageEncoding[] | undefined;
  /**
   * Encoding of what is sent. Servers that do not know it answer `unimplemented`.
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
  /** Certificates for `https:`. */
  readonly tls?: ClientTls | undefined;
  /**
   * Time for a connection to be usable: TCP, TLS, and the server's first settings, in milliseconds.
   *
   * @default 10_000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How a vanished server is found while calls are open.
   *
   * @default no pings: calls end at their deadlines
   */
  readonly keepalive?: KeepaliveOptions | undefined;
  /**
   * Deadline of calls that name none, in milliseconds. A call's own `timeoutMs` of 0 or less means none.
   *
   * @default none
   */
  readonly defaultTimeoutMs?: number | undefined;
  /**
   * Whether the proxy that the environment names is used, where Node has been told to follow it (`NODE_USE_ENV_PROXY=1`,
   * `--use-env-proxy`): `HTTPS_PROXY` for `https:`, `HTTP_PROXY` for `http:`, both by CONNECT, none for what `NO_PROXY` names.
   *
   * @default "environment"
   */
  readonly proxy?: "environment" | "none" | undefined;
  /** Metadata sent with every call; a call's own value for a name comes in addition. */
  readonly metadata?: MetadataInit | undefined;
}

/** Options with their defaults. */
export interface ClientSettings {
  readonly url: URL;
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
  readonly acceptGzip: boolean;
  readonly sendCompression: MessageEncoding;
  readonly compressMinBytes: number;
  readonly tls: ClientTls;
  readonly connectTimeoutMs: number;
  readonly keepalive: KeepaliveOptions | undefined;
  readonly defaultTimeoutMs: number | undefined;
  readonly proxy: "environment" | "none";
  readonly metadata: MetadataInit;
}

/**
 * Fills in the defaults.
 *
 * @throws TypeError for a base URL that is none.
 */
export function withDefaults(o: GrpcTransportOptions): ClientSettings {
  const url = new URL(o.baseUrl);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`baseUrl must begin with http: or https:, not ${url.protocol}`);
  }
  return {
    url,
    readMaxBytes: o.readMaxBytes ?? defaultMaxBytes,
    writeMaxBytes: o.writeMaxBytes ?? noLimitBytes,
    acceptGzip: (o.acceptCompression ?? ["gzip"]).includes("gzip"),
    sendCompression: o.sendCompression ?? "identity",
    compressMinBytes: o.compressMinBytes ?? defaultCompressMinBytes,
    tls: o.tls ?? {},
    connectTimeoutMs: o.connectTimeoutMs ?? 10_000,
    keepalive: o.keepalive,
    defaultTimeoutMs: o.defaultTimeoutMs,
    proxy: o.proxy ?? "environment",
    metadata: o.metadata ?? {},
  };
}
