// The way to one agent: gRPC to its address, in clear text or over TLS.
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransport } from "@x/core/rpc/client";
import { formatAddress, isLoopbackHost, parseAddress } from "./address.ts";

export interface AgentTransportOptions {
  /** `host:port`; IPv6 in brackets. */
  readonly address: string;
  /** Certificates in PEM; clear text without. */
  readonly tls?:
    | {
        readonly ca?: string | Uint8Array | undefined;
        readonly cert?: string | Uint8Array | undefined;
        readonly key?: string | Uint8Array | undefined;
        readonly serverName?: string | undefined;
      }
    | undefined;
  /** Longest request and longest answer, in bytes. */
  readonly maxMessageBytes: number;
}

/** Opens no connection. @throws ConnectError UNAVAILABLE for what is no address */
export function agentTransport({ address, tls, maxMessageBytes }: AgentTransportOptions): GrpcTransport {
  const place = parseAddress(address);
  if (place === undefined) {
    throw new ConnectError(
      `${JSON.stringify(address)} is no address such as localhost:50052`,
      Code.Unavailable,
    );
  }
  return createGrpcTransport({
    baseUrl: `${tls === undefined ? "http" : "https"}://${formatAddress(place)}`,
    tls:
      tls === undefined
        ? undefined
        : { ca: tls.ca, cert: tls.cert, key: tls.key, servername: tls.serverName },
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
    // What is on this machine is behind no proxy.
    proxy: isLoopbackHost(place.host) ? "none" : "environment",
  });
}
