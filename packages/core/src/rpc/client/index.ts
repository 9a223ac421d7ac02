// The client's half of `@x/core/rpc`, for programs that must not pay for a server they never start.

export { fromConnectError, grpcCodeName } from "../../errors/grpc-error.ts";
export type { KeepaliveOptions } from "../wire/keepalive.ts";
export type { MetadataInit } from "../wire/metadata.ts";
export { provenNotProcessed } from "../wire/not-processed.ts";
export type { ClientTls, Pem } from "../wire/tls-options.ts";
export type { GrpcTransportOptions } from "./options.ts";
export { createGrpcTransport, type GrpcTransport } from "./transport.ts";
