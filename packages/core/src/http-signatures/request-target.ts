// The authority and path of a URL as the signer wrote them. `URL` would normalise `..`, encode and drop, and so break signatures.

import { InvalidArgumentError } from "../errors/error-kinds.ts";

/** What of a URL is signed. */
export interface RequestTarget {
  /** The host in lower case, with its port unless that is 80 or 443; no user information. */
  readonly authority: string;
  /** The path as written, `/` if empty. Without query and fragment. */
  readonly path: string;
}

/** How an IPv6 host stands in the authority. */
export type Ipv6Form = "bare" | "bracketed";

// scheme "://" authority, then path, query and fragment; control characters and spaces have no place in any of them.
const shape = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^?#]*)/i;

/**
 * @param ipv6 `bare` drops the brackets, as the verifiers of this profile do.
 * @throws InvalidArgumentError `invalid_url`
 */
export function requestTarget(url: string, ipv6: Ipv6Form = "bare"): RequestTarget {
  if (typeof url !== "string" || hasControlOrSpace(url)) {
    throw invalidUrl("url must not contain spaces or control characters");
  }
  const [, netloc = "", path = ""] = shape.exec(url) ?? [];
  const hostAndPort = netloc.slice(netloc.lastIndexOf("@") + 1);
  const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(hostAndPort) ?? [];
  const host = (bracketed ?? plain).toLowerCase();
  if (host === "") {
    throw invalidUrl("url must include a host");
  }
  if (port !== "" && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw invalidUrl("url has a port that is no number from 0 to 65535");
  }
  const shownHost = bracketed !== undefined && ipv6 === "bracketed" ? `[${host}]` : host;
  const portNumber = port === "" ? undefined : Number(port);
  const keepsPort = portNumber !== undefined && portNumber !== 80 && portNumber !== 443;
  return { authority: keepsPort ? `${shownHost}:${portNumber}` : shownHost, path: path === "" ? "/" : path };
}

function hasControlOrSpace(url: string): boolean {
  for (let index = 0; index < url.length; index += 1) {
    const code = url.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f) {
      return true;
    }
  }
  return false;
}

function invalidUrl(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, {
    service: "core",
    operation: "signHttpRequest",
    code: "invalid_url",
  });
}
