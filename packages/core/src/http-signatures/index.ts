// HTTP message signatures: the Web Bot Auth profile of RFC 9421.

export { type Ipv6Form, type RequestTarget, requestTarget } from "./request-target.ts";
export {
  longestLifetimeSeconds,
  type SignatureHeaders,
  type SignHttpRequestOptions,
  signHttpRequest,
} from "./sign.ts";
export {
  readHttpSignature,
  type SignatureClaim,
  type SignatureProblem,
  type SignatureRefusal,
  type SignedHttpRequest,
  type VerifyHttpSignatureOptions,
} from "./verify.ts";
