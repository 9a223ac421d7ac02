// The way from calls to a session: connects when the first call comes, again after a loss, and lets calls wait their turn.

import type { Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { followsProxies } from "../../node/environment-proxy.ts";
import { markNotProcessed } from "../wire/not-processed.ts";
import type { ClientSettings } from "./options.ts";
import { ClientSession, type SessionOwner } from "./session.ts";
import { openTunnel } from "./tunnel.ts";

/** A call that wants a stream. */
export interface Waiting {
  /** Its turn has come; it opens its stream on this session before it returns. */
  onSession(session: ClientSession): void;
  /** It will not get one. */
  onNoSession(error: ConnectError): void;
}

/**
 * Calls wait in the order in which they came: while the connection is made, and while the server's limit on open
 * streams is reached. A server that says goodbye keeps its open calls; new ones go to a new session.
 */
export class ClientConnection implements SessionOwner {
  readonly #settings: ClientSettings;
  readonly #waiting = new Set<Waiting>();
  readonly #sessions = new Set<ClientSession>();
  #current: ClientSession | undefined;
  /** Whether a way through a proxy is being made. */
  #isTunnelling = false;
  #closing: Promise<void> | undefined;
  #onAllEnded: (() => void) | undefined;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /** Gives the call a session, in this turn if there is room, else when its turn comes. */
  admit(call: Waiting): void {
    if (this.#closing !== undefined) {
      call.onNoSession(markNotProcessed(new ConnectError("the transport is closed", Code.Canceled)));
      return;
    }
    const session = this.#current;
    if (session?.hasRoom === true && this.#waiting.size === 0) {
      call.onSession(session);
      return;
    }
    this.#waiting.add(call);
    this.#connect();
  }

  /** Takes back a call that still waits. */
  withdraw(call: Waiting): void {
    this.#waiting.delete(call);
    if (this.#waiting.size === 0 && this.#current?.connecting === true) {
      this.#current.keepAlive(false);
    }
  }

  /** Ends all sessions with their calls; resolves when no socket is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onCapacity(session: ClientSession): void {
    for (const call of this.#waiting) {
      if (!session.hasRoom) {
        return;
      }
      this.#waiting.delete(call);
      call.onSession(session);
    }
  }

  onDraining(session: ClientSession): void {
    if (this.#current === session) {
      this.#current = undefined;
      if (this.#waiting.size > 0 && session.wasUsed) {
        this.#connect();
      } else {
        // Said goodbye before it took a single call: trying again at once would go in circles.
        this.#refuseWaiting(new ConnectError("the server takes no calls", Code.Unavailable));
      }
    }
  }

  onEnded(session: ClientSession): void {
    this.#sessions.delete(session);
    if (this.#current === session) {
      this.#current = undefined;
      this.#refuseWaiting(session.loss ?? new ConnectError("the connection was lost", Code.Unavailable));
    }
    if (this.#sessions.size === 0) {
      this.#onAllEnded?.();
    }
  }

  #close(): Promise<void> {
    const closed = new ConnectError("the transport was closed", Code.Canceled);
    this.#refuseWaiting(closed);
    return new Promise((resolve) => {
      this.#onAllEnded = resolve;
      if (this.#sessions.size === 0) {
        resolve();
      }
      for (const session of this.#sessions) {
        session.destroy(closed);
      }
    });
  }

  #connect(): void {
    if (this.#current?.connecting === true) {
      this.#current.keepAlive(true);
    } else if (this.#current === undefined && !this.#isTunnelling) {
      if (this.#settings.proxy === "none" || !followsProxies()) {
        this.#begin();
        return;
      }
      const { url, connectTimeoutMs } = this.#settings;
      // It is over in the same turn in which its calls are served or refused: one that begins a moment later begins another.
      this.#isTunnelling = true;
      void openTunnel(url, connectTimeoutMs).then(
        (tunnel) => {
          this.#isTunnelling = false;
          this.#begin(tunnel);
        },
        (error: Error) => {
          this.#isTunnelling = false;
          const { message } = error;
          this.#refuseWaiting(
            new ConnectError(
              `cannot connect to ${url.host} ${message}`,
              Code.Unavailable,
              undefined,
              undefined,
              error,
            ),
          );
        },
      );
    }
  }

  #begin(tunnel?: Socket): void {
    if (this.#closing !== undefined) {
      tunnel?.destroy();
      return;
    }
    this.#current = new ClientSession(this.#settings, this, tunnel);
    this.#sessions.add(this.#current);
  }

  #refuseWaiting(error: ConnectError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) {
      // Each caller gets an error of its own: what one adds to it is not seen by others.
      call.onNoSession(
        markNotProcessed(new ConnectError(error.rawMessage, error.code, undefined, undefined, error.cause)),
      );
    }
  }
}
