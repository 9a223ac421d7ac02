// Certificates of both ends.

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** TLS of a client. Without it an `https:` server is checked against the certificates that Node trusts. */
export interface ClientTls {
  /** Certificates to trust instead of Node's own. */
  readonly ca?: Pem | undefined;
  /** Certificate that this client presents (mutual TLS), with `key`. */
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
  /**
   * Name expected in the server's certificate.
   *
   * @default the host of the base URL
   */
  readonly servername?: string | undefined;
  /**
   * Refuse a server whose certificate does not check out. Turning this off gives up what TLS is for.
   *
   * @default true
   */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** TLS of a server. */
export interface ServerTls {
  readonly cert: Pem;
  readonly key: Pem;
  /** Certificates that sign those of clients. With it, a client must present one (mutual TLS). */
  readonly ca?: Pem | undefined;
}

/** The form that Node's TLS takes. */
export function toNodePem(pem: Pem): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}
