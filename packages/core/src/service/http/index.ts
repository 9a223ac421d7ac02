// The HTTP kit of the local servers: routes in, a listening server out.
export {
  type Answer,
  type AnswerHeaders,
  type BytesAnswer,
  bytes,
  type EmptyAnswer,
  type EventsAnswer,
  empty,
  events,
  json,
  jsonText,
  type TextAnswer,
  text,
} from "./answer.ts";
export type { RequestBody } from "./body.ts";
export { type BodyReader, form, rawBytes, type WrittenJson, writtenJson } from "./body-readers.ts";
export { type CookieOptions, clearCookie, setCookie } from "./cookies.ts";
export type { CorsPolicy } from "./cors.ts";
export type { HttpRequest } from "./exchange.ts";
export { html, type Markup } from "./html.ts";
export {
  type RpcEnvelope,
  type RpcError,
  type RpcId,
  type WrittenResult,
  writtenResult,
} from "./json-rpc/envelope.ts";
export {
  type RpcCall,
  type RpcMethod,
  rpcMethod,
  rpcStream,
  type UncheckedCall,
} from "./json-rpc/methods.ts";
export { type JsonRpcSpec, jsonRpc, type RpcFailure, rpcCodes } from "./json-rpc/service.ts";
export { type OpenApiOptions, openApiRoute } from "./openapi.ts";
export { demandOwnOrigin, refuseForeignOrigin } from "./origin.ts";
export * from "./pages/index.ts";
export { HttpProblem, invalidRequest, type ProblemDetails } from "./problem.ts";
export type { RepeatedNames } from "./query.ts";
export {
  createRateLimit,
  type RateLimit,
  type RateLimitOptions,
  type RateVerdict,
  rateHeaders,
  rateLimited,
} from "./rate-limit.ts";
export {
  type DocumentedAnswer,
  defineRoute,
  type FailedRequest,
  type HttpCall,
  type HttpMethod,
  type HttpRoute,
  type ProblemAnswer,
  type RouteDoc,
  type RouteLimits,
  type RouteSpec,
} from "./route.ts";
export { type HttpServer, type HttpServerOptions, startHttpServer } from "./server.ts";
export type { SseEvent, SseStream } from "./sse.ts";
export type { Answered, HttpSurfaceOptions } from "./surface.ts";
export { ulid, ulidTime } from "./ulid.ts";
