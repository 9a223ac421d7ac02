// Signs an agent's requests to other sites (Web Bot Auth), so that they know who calls. Purely local.

import {
  InvalidArgumentError,
  type Ipv6Form,
  importPrivateJwk,
  longestLifetimeSeconds,
  type PrivateJwk,
  type SignatureHeaders,
  signHttpRequest,
} from "@x/core";
import { defaultBaseUrl } from "../wire/base-url.ts";
import { signatureDirectoryUrl } from "./signature-directory.ts";

/** A request to sign. */
export interface SignRequestOptions {
  readonly method: string;
  /** The whole URL; its query and fragment are not signed. */
  readonly url: string;
  /** The agent's signing key, as an object or as JSON text. */
  readonly privateJwk: PrivateJwk | string | Readonly<Record<string, unknown>>;
  readonly agentId: string;
  /** The exact body that will be sent; a text is taken as UTF-8. @default no body */
  readonly body?: string | Uint8Array | undefined;
  /** The service, which publishes the agent's public key. @default `https://api.agentdraft.io` */
  readonly baseUrl?: string | undefined;
  /** Unix seconds. @default now */
  readonly created?: number | undefined;
  /** Unix seconds, at most 300 after `created`. @default `created` and `ttlSeconds` */
  readonly expires?: number | undefined;
  /** How long the signature holds, in seconds; clamped to 1 to 300. @default 60 */
  readonly ttlSeconds?: number | undefined;
  /** Names the signature within the headers. @default "sig1" */
  readonly label?: string | undefined;
  /** How an IPv6 host is signed; `bare` is what other implementations of this profile do. @default "bare" */
  readonly ipv6?: Ipv6Form | undefined;
}

/**
 * The headers to send along with the request.
 *
 * @throws InvalidArgumentError `invalid_jwk`, `invalid_url`, `invalid_signature_lifetime`, `invalid_signature_parameter`
 */
export function signRequest(options: SignRequestOptions): SignatureHeaders {
  const { identity, kid } = importPrivateJwk(options.privateJwk);
  const created = options.created ?? Math.floor(Date.now() / 1_000);
  const ttlSeconds = Math.min(Math.max(Math.trunc(options.ttlSeconds ?? 60), 1), longestLifetimeSeconds);
  return signHttpRequest({
    method: options.method,
    url: options.url,
    body: options.body,
    identity,
    keyId: kid,
    directoryUrl: signatureDirectoryUrl(options.baseUrl ?? defaultBaseUrl, options.agentId),
    created,
    expires: options.expires ?? created + ttlSeconds,
    label: options.label ?? "sig1",
    tag: webBotAuth,
    ipv6: options.ipv6,
  });
}

/** The tag of the profile. */
export const webBotAuth = "web-bot-auth";

/** What a receiver hands to a verifier, under the names of the wire. */
export interface AgentSignatureFields {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly signature_input: string;
  readonly signature: string;
  readonly signature_agent: string;
  readonly content_digest: string;
}

/** Headers of a request, in any of their usual forms; names in any case. */
export type HeadersLike =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Collects from a received request what its signature is about.
 *
 * @throws InvalidArgumentError `signature_headers_missing`, which lists them
 */
export function agentSignatureFields(
  headers: HeadersLike,
  request: { readonly method: string; readonly authority: string; readonly path: string },
): AgentSignatureFields {
  const found = headerMap(headers);
  const missing = ["Signature-Input", "Signature", "Signature-Agent", "Content-Digest"].filter(
    (name) => !found.has(name.toLowerCase()),
  );
  if (missing.length > 0) {
    throw new InvalidArgumentError(`agentSignatureFields: the request has no ${missing.join(", no ")}.`, {
      service: "agentdraft",
      operation: "agentSignatureFields",
      code: "signature_headers_missing",
      details: { missing },
    });
  }
  return {
    method: request.method.toUpperCase(),
    authority: request.authority,
    path: request.path,
    signature_input: found.get("signature-input") ?? "",
    signature: found.get("signature") ?? "",
    signature_agent: found.get("signature-agent") ?? "",
    content_digest: found.get("content-digest") ?? "",
  };
}

/** Headers under lower-case names; several of one name are joined as HTTP joins them. What is no text is as if missing. */
export function headerMap(headers: HeadersLike): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  const given: unknown = headers;
  const entries: Iterable<unknown> = isEntryList(given) ? given : Object.entries(given ?? {});
  for (const entry of entries) {
    const [name, value]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (typeof name === "string" && texts.length > 0 && texts.every((text) => typeof text === "string")) {
      const key = name.toLowerCase();
      const before = map.get(key);
      map.set(key, [...(before === undefined ? [] : [before]), ...texts].join(", "));
    }
  }
  return map;
}

function isEntryList(headers: unknown): headers is Iterable<unknown> {
  return typeof headers === "object" && headers !== null && Symbol.iterator in headers;
}
