// The public surface of `@x/core`: what every client of the suite shares. Loads no transport.

export * from "./base.ts";
export {
  createHttpClient,
  describeCause,
  type Fetch,
  type FetchInit,
  fillPath,
  type HttpAnswer,
  type HttpBody,
  type HttpClient,
  type HttpClientOptions,
  type HttpFailure,
  type HttpRequest,
  type HttpStream,
  isRetryableStatus,
  type Prepared,
  type Query,
  readSse,
  type ServerSentEvent,
  type SseParserOptions,
} from "./http/index.ts";
export {
  type Ipv6Form,
  longestLifetimeSeconds,
  type RequestTarget,
  readHttpSignature,
  requestTarget,
  type SignatureClaim,
  type SignatureHeaders,
  type SignatureProblem,
  type SignatureRefusal,
  type SignedHttpRequest,
  type SignHttpRequestOptions,
  signHttpRequest,
  type VerifyHttpSignatureOptions,
} from "./http-signatures/index.ts";
export {
  exportPrivateJwk,
  importPrivateJwk,
  type JwkSet,
  jwkThumbprint,
  type PrivateJwk,
  type PublicJwk,
  publicJwk,
  publicKeyOfJwk,
} from "./identity/jwk.ts";
export { type DecodedJws, decodeJws, signJws, verifyJws } from "./identity/jws.ts";
export {
  canonicalJson,
  isJsonNumber,
  type JsonNumber,
  type JsonObject,
  type JsonValue,
  jsonMembers,
  jsonNumber,
  type ParseJsonOptions,
  type PythonJsonOptions,
  parseJson,
  pythonCompactJson,
  pythonJson,
  toPlainJson,
} from "./json/index.ts";
