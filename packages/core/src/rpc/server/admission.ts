// Who may call: decided by a call's headers and its peer, before anything of its request is read.

import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { tls } from "../wire/http2.ts";

/** The other end of a call's connection. */
export interface Peer {
  /** Its IP address; `undefined` if the connection is gone. */
  readonly address: string | undefined;
  /** Its port; `undefined` if the connection is gone. */
  readonly port: number | undefined;
  /** Its certificate, which `tls.ca` vouches for; `undefined` on servers that ask for none. */
  readonly certificate: X509Certificate | undefined;
}

/**
 * A call that asks to be let in: Connect's own context of it, and who calls. Its implementation sees the same `values`; the
 * `signal` fires when the call ends, also while it is still being decided on.
 */
export interface AdmitContext extends HandlerContext {
  readonly peer: Peer;
}

/** Lets a call in by returning, or by resolving; refuses it by throwing, or rejecting with, a `ConnectError`. */
export type Admit = (context: AdmitContext) => void | Promise<void>;

/** The peer at the end of a socket. */
export function peerOf(socket: Socket | undefined): Peer {
  return {
    address: socket?.remoteAddress,
    port: socket?.remotePort,
    // Parsed only for who asks.
    get certificate() {
      return socket instanceof tls().TLSSocket ? socket.getPeerX509Certificate() : undefined;
    },
  };
}

/** Carries the peer through the adapter of the other protocols, which hands on nothing else of a stream. */
export const peerKey: ContextKey<Peer> = createContextKey<Peer>({
  address: undefined,
  port: undefined,
  certificate: undefined,
});
