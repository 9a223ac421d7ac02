// The HTTP kit of the local servers: routes in, a listening server out.
export {
  type Answer,
  type AnswerHeaders,
  type EventsAnswer,
  json,
  jsonText,
  type TextAnswer,
  text,
} from "./answer.ts";
export { type CookieOptions, clearCookie, setCookie } from "./cookies.ts";
export type { HttpRequest } from "./exchange.ts";
export { html, type Markup } from "./html.ts";
export { type OpenApiOptions, openApiDocument, openApiRoute } from "./openapi.ts";
export { demandOwnOrigin, refuseForeignOrigin } from "./origin.ts";
export * from "./pages/index.ts";
export { HttpProblem, invalidRequest, type ProblemDetails } from "./problem.ts";
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
  type HttpCall,
  type HttpMethod,
  type HttpRoute,
  type RouteDoc,
  type RouteSpec,
} from "./route.ts";
export { type HttpServer, type HttpServerOptions, startHttpServer } from "./server.ts";
export { encodeSse, type SseEvent, type SseStream } from "./sse.ts";
export type { Answered, HttpSurfaceOptions } from "./surface.ts";
export { ulid, ulidTime } from "./ulid.ts";
