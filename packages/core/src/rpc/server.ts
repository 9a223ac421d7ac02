// The gRPC server: listens, hands streams to calls, and stops within a bound.

import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  SecureServerOptions,
  ServerHttp2Stream,
  ServerOptions,
} from "node:http2";
import type { Socket, Server as TcpListener } from "node:net";
import { h2, http2, net, streamWindowBytes } from "./http2.ts";
import { answerOtherProtocols } from "./other-protocols.ts";
import { keepCalls, shutdownError } from "./server-calls.ts";
import {
  type CloseOptions,
  type GrpcServerOptions,
  type ListenAddress,
  type ListenOptions,
  type ServerSettings,
  withDefaults,
} from "./server-options.ts";
import { collectRoutes } from "./server-routes.ts";
import { guardSession, type ServerSession } from "./server-session.ts";
import { toNodePem } from "./tls-options.ts";

/** A gRPC server. It also answers Connect and gRPC-Web unless told not to. */
export interface GrpcServer {
  /** Where the server listens; empty before `listen` and after `close`. */
  readonly addresses: readonly ListenAddress[];
  /** Connections that are open. */
  readonly openSessions: number;
  /** gRPC calls that have no outcome yet. */
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
   * `graceMs`; 200 ms after that whatever is left is cut. Resolves when no socket is left. Calling it again answers
   * the same promise.
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
  const calls = keepCalls(settings);
  const stopping = new AbortController();
  const sessions = new Set<ServerSession>();
  const sockets = new Set<Socket>();
  const others = answerOtherProtocols({
    ...settings,
    shutdownSignal: stopping.signal,
    onCall: (path) => calls.observe(routes.has(path) ? path : "unknown"),
  });
  const server = createHttp2Server(settings);
  if (settings.maxConnections !== undefined) {
    server.maxConnections = settings.maxConnections;
  }

  const onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    if (speaksGrpc(headers)) {
      calls.begin(stream, headers, routes.get(headers[":path"] ?? ""));
    } else if (settings.otherProtocols) {
      others(stream, headers);
    } else {
      refuseMediaType(stream);
    }
  };

  // Node creates the session of a socket inside its own listener of the same event; this one runs before it.
  let arriving: Socket | undefined;
  server.prependListener(settings.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    arriving = socket;
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      whenDrained?.();
    });
  });
  server.on("session", (session) => {
    if (arriving === undefined) {
      return;
    }
    const guarded = guardSession(session, arriving, settings);
    sessions.add(guarded);
    session.once("close", () => sessions.delete(guarded));
    session.on("stream", onStream);
  });
  // Clients that negotiate something else than HTTP/2, or nothing.
  server.on("unknownProtocol", (socket: Socket) => socket.destroy());
  // A connection that could not be accepted, for want of file handles, is that client's loss, not the server's end.
  server.on("error", () => {});

  let addresses: readonly ListenAddress[] = [];
  const moreListeners: TcpListener[] = [];
  let closed: Promise<void> | undefined;
  let whenDrained: (() => void) | undefined;

  const close = async (graceMs: number): Promise<void> => {
    addresses = [];
    for (const listener of moreListeners) {
      listener.close();
    }
    // Node calls back when no connection is left or when it never listened, a moment before sockets report their end.
    const gone = new Promise<void>((resolve) => {
      let listening = true;
      whenDrained = () => {
        if (!listening && sockets.size === 0) {
          resolve();
        }
      };
      server.close(() => {
        listening = false;
        whenDrained?.();
      });
    });
    stopping.abort(shutdownError(settings));
    calls.stop("streams");
    for (const session of sessions) {
      session.close();
    }
    const grace = setTimeout(() => calls.stop("all"), graceMs);
    const bound = setTimeout(() => {
      for (const session of sessions) {
        session.destroy();
      }
      for (const socket of sockets) {
        socket.destroy();
      }
    }, graceMs + flushMs);
    await gone;
    clearTimeout(grace);
    clearTimeout(bound);
  };

  return {
    get addresses() {
      return addresses;
    },
    get openSessions() {
      return sockets.size;
    },
    get openCalls() {
      return calls.size;
    },
    async listen({ host = "127.0.0.1", port = 0 } = {}) {
      if (addresses.length === 0) {
        const first = await listen(server, host, port);
        addresses = [first];
        return first;
      }
      // Node lets a server listen once; what comes to another address is handed to the same one.
      const listener = net().createServer((socket) => server.emit("connection", socket));
      listener.on("error", () => {});
      const address = await listen(listener, host, port);
      moreListeners.push(listener);
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

function listen(
  server: TcpListener | Http2Server | Http2SecureServer,
  host: string,
  port: number,
): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const bound = server.address();
      resolve(
        typeof bound === "object" && bound !== null
          ? { host: bound.address, port: bound.port }
          : { host, port },
      );
    });
  });
}

function speaksGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"];
  return (
    headers[":method"] === "POST" &&
    (type === "application/grpc+proto" ||
      type === "application/grpc" ||
      type?.startsWith("application/grpc;") === true)
  );
}

function refuseMediaType(stream: ServerHttp2Stream): void {
  stream.on("error", () => {});
  stream.respond({ ":status": 415, "accept-post": "application/grpc" }, { endStream: true });
  stream.close(h2.noError);
}
