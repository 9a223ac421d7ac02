// Whether the Host header of a request names a host at all (RFC 9110, section 7.2).

/** A host about which there is nothing to find out. */
const plainHost = /^[\w.-]+(?::\d{1,5})?$/;

/** Only a request before HTTP/1.1 may come without one. */
export function isUsableHost(host: string | undefined, httpVersion: string): boolean {
  if (host === undefined) {
    return httpVersion !== "1.1";
  }
  return plainHost.test(host) || (/^[^/?#@\s]+$/.test(host) && URL.canParse(`http://${host}/`));
}
