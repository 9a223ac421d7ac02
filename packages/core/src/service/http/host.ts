// Whether the Host header of a request names a host at all (RFC 9110, section 7.2).
import type { IncomingMessage } from "node:http";

/** A host about which there is nothing to find out. */
const plainHost = /^[\w.-]+(?::\d{1,5})?$/;

/**
 * The host that a request names; null where it does so more than once, which is how somebody says one thing to a proxy and
 * another to the server behind it.
 */
export function namedHost({ headers, rawHeaders }: IncomingMessage): string | undefined | null {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    hosts += rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === "host" ? 1 : 0;
  }
  return hosts > 1 ? null : headers.host;
}

/** Only a request before HTTP/1.1 may come without one. */
export function isUsableHost(host: string | undefined, httpVersion: string): boolean {
  if (host === undefined) {
    return httpVersion !== "1.1";
  }
  return plainHost.test(host) || (/^[^/?#@\s]+$/.test(host) && URL.canParse(`http://${host}/`));
}
