// Addresses of gRPC servers as this wire writes them: `host:port`, with IPv6 in brackets.

/** A host and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port` or `[::1]:port`; `undefined` for anything else. */
export function parseAddress(text: string): HostPort | undefined {
  const [, inBrackets, name, digits] =
    /^(?:\[([\da-fA-F:.]+)\]|([^\s:/?#@[\]\\]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** `host:port`. */
export function formatAddress({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether a host is this machine by its name alone. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}
