// How a client proves the daemon's identity, and its own.

/** PEM texts or buffers. */
export interface TlsOptions {
  /** Authorities to trust in place of the well-known ones. */
  readonly ca?: string | Uint8Array;
  /** The client's own certificate, for a daemon that asks for one. */
  readonly cert?: string | Uint8Array;
  /** The key of `cert`. */
  readonly key?: string | Uint8Array;
  /** The name that the daemon's certificate must carry. @default the host */
  readonly serverName?: string;
}
