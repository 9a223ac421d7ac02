// Cookies that carry an opaque token: read from a request, set, and taken back.

/** Settings of a cookie. `HttpOnly`, `SameSite=Lax` and `Path=/` always hold. */
export interface CookieOptions {
  /** How long the browser keeps it, in seconds; with the browser's session when absent. */
  readonly maxAgeSeconds?: number;
  /** Only over TLS. Leave it out on plain http, or clients drop the cookie. @default false */
  readonly secure?: boolean;
}

/** The value of a cookie in a `Cookie` header; the first one of that name counts. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) {
    return undefined;
  }
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) {
      return part.slice(equals + 1).trim();
    }
  }
  return undefined;
}

/** A `Set-Cookie` header. @throws {TypeError} for a name or value that a cookie cannot carry */
export function setCookie(
  name: string,
  value: string,
  { maxAgeSeconds, secure = false }: CookieOptions = {},
): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || !/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(value)) {
    throw new TypeError(`the cookie ${name} has a character that cookies cannot carry`);
  }
  const age = maxAgeSeconds === undefined ? "" : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${age}${secure ? "; Secure" : ""}`;
}

/** A `Set-Cookie` header that makes the browser forget the cookie. */
export function clearCookie(name: string): string {
  return setCookie(name, "", { maxAgeSeconds: 0 });
}
