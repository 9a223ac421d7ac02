// gRPC for both ends behind Connect's own interfaces: a transport for `createClient`, a server for `ServiceImpl`s.

export { type ErrorInfo, ErrorInfoSchema } from "../gen/google/rpc/error_details_pb.ts";
export { type Status, StatusSchema } from "../gen/google/rpc/status_pb.ts";
export * from "./client.ts";
export type { MessageEncoding } from "./compression.ts";
export { type HealthOptions, healthRoutes } from "./health.ts";
export { encodeOnce } from "./messages.ts";
export { createGrpcServer, type GrpcServer } from "./server.ts";
export type {
  CallEnd,
  CallStart,
  CloseOptions,
  GrpcServerOptions,
  JsonOptions,
  ListenAddress,
  ListenOptions,
  ShutdownNotice,
} from "./server-options.ts";
export type { GrpcRouter, GrpcRoutes } from "./server-routes.ts";
export type { GrpcStatus } from "./status.ts";
export type { ServerTls } from "./tls-options.ts";
