// gRPC for both ends behind Connect's own interfaces: a transport for `createClient`, a server for `ServiceImpl`s.

export { type ErrorInfo, ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
export * from "./client/index.ts";
export type { Admit, AdmitContext, Peer } from "./server/admission.ts";
export { type HealthOptions, healthRoutes, healthService } from "./server/health.ts";
export type {
  CallEnd,
  CallStart,
  CloseOptions,
  GrpcServerOptions,
  JsonOptions,
  ListenAddress,
  ListenOptions,
  ShutdownNotice,
} from "./server/options.ts";
export type { GrpcRouter, GrpcRoutes } from "./server/routes.ts";
export { createGrpcServer, type GrpcServer } from "./server/server.ts";
export type { MessageEncoding } from "./wire/compression.ts";
export { encodeOnce } from "./wire/messages.ts";
export type { GrpcStatus } from "./wire/status.ts";
export type { ServerTls } from "./wire/tls-options.ts";
