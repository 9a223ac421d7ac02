// HOST:PORT as people write it on a command line, and as servers print it.

/** Where to listen. */
export interface ListenAddress {
  /** The hosts to bind, all with the same port. */
  readonly hosts: readonly string[];
  /** 0 for any free port. */
  readonly port: number;
}

/** This machine alone. */
export const loopback = (port: number): ListenAddress => ({ hosts: ["127.0.0.1"], port });

const allInterfaces = ["::"];
const bothLoopbacks = ["127.0.0.1", "::1"];

/**
 * Reads `HOST:PORT`: `:7070` is every interface, `localhost:7070` both loopbacks, `[::1]:7070` an IPv6 address,
 * port 0 any free port. Answers `undefined` for anything else.
 */
export function parseAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    return undefined;
  }
  const host = match[1] ?? match[2] ?? "";
  if (host === "") {
    return { hosts: allInterfaces, port };
  }
  return { hosts: host === "localhost" ? bothLoopbacks : [host], port };
}

/** Writes a bound address the way {@link parseAddress} reads it. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a `Host` header names this machine itself, and not what a page elsewhere lets its own name point to. */
export const isLoopbackName = (hostname: string): boolean =>
  isLoopback(hostname) || hostname.endsWith(".localhost");

/** The name in a `Host` header, such as `::1` of `[::1]:8080`. */
export function hostnameOf(host = ""): string {
  return host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
