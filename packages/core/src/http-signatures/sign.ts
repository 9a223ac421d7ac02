// Signs an HTTP request by the Web Bot Auth profile of RFC 9421: method, authority, path, agent and body, for a short time.

import { InvalidArgumentError } from "../errors/error-kinds.ts";
import type { Identity } from "../identity/identity.ts";
import { contentDigest, toBase64 } from "./digest.ts";
import { type Ipv6Form, requestTarget } from "./request-target.ts";

/** A request to sign and by whom. */
export interface SignHttpRequestOptions {
  readonly method: string;
  /** The whole URL. Its query and fragment are not signed. */
  readonly url: string;
  /** The exact body that will be sent; a text is taken as UTF-8. @default no body */
  readonly body?: string | Uint8Array | undefined;
  readonly identity: Pick<Identity, "sign">;
  /** Names the key within the directory. */
  readonly keyId: string;
  /** Where the signer's public keys are. */
  readonly directoryUrl: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds; 1 to 300 after `created`. */
  readonly expires: number;
  /** Names the signature within the headers; a structured-field key such as `sig1`. */
  readonly label: string;
  readonly tag: string;
  /** @default "bare" */
  readonly ipv6?: Ipv6Form | undefined;
}

/** What to send along with the request. */
export interface SignatureHeaders {
  readonly "Signature-Agent": string;
  readonly "Signature-Input": string;
  readonly Signature: string;
  readonly "Content-Digest": string;
}

/** Longest time between `created` and `expires`, in seconds. */
export const longestLifetimeSeconds = 300;

/**
 * @throws InvalidArgumentError `invalid_url`, `invalid_signature_lifetime`, `invalid_signature_parameter`
 */
export function signHttpRequest(options: SignHttpRequestOptions): SignatureHeaders {
  const { label, created, expires, directoryUrl } = options;
  checkLifetime(created, expires);
  if (!/^[a-z*][a-z0-9_.*-]*$/.test(label)) {
    throw invalidParameter("label must be a structured-field key such as sig1");
  }
  const { authority, path } = requestTarget(options.url, options.ipv6);
  const digest = contentDigest(options.body);
  const params =
    `("@method" "@authority" "@path" "signature-agent";key=${quoted(label)} "content-digest")` +
    `;created=${created};expires=${expires};keyid=${quoted(options.keyId)};tag=${quoted(options.tag)}`;
  const agent = quoted(directoryUrl);
  const base = [
    `"@method": ${options.method.toUpperCase()}`,
    `"@authority": ${authority}`,
    `"@path": ${path}`,
    `"signature-agent";key=${quoted(label)}: ${agent}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${params}`,
  ].join("\n");
  const signature = options.identity.sign(new TextEncoder().encode(base));
  return {
    "Signature-Agent": `${label}=${agent};type=jwks_uri`,
    "Signature-Input": `${label}=${params}`,
    Signature: `${label}=:${toBase64(signature)}:`,
    "Content-Digest": digest,
  };
}

function checkLifetime(created: number, expires: number): void {
  if (!Number.isSafeInteger(created) || !Number.isSafeInteger(expires)) {
    throw invalidLifetime("created and expires must be whole Unix seconds");
  }
  if (expires <= created) {
    throw invalidLifetime("expires must be greater than created");
  }
  if (expires - created > longestLifetimeSeconds) {
    throw invalidLifetime(`signature lifetime must be <= ${longestLifetimeSeconds} seconds`);
  }
}

/** A structured-field string: ASCII in quotes, with `"` and `\` escaped. */
function quoted(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) {
    throw invalidParameter("a signature parameter must be printable ASCII");
  }
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function invalidLifetime(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    service: "core",
    operation: "signHttpRequest",
    code: "invalid_signature_lifetime",
  });
}

function invalidParameter(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    service: "core",
    operation: "signHttpRequest",
    code: "invalid_signature_parameter",
  });
}
