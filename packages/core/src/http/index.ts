// HTTP of the clients: one client over ky, its errors, server-sent events.

export type { HttpAnswer, HttpStream } from "./answer.ts";
export type { Fetch, FetchInit } from "./engine.ts";
export { createHttpClient, type HttpClient } from "./http-client.ts";
export {
  bodyFailureOf,
  describeCause,
  type HttpFailure,
  httpError,
  isRetryableStatus,
} from "./http-error.ts";
export type { HttpBody, HttpClientOptions, HttpRequest, Prepared } from "./http-options.ts";
export { createSilenceWatch, type SilenceWatch, type SilenceWatchOptions } from "./silence-watch.ts";
export { readSse } from "./sse.ts";
export type { ServerSentEvent, SseParserOptions } from "./sse-parser.ts";
export { fillPath, type Query } from "./url.ts";
