// A TCP proxy that breaks connections in the ways that networks do. It knows bytes only, so HTTP and gRPC both pass.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createFlow, type Fault, type Flow } from "./fault-flow.ts";
import { waitUntil } from "./wait-until.ts";

/** Where a proxy sends what it gets. */
export interface FaultProxyOptions {
  readonly host?: string;
  readonly port: number;
}

/** A proxy between a client and a server of a test. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections of clients that are open now. */
  readonly connections: number;
  /** Connections of clients since the start. */
  readonly accepted: number;
  /** Changes what happens to open connections and to those that come. */
  setFault(fault: Fault): void;
  /** Resets every open connection on both sides. */
  cutAll(): void;
  /** Stops listening, so that new connections are refused by the system. Open ones go on. */
  refuse(): Promise<void>;
  /** Listens again, on the same port. */
  accept(): Promise<void>;
  /** Resolves when `count` connections are open. */
  waitForConnections(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly flows: readonly [Flow, Flow];
}

/** Starts a proxy on 127.0.0.1 and a free port, without a fault. */
export async function startFaultProxy(target: FaultProxyOptions): Promise<FaultProxy> {
  let fault: Fault = { kind: "none" };
  let accepted = 0;
  const pairs = new Set<Pair>();
  let listener: Server | undefined;
  let port = 0;

  const open = (client: Socket): void => {
    accepted += 1;
    const server = connect({ host: target.host ?? "127.0.0.1", port: target.port, allowHalfOpen: true });
    client.setNoDelay(true);
    server.setNoDelay(true);
    const cut = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const pair: Pair = {
      client,
      server,
      flows: [createFlow(client, server, "to-server", cut), createFlow(server, client, "to-client", cut)],
    };
    pairs.add(pair);
    for (const flow of pair.flows) {
      flow.setFault(fault);
    }
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on("error", () => {
        // A half-open connection is one whose other end has gone without a word.
        if (fault.kind !== "half-open") {
          other.resetAndDestroy();
        }
      });
      socket.on("close", () => {
        if (client.destroyed && server.destroyed) {
          pairs.delete(pair);
        }
      });
    }
  };
  const accept = async (): Promise<void> => {
    if (listener !== undefined) {
      return;
    }
    const opened = createServer({ allowHalfOpen: true }, open);
    listener = opened;
    await new Promise<void>((resolve, reject) => {
      opened.once("error", reject);
      opened.listen({ host: "127.0.0.1", port }, resolve);
    });
    port = (opened.address() as AddressInfo).port;
  };
  const refuse = (): Promise<void> => {
    const closing = listener;
    listener = undefined;
    closing?.close();
    // close() stops listening at once but calls back only when all connections are gone.
    return new Promise((resolve) => setImmediate(resolve));
  };
  const openClients = (): number => [...pairs].filter((pair) => !pair.client.destroyed).length;
  const close = async (): Promise<void> => {
    await refuse();
    for (const pair of pairs) {
      pair.client.destroy();
      pair.server.destroy();
    }
    await waitUntil(() => pairs.size === 0, { what: "the sockets of the fault proxy to close" });
  };

  await accept();
  return {
    host: "127.0.0.1",
    get port(): number {
      return port;
    },
    get connections(): number {
      return openClients();
    },
    get accepted(): number {
      return accepted;
    },
    setFault(next: Fault): void {
      fault = next;
      for (const pair of pairs) {
        for (const flow of pair.flows) {
          flow.setFault(next);
        }
      }
    },
    cutAll(): void {
      for (const pair of pairs) {
        pair.client.resetAndDestroy();
        pair.server.resetAndDestroy();
      }
    },
    refuse,
    accept,
    waitForConnections: (count) =>
      waitUntil(() => openClients() === count, {
        what: () => `${count} connections, there are ${openClients()}`,
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
