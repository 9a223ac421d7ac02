// The connection of a client: made, used by every call, and ended.

import { linkSignals, raceSignal, systemClock } from "@x/core";
import { InvalidEvent, InvalidToken, NotConnected, type OpenAgentsError, TokenRequired } from "../errors.ts";
import type { EventResponse, Transport } from "../types.ts";
import type { Link } from "./connectors/connector.ts";
import { type Emitter, safely } from "./emitter.ts";
import type { DeadlockInfo } from "./events/correlation.ts";
import type { Inbox } from "./events/inbox.ts";
import { errorOf } from "./failure.ts";
import type { AgentClientOptions, ConnectOptions } from "./options.ts";
import { type Session, startSession } from "./session.ts";
import { openLink } from "./target.ts";

/** What is told besides events. */
export interface ClientEvents {
  connected: [connector: Connector];
  /** Ended by `disconnect()`, or by itself with the reason. */
  disconnected: [reason: OpenAgentsError | undefined];
  reconnecting: [attempt: { readonly error: OpenAgentsError; readonly delayMs: number }];
  reconnected: [];
  /** What no call has an answer for. */
  error: [error: OpenAgentsError];
  /** The server had to drop events, because this client did not fetch them. */
  overflow: [info: { readonly dropped: number }];
  deadlock: [info: DeadlockInfo];
}

/** The connection, as far as callers see it. */
export interface Connector {
  readonly isConnected: boolean;
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly agentId: string;
}

export interface ConnectionParts {
  readonly agentId: string;
  readonly options: AgentClientOptions;
  readonly emitter: Emitter<ClientEvents>;
  readonly inbox: Inbox;
  /** Ends all who wait for something to come. */
  readonly endWaits: () => void;
}

export interface Connection {
  /** The newest one, also when it is over; null before the first. */
  readonly connector: Connector | null;
  /** Whether there is one, if only an interrupted one. */
  readonly isOpen: boolean;
  readonly lastError: OpenAgentsError | null;
  onError: ((error: OpenAgentsError) => void) | undefined;
  connect(options: ConnectOptions): Promise<boolean>;
  disconnect(): Promise<void>;
  /** Runs something over it. @throws NotConnected, and what it throws */
  over<Answer>(operation: string, run: (link: Link) => Promise<Answer>): Promise<Answer>;
  /** The same for what answers whether it worked. @throws InvalidEvent */
  respond(
    operation: string,
    eventName: string,
    run: (link: Link) => Promise<EventResponse>,
  ): Promise<EventResponse>;
  /** Sees it in `lastError`. */
  failed(error: OpenAgentsError): void;
  /** Tells of what no call has an answer for. */
  told(error: OpenAgentsError): void;
}

export function createConnection(parts: ConnectionParts): Connection {
  const { agentId, options, emitter, inbox, endWaits } = parts;
  const { clock = systemClock, journal } = options;
  /** The newest one, also when it is over. */
  let session: Session | undefined;
  let connector: Connector | null = null;
  let isOver = false;
  let lastError: OpenAgentsError | null = null;
  let requestTimeoutMs = 30_000;
  let queueWhileOffline = false;
  /** Connecting and disconnecting go one after the other. */
  let changing: Promise<unknown> = Promise.resolve();
  /** What has ended by itself is let go of. */
  let ending: Promise<void> = Promise.resolve();

  const failed = (error: OpenAgentsError): void => {
    lastError = error;
  };
  const told = (error: OpenAgentsError): void => {
    failed(error);
    safely("onError", () => connection.onError?.(error));
    emitter.emit("error", error);
  };

  /** The link, once it can be used. */
  const online = async (operation: string): Promise<Link> => {
    const missing = (): NotConnected =>
      new NotConnected(`Agent is not connected to ${session?.link.label ?? "a network"}`, { operation });
    if (session === undefined || isOver) {
      throw missing();
    }
    if (!session.isConnected && queueWhileOffline) {
      const waiting = new AbortController();
      const timer = clock.setTimer(requestTimeoutMs, () => waiting.abort(missing()));
      await session.online(waiting.signal).finally(() => timer.cancel());
    }
    if (!session.isConnected) {
      throw missing();
    }
    return session.link;
  };

  const over: Connection["over"] = async (operation, run) => {
    try {
      return await run(await online(operation));
    } catch (error) {
      const known = errorOf(error, operation);
      failed(known);
      throw known;
    }
  };

  const stop = async (): Promise<void> => {
    await ending;
    if (session === undefined || isOver) {
      return;
    }
    isOver = true;
    endWaits();
    await session.stop();
    inbox.clear();
    // Nobody can do anything about a server that will not hear it.
    await session.link.leave().catch(() => undefined);
    await session.link.close();
    await journal?.close();
    emitter.emit("disconnected", undefined);
  };

  /** It ended by itself: handlers still get what has come. */
  const ended = async (link: Link, error: OpenAgentsError): Promise<void> => {
    isOver = true;
    endWaits();
    try {
      await link.close();
      await journal?.close();
    } catch (thrown) {
      told(errorOf(thrown, "disconnect"));
    }
    told(error);
    emitter.emit("disconnected", error);
  };

  const connectNow = async (connect: ConnectOptions): Promise<void> => {
    const { metadata = {}, pollIntervalMs = 1_000, reconnect = true, signal } = connect;
    requestTimeoutMs = connect.requestTimeoutMs ?? 30_000;
    queueWhileOffline = connect.queueWhileOffline ?? false;
    using linked = linkSignals(signal);
    const link = await openLink(
      connect,
      {
        agentId,
        metadata,
        clock,
        fetch: options.fetch,
        pollIntervalMs,
        requestTimeoutMs,
        onWarning: (message) => safely("onWarning", () => options.onWarning?.(message)),
      },
      linked.signal,
    );
    try {
      await raceSignal(link.enter(), linked.signal);
    } catch (error) {
      await link.close();
      const hadCredential = [connect.token, connect.password, connect.passwordHash].some(Boolean);
      throw error instanceof TokenRequired && hadCredential
        ? new InvalidToken(error.message, { operation: "connectToServer", cause: error })
        : error;
    }
    try {
      inbox.restore((await journal?.open()) ?? []);
    } catch (error) {
      // It is in, and cannot stay.
      await link.leave().catch(() => undefined);
      await link.close();
      throw error;
    }
    isOver = false;
    session = startSession({
      link,
      inbox,
      clock,
      reconnect,
      onReconnecting: (error, delayMs) => {
        failed(error);
        emitter.emit("reconnecting", { error, delayMs });
      },
      onReconnected: () => emitter.emit("reconnected"),
      onOver: (error) => {
        ending = ended(link, error);
      },
      onOverflow: (dropped) => emitter.emit("overflow", { dropped }),
    });
    lastError = null;
    connector = connectorOf(session, agentId);
    emitter.emit("connected", connector);
  };

  const inTurn = <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
    const next = changing.then(run, run);
    changing = next.catch(() => undefined);
    return next;
  };

  const connection: Connection = {
    onError: options.onError,
    get connector() {
      return connector;
    },
    get isOpen() {
      return session !== undefined && !isOver;
    },
    get lastError() {
      return lastError;
    },
    connect: (connect) =>
      inTurn(async () => {
        await stop();
        try {
          await connectNow(connect);
        } catch (error) {
          connect.signal?.throwIfAborted();
          const known = errorOf(error, "connectToServer");
          failed(known);
          if (connect.throwOnError) {
            throw known;
          }
          return false;
        }
        return true;
      }),
    disconnect: () => inTurn(stop),
    over,
    async respond(operation, eventName, run) {
      try {
        return await over(operation, run);
      } catch (error) {
        if (error instanceof InvalidEvent) {
          throw error;
        }
        const { message, reason } = errorOf(error, operation);
        return { success: false, message: reason ?? message, data: null, eventName, eventId: "" };
      }
    },
    failed,
    told,
  };
  return connection;
}

/** A connection as callers see it, also when it is over. */
function connectorOf(session: Session, agentId: string): Connector {
  const { transport, host, port, url } = session.link;
  return {
    get isConnected() {
      return session.isConnected;
    },
    transport,
    host,
    port,
    url,
    agentId,
  };
}
