// Listening on all hosts of an address, on machines that have no IPv6 too.

import type { Server } from "node:net";
import { codeOf } from "../../errors/foreign.ts";
import type { ListenAddress } from "./address.ts";

/** What was bound. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Binds every host of an address with one port, and answers the first. Without IPv6, every interface is every one of IPv4,
 * and `localhost` is its one loopback.
 *
 * @param bind binds one host and answers the port
 */
export async function bindHosts(
  { hosts, port }: ListenAddress,
  bind: (host: string, port: number) => Promise<number>,
): Promise<BoundAddress> {
  let first: BoundAddress | undefined;
  for (const host of hosts) {
    try {
      first ??= { host, port: await bind(host, port) };
      if (first.host !== host) {
        await bind(host, first.port);
      }
    } catch (error) {
      if (!isWithoutIpv6(host, error)) {
        throw error;
      }
      if (host === "::") {
        first = { host: "0.0.0.0", port: await bind("0.0.0.0", port) };
      } else if (first === undefined) {
        throw error;
      }
    }
  }
  return first ?? { host: "127.0.0.1", port: await bind("127.0.0.1", port) };
}

function isWithoutIpv6(host: string, error: unknown): boolean {
  const code = codeOf(error);
  return host.includes(":") && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT");
}

/**
 * Binds a server of Node to one host, and answers the port. What it cannot accept later, for want of file handles, is that
 * client's loss and not the server's end.
 *
 * @throws the error of the bind, such as `EADDRINUSE`
 */
export function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      server.on("error", () => {});
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : port);
    });
  });
}
