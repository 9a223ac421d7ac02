// Signed requests to agents behind OAuth2 and DID authentication: three headers over the exact text of the body.

import { pythonJson } from "@x/core";
import { isSignatureOf } from "./artifact-signature.ts";
import { base58encode } from "./base58.ts";
import { identityOf, type PrivateKey } from "./keys.ts";

/** The headers of a signed request. */
export interface RequestSignatureHeaders {
  readonly "X-DID": string;
  readonly "X-DID-Timestamp": string;
  readonly "X-DID-Signature": string;
}

/** What is signed, and with which key. */
export interface SignRequestOptions {
  /** The body exactly as it is sent. */
  readonly body: string;
  /** Who signs. */
  readonly did: string;
  readonly privateKey: PrivateKey;
  /**
   * Unix time in whole seconds.
   * @default now
   */
  readonly timestamp?: number | undefined;
}

/**
 * The headers that sign a request.
 *
 * @throws InvalidArgumentError `invalid_seed` for a key that is none
 */
export function signRequest(options: SignRequestOptions): RequestSignatureHeaders {
  const { body, did, timestamp = nowSeconds() } = options;
  const signature = identityOf(options.privateKey).sign(signedBytes(body, did, timestamp));
  return {
    "X-DID": did,
    "X-DID-Timestamp": String(timestamp),
    "X-DID-Signature": base58encode(signature),
  };
}

/** What is verified, and against which key. */
export interface VerifyRequestOptions {
  /** The body exactly as it came. */
  readonly body: string;
  /** The headers of the request, with names in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The key of the DID that the request names: look it up by {@link VerifyRequestOptions.headers}' `X-DID`, never by the caller's word. */
  readonly publicKeyBase58: string;
  /**
   * How far the time of the request may be off, in seconds, both ways.
   * @default 300
   */
  readonly windowSeconds?: number | undefined;
  /**
   * Unix time in seconds.
   * @default now
   */
  readonly now?: number | undefined;
}

/** Whether a request was signed with a key, lately. There is no nonce: within the window a request can be repeated by whoever saw it. */
export function verifyRequest(options: VerifyRequestOptions): boolean {
  const { windowSeconds = 300, now = nowSeconds() } = options;
  const headers = new Map(
    Object.entries(options.headers).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === "string" || value === undefined ? value : value.join(", "),
    ]),
  );
  const did = headers.get("x-did");
  const written = headers.get("x-did-timestamp");
  const signature = headers.get("x-did-signature");
  if (did === undefined || written === undefined || !/^-?\d{1,15}$/.test(written)) {
    return false;
  }
  const timestamp = Number(written);
  return (
    Math.abs(now - timestamp) <= windowSeconds &&
    isSignatureOf(signedBytes(options.body, did, timestamp), signature, options.publicKeyBase58)
  );
}

/** `json.dumps({"body", "did", "timestamp"}, sort_keys=True)` of Python, which is ASCII. */
function signedBytes(body: string, did: string, timestamp: number): Uint8Array {
  return Buffer.from(pythonJson({ body, did, timestamp }, { sortKeys: true }), "latin1");
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
