// The gRPC server: listens, hands streams to calls, and stops within a bound.

import { once } from "node:events";
import type {
  Http2SecureServer,
  Http2Server,
  SecureServerOptions,
  ServerHttp2Stream,
  ServerOptions,
} from "node:http2";
import type { Server as TcpListener } from "node:net";
import { h2, http2, net, streamWindowBytes } from "../wire/http2.ts";
import { toNodePem } from "../wire/tls-options.ts";
import { keepCalls, shutdownError } from "./calls.ts";
import { keepConnections } from "./connections.ts";
import { holdBytes } from "./held-bytes.ts";
import {
  type CloseOptions,
  type GrpcServerOptions,
  type ListenAddress,
  type ListenOptions,
  type ServerSettings,
  withDefaults,
} from "./options.ts";
import { answerOtherProtocols } from "./other-protocols.ts";
import { speaksGrpc } from "./request-headers.ts";
import { collectRoutes } from "./routes.ts";

/** A gRPC server. It also answers Connect and gRPC-Web unless told not to. */
export interface GrpcServer {
  /** Where the server listens; empty before `listen` and after `close`. */
  readonly addresses: readonly ListenAddress[];
  /** Connections that are open. */
  readonly openSessions: number;
  /** Calls that have no outcome yet. */
  readonly openCalls: number;
  /**
   * Starts to accept connections. May be called again for another address.
   *
   * @returns the address with its real port.
   * @throws the error of Node's `listen`, such as `EADDRINUSE`.
   */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /**
   * Stops: no new connections and calls from now on; streams end with UNAVAILABLE at once, single answers get until
   * `graceMs`. 200 ms after the last call has its outcome, connections that are still open are cut. Resolves when no
   * socket is left. Calling it again answers the same promise.
   */
  close(options?: CloseOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Time that the last answers of a stopping server get to leave, in milliseconds. */
const flushMs = 200;

/** Creates a server; it does nothing before `listen`. */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const settings = withDefaults(options);
  const routes = collectRoutes(settings.routes);
  const held = holdBytes(settings.held);
  const calls = keepCalls(settings, held);
  const stopping = new AbortController();
  const others = answerOtherProtocols({
    ...settings,
    held,
    shutdownSignal: stopping.signal,
    onCall: (path) => calls.observe(routes.has(path) ? path : "unknown"),
  });
  const server = createHttp2Server(settings);
  // A connection that could not be accepted, for want of file handles, is that client's loss, not the server's end.
  server.on("error", () => {});
  const connections = keepConnections(server, settings, (stream, headers) => {
    if (speaksGrpc(headers)) {
      calls.begin(stream, headers, routes.get(headers[":path"] ?? ""));
    } else if (settings.otherProtocols) {
      others(stream, headers);
    } else {
      refuseMediaType(stream);
    }
  });

  let addresses: readonly ListenAddress[] = [];
  const listeners: TcpListener[] = [];
  let closed: Promise<void> | undefined;

  const close = async (graceMs: number): Promise<void> => {
    addresses = [];
    const silent = Promise.all(listeners.map((listener) => once(listener.close(), "close")));
    stopping.abort(shutdownError(settings));
    calls.stop("streams");
    connections.goAway();
    const grace = setTimeout(() => calls.stop("all"), graceMs);
    let cut: NodeJS.Timeout | undefined;
    calls.whenNone(() => {
      clearTimeout(grace);
      cut = setTimeout(() => connections.cut(), flushMs);
    });
    const bound = setTimeout(() => connections.cut(), graceMs + flushMs);
    await connections.drained();
    await silent;
    clearTimeout(grace);
    clearTimeout(cut);
    clearTimeout(bound);
  };

  return {
    get addresses() {
      return addresses;
    },
    get openSessions() {
      return connections.size;
    },
    get openCalls() {
      return calls.size;
    },
    async listen({ host = "127.0.0.1", port = 0 } = {}) {
      // One listener for each address; all hand their sockets to the one HTTP/2 server, which itself never listens.
      const listener = net().createServer((socket) => server.emit("connection", socket));
      if (settings.maxConnections !== undefined) {
        listener.maxConnections = settings.maxConnections;
      }
      const address = await listen(listener, host, port);
      if (closed !== undefined) {
        listener.close();
        throw new Error("the server was closed before it listened");
      }
      listeners.push(listener);
      addresses = [...addresses, address];
      return address;
    },
    close({ graceMs = 0 } = {}) {
      closed ??= close(graceMs);
      return closed;
    },
    [Symbol.asyncDispose]() {
      closed ??= close(0);
      return closed;
    },
  };
}

function createHttp2Server(settings: ServerSettings): Http2Server | Http2SecureServer {
  const options: ServerOptions & SecureServerOptions = {
    settings: {
      enablePush: false,
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: settings.maxConcurrentStreams,
    },
    // Node counts every open stream against this budget (in MiB) and refuses new ones above it; the limit on streams
    // is the one that counts here.
    maxSessionMemory: 1_024,
    // A fleet that drops its subscriptions together is no attack: Node's default tolerates 1,000 resets, then 33/s.
    streamResetBurst: 20_000,
    streamResetRate: 1_000,
  };
  if (settings.tls === undefined) {
    return http2().createServer(options);
  }
  const { cert, key, ca } = settings.tls;
  return http2().createSecureServer({
    ...options,
    allowHTTP1: false,
    handshakeTimeout: settings.handshakeTimeoutMs,
    cert: toNodePem(cert),
    key: toNodePem(key),
    ...(ca === undefined ? {} : { ca: toNodePem(ca), requestCert: true, rejectUnauthorized: true }),
  });
}

function listen(listener: TcpListener, host: string, port: number): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, host, () => {
      listener.off("error", reject);
      // The same as for the server itself.
      listener.on("error", () => {});
      const bound = listener.address();
      resolve(
        typeof bound === "object" && bound !== null
          ? { host: bound.address, port: bound.port }
          : { host, port },
      );
    });
  });
}

function refuseMediaType(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 415, "accept-post": "application/grpc" }, { endStream: true });
  // In the same turn, Node 22.23 sends the reset before the headers.
  setImmediate(() => stream.close(h2.noError));
}
