// One accepted connection: its handshake bound, its keepalive, and the end of its socket.

import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { connectionWindowBytes } from "../wire/http2.ts";
import { type Keepalive, type KeepaliveOptions, startKeepalive } from "../wire/keepalive.ts";

/** How connections are watched. */
export interface SessionRules {
  /** Time for a client to show that it speaks HTTP/2, in milliseconds. */
  readonly handshakeTimeoutMs: number;
  readonly keepalive: KeepaliveOptions | undefined;
}

/** An accepted connection, from its session to the close of its socket. */
export interface ServerSession {
  /** Takes no new calls; ends when the open ones have ended. */
  close(): void;
  /** Ends the connection and all its calls now. */
  destroy(): void;
}

/** Watches a new session until its socket is closed. */
export function guardSession(
  session: ServerHttp2Session,
  socket: Socket,
  rules: SessionRules,
): ServerSession {
  let keepalive: Keepalive | undefined;
  const destroy = (): void => {
    session.destroy();
    // A peer that reads no more would keep a session waiting for its last bytes to leave.
    socket.destroy();
  };
  const handshake = setTimeout(destroy, rules.handshakeTimeoutMs);
  handshake.unref();

  session.setLocalWindowSize(connectionWindowBytes);
  // Errors end the session by themselves; without a listener they would end the process.
  session.on("error", () => socket.destroy());
  socket.on("error", () => socket.destroy());
  session.once("remoteSettings", () => {
    clearTimeout(handshake);
    if (rules.keepalive !== undefined && !session.destroyed) {
      keepalive = startKeepalive(session, rules.keepalive, () => true, destroy);
    }
  });
  session.once("close", () => {
    clearTimeout(handshake);
    keepalive?.stop();
  });
  return {
    close: () => session.close(),
    destroy,
  };
}
