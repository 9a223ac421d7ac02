// The connections of a server: sockets from their arrival, sessions from their handshake, until none is left.

import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { ServerSettings } from "./options.ts";
import { guardSession, type ServerSession } from "./session.ts";

/** The connections that one server has open. */
export interface ServerConnections {
  readonly size: number;
  /** Tells every client to send no new calls; connections without calls end. */
  goAway(): void;
  /** Ends every connection now. */
  cut(): void;
  /** Resolves when none is left. New ones must not arrive any more. */
  drained(): Promise<void>;
}

/** Silence after which the kernel asks whether the other machine is still there. */
const tcpProbeAfterMs = 60_000;

/** Keeps the connections of a server; each stream that arrives on one is handed on. */
export function keepConnections(
  server: Http2Server | Http2SecureServer,
  settings: ServerSettings,
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): ServerConnections {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerSession>();
  let onDrained: (() => void) | undefined;

  // Node creates the session of a socket inside its own listener of the same event; this one runs before it.
  let arriving: Socket | undefined;
  server.prependListener(settings.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    arriving = socket;
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setKeepAlive(true, tcpProbeAfterMs);
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) {
        onDrained?.();
      }
    });
  });
  server.on("session", (session) => {
    if (arriving === undefined) {
      return;
    }
    const guarded = guardSession(session, arriving, settings);
    arriving = undefined;
    sessions.add(guarded);
    session.once("close", () => sessions.delete(guarded));
    session.on("stream", onStream);
  });
  // Clients that negotiate something else than HTTP/2, or nothing.
  server.on("unknownProtocol", (socket: Socket) => socket.destroy());

  return {
    get size() {
      return sockets.size;
    },
    goAway() {
      for (const session of sessions) {
        session.close();
      }
    },
    cut() {
      for (const session of sessions) {
        session.destroy();
      }
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    drained() {
      return new Promise((resolve) => {
        onDrained = resolve;
        if (sockets.size === 0) {
          resolve();
        }
      });
    },
  };
}
