// TLS towards an agent.

/** Certificates in PEM. An empty object asks for TLS by the certificates that Node trusts. */
export interface TlsOptions {
  /** Certificates to trust instead of Node's own. */
  readonly ca?: string | Uint8Array | undefined;
  /** Certificate that this end presents (mutual TLS), with `key`. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /**
   * Name expected in the agent's certificate.
   * @default the host of the address
   */
  readonly serverName?: string | undefined;
}
