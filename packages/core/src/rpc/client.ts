// The client's half of `@x/core/rpc`, for programs that must not pay for a server they never start.

export { fromConnectError, grpcCodeName } from "../grpc-error.ts";
export type { GrpcTransportOptions } from "./client-options.ts";
export { createGrpcTransport, type GrpcTransport } from "./client-transport.ts";
export type { KeepaliveOptions } from "./keepalive.ts";
export type { MetadataInit } from "./metadata.ts";
export { provenNotProcessed } from "./not-processed.ts";
export type { ClientTls, Pem } from "./tls-options.ts";
