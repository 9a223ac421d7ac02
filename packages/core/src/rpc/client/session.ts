// One HTTP/2 connection to a server, guarded: whatever happens to it becomes a state, never an uncaught error.

import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { isError } from "../../errors/foreign.ts";
import { connectionWindowBytes, h2, http2, net, streamWindowBytes, tls } from "../wire/http2.ts";
import { type Keepalive, startKeepalive } from "../wire/keepalive.ts";
import { toNodePem } from "../wire/tls-options.ts";
import type { ClientSettings } from "./options.ts";

/**
 * Streams that one connection carries in its life: half of the numbers that HTTP/2 has, less some to spare. A client at
 * 20,000 calls per second gets there in half a day; a connection that is through takes no more calls, for good.
 */
const maxStreams = 1_000_000_000;

/** What a session tells its connection. */
export interface SessionOwner {
  /** Calls may be opened, or more of them than before. */
  onCapacity(session: ClientSession): void;
  /** No new calls may be opened; open ones go on. */
  onDraining(session: ClientSession): void;
  /** The socket is gone. */
  onEnded(session: ClientSession): void;
}

/**
 * States: connecting (until the server's first settings: a peer that is no HTTP/2 server never gets further), ready,
 * draining (the server said goodbye), ended. Idle sessions do not keep the process alive, open calls do.
 */
export class ClientSession {
  readonly #settings: ClientSettings;
  readonly #owner: SessionOwner;
  readonly #socket: Socket;
  readonly #session: ClientHttp2Session;
  readonly #connectTimer: NodeJS.Timeout;
  #keepalive: Keepalive | undefined;
  #state: "connecting" | "ready" | "draining" | "ended" = "connecting";
  #openCalls = 0;
  #maxCalls = 0;
  #opened = 0;
  #lastProcessedId: number | undefined;
  #error: unknown;

  /** @param tunnel where to speak to the server, in place of a connection of its own */
  constructor(settings: ClientSettings, owner: SessionOwner, tunnel?: Socket) {
    this.#settings = settings;
    this.#owner = owner;
    this.#socket = openSocket(settings, tunnel);
    this.#session = http2().connect(settings.url, {
      createConnection: () => this.#socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
      maxSessionMemory: 1_024,
    });
    this.#connectTimer = setTimeout(() => {
      this.destroy(new Error(`no HTTP/2 connection within ${settings.connectTimeoutMs} ms`));
    }, settings.connectTimeoutMs);
    this.#connectTimer.unref();
    this.#listen();
  }

  /** Whether a call may be opened now. */
  get hasRoom(): boolean {
    return this.#state === "ready" && this.#openCalls < this.#maxCalls;
  }

  /** Whether any call was ever opened on it. */
  get wasUsed(): boolean {
    return this.#opened > 0;
  }

  get connecting(): boolean {
    return this.#state === "connecting";
  }

  /** Opens a stream; the caller calls {@link release} when it is closed. */
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#session.request(headers, { endStream: false });
    this.#opened++;
    this.#openCalls++;
    if (this.#openCalls === 1) {
      this.#session.ref();
    }
    this.#keepalive?.wake();
    if (this.#opened === maxStreams) {
      this.#drain();
    }
    return stream;
  }

  /** A stream was closed. */
  release(): void {
    this.#openCalls--;
    if (this.#openCalls === 0) {
      this.#session.unref();
    }
    if (this.#state === "ready") {
      this.#owner.onCapacity(this);
    } else if (this.#openCalls === 0) {
      // Not earlier: a server that hears goodbye refuses what it has not looked at yet.
      this.#session.close();
    }
  }

  /** Keeps the process alive, or not, while this connects. */
  keepAlive(wanted: boolean): void {
    if (wanted) {
      this.#socket.ref();
    } else if (this.#openCalls === 0) {
      this.#socket.unref();
    }
  }

  /** Whether the server's GOAWAY said that it will not look at a stream. */
  excludes(streamId: number | undefined): boolean {
    return (
      streamId === undefined || (this.#lastProcessedId !== undefined && streamId > this.#lastProcessedId)
    );
  }

  /** Why calls on this connection ended, or `undefined` while it stands. */
  get loss(): ConnectError | undefined {
    // Node 22 closes the streams of a lost socket before it ends their session.
    if (!this.#session.destroyed && !this.#socket.destroyed && this.#state !== "ended") {
      return undefined;
    }
    if (this.#error instanceof ConnectError) {
      return this.#error;
    }
    const { host } = this.#settings.url;
    const text = isError(this.#error) ? `: ${this.#error.message}` : "";
    const what = this.#maxCalls === 0 ? `cannot connect to ${host}` : `the connection to ${host} was lost`;
    return new ConnectError(what + text, Code.Unavailable, undefined, undefined, this.#error);
  }

  /** Ends the connection and all its calls now. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#session.destroy(error);
    // A peer that reads no more would keep the session waiting for its last bytes to leave.
    this.#socket.destroy();
  }

  #listen(): void {
    const session = this.#session;
    this.#socket.once("secureConnect", () => {
      if (!("alpnProtocol" in this.#socket) || this.#socket.alpnProtocol !== "h2") {
        this.destroy(new Error("the server does not offer HTTP/2"));
      }
    });
    const onError = (error: Error): void => {
      this.#error ??= error;
      this.#socket.destroy();
    };
    session.on("error", onError);
    // A TLS alert after the handshake leaves the socket open, and the session waiting for it.
    this.#socket.on("error", onError);
    session.on("goaway", (code, lastId) => this.#onGoaway(code, lastId));
    session.on("remoteSettings", (settings) => {
      this.#maxCalls = settings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
      if (this.#state === "connecting") {
        this.#onReady();
      }
      if (this.#state === "ready") {
        this.#owner.onCapacity(this);
      }
    });
    session.once("close", () => {
      this.#state = "ended";
      clearTimeout(this.#connectTimer);
      this.#keepalive?.stop();
      this.#socket.destroy();
      this.#owner.onEnded(this);
    });
  }

  #onReady(): void {
    this.#state = "ready";
    clearTimeout(this.#connectTimer);
    this.#session.setLocalWindowSize(connectionWindowBytes);
    if (this.#settings.keepalive !== undefined) {
      this.#keepalive = startKeepalive(
        this.#session,
        this.#settings.keepalive,
        () => this.#openCalls > 0,
        () => this.destroy(new Error("the server did not answer a ping in time")),
      );
    }
  }

  #onGoaway(code: number, lastId: number): void {
    this.#lastProcessedId = lastId;
    if (code !== h2.noError) {
      this.#error ??= new Error(`the server went away with HTTP/2 code ${code}`);
    }
    this.#drain();
  }

  #drain(): void {
    if (this.#state === "ready" || this.#state === "connecting") {
      this.#state = "draining";
      this.#owner.onDraining(this);
    }
  }
}

function openSocket(settings: ClientSettings, tunnel: Socket | undefined): Socket {
  const { url } = settings;
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.protocol === "http:") {
    if (tunnel !== undefined) {
      return tunnel;
    }
    return net().connect({ host, port: Number(url.port || 80) });
  }
  const { ca, cert, key, servername, rejectUnauthorized = true } = settings.tls;
  const name = servername ?? (net().isIP(host) === 0 ? host : undefined);
  return tls().connect({
    ...(tunnel === undefined ? { host, port: Number(url.port || 443) } : { socket: tunnel }),
    ALPNProtocols: ["h2"],
    rejectUnauthorized,
    ...(name === undefined ? {} : { servername: name }),
    ...(ca === undefined ? {} : { ca: toNodePem(ca) }),
    ...(cert === undefined ? {} : { cert: toNodePem(cert) }),
    ...(key === undefined ? {} : { key: toNodePem(key) }),
  });
}
