// What stands behind the methods of the client: its connection, what comes over it, and who gets that.

import { linkSignals, raceSignal, systemClock } from "@x/core";
import {
  Deadlock,
  HandlerFailed,
  InvalidEvent,
  InvalidToken,
  NotConnected,
  type OpenAgentsError,
  TokenRequired,
  Unsupported,
} from "../errors.ts";
import type { EventInput, EventResponse, MessageContent, Transport } from "../types.ts";
import { bodyOf, textOf } from "../wire/body.ts";
import { readDestination } from "../wire/destinations.ts";
import { agentMessage, threadNotifications, threadRequests } from "../wire/names.ts";
import type { Link } from "./connectors/connector.ts";
import { createEmitter, type Emitter, safely } from "./emitter.ts";
import type { AgentEvent } from "./events/agent-event.ts";
import { createCorrelator, type DeadlockInfo, requestIdOf } from "./events/correlation.ts";
import { createHistory, type EventHistory } from "./events/history.ts";
import { createInbox, type EventHandler } from "./events/inbox.ts";
import { createStreams, type EventStreams } from "./events/streams.ts";
import { createLeavings, viewsOf } from "./events/views.ts";
import { createWaiters } from "./events/waiters.ts";
import { errorOf } from "./failure.ts";
import { type AgentClientOptions, type ConnectOptions, type TimeoutOptions, timeoutOf } from "./options.ts";
import { outboundOf } from "./outbound.ts";
import { type Session, startSession } from "./session.ts";
import { openLink } from "./target.ts";
import { channelOf, messageIdOf } from "./workspace/message-ids.ts";
import type { Messaging } from "./workspace/messaging.ts";
import type { WorkspacePort } from "./workspace/port.ts";

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

/** Ends a registration: call it, or dispose of it. */
export interface HandlerRegistration extends Disposable {
  (): void;
}

export interface Hub extends WorkspacePort {
  readonly emitter: Emitter<ClientEvents>;
  readonly history: EventHistory;
  readonly streams: EventStreams;
  readonly connector: Connector | null;
  readonly lastError: OpenAgentsError | null;
  /** Whether there was ever a connection. */
  readonly wasConnected: boolean;
  onError: ((error: OpenAgentsError) => void) | undefined;
  connect(options: ConnectOptions): Promise<boolean>;
  disconnect(): Promise<void>;
  sendEvent(input: EventInput): Promise<EventResponse | null>;
  /** Runs something over the connection. @throws NotConnected, and what it throws */
  over<Answer>(operation: string, run: (link: Link) => Promise<Answer>): Promise<Answer>;
  register(handler: EventHandler, patterns: readonly string[] | undefined): HandlerRegistration;
  unregister(handler: (event: never) => unknown): boolean;
}

export function createHub(agentId: string, options: AgentClientOptions): Hub {
  const { clock = systemClock, journal, deadlockAfterMs = 3_000 } = options;
  const emitter = createEmitter<ClientEvents>();
  const waiters = createWaiters(clock);
  const streams = createStreams();
  const history = createHistory();
  const isFirstOfLeaving = createLeavings();
  /** The newest connection, also when it is over. */
  let session: Session | undefined;
  let connector: Connector | null = null;
  let isOver = false;
  let lastError: OpenAgentsError | null = null;
  let changing: Promise<unknown> = Promise.resolve();
  let requestTimeoutMs = 30_000;
  let queueWhileOffline = false;

  const failed = (error: OpenAgentsError): void => {
    lastError = error;
  };
  /** What no call has an answer for. */
  const told = (error: OpenAgentsError): void => {
    failed(error);
    safely("onError", () => hub.onError?.(error));
    emitter.emit("error", error);
  };

  const correlator = createCorrelator({
    clock,
    deadlockAfterMs,
    serverChoosesIds: () => session?.link.transport === "workspace",
    onDeadlock(info) {
      failed(
        new Deadlock(`sendAndWait: ${info.agentId} waits for this agent, which waits for it.`, {
          operation: "sendAndWait",
          details: { ...info },
        }),
      );
      safely("onDeadlock", () => options.onDeadlock?.(info));
      emitter.emit("deadlock", info);
    },
    tell(other, eventName, payload) {
      hub.sendEvent({ eventName, destinationId: `agent:${other}`, payload }).catch((error: unknown) => {
        failed(errorOf(error, "sendAndWait"));
      });
    },
  });

  const inbox = createInbox({
    waiters,
    streams,
    correlator,
    history,
    journal,
    makeViews: (wire) =>
      viewsOf(wire, { self: agentId, transport: session?.link.transport ?? "http", isFirstOfLeaving }),
    sendReply: (event, content) => sendReply(event, content),
    onHandlerError(error, { eventName, eventId }) {
      const what = `a handler of ${eventName} (${eventId}) threw`;
      told(new HandlerFailed(what, { operation: "registerEventHandler", cause: error }));
    },
  });

  const notConnected = (link: Link | undefined, operation: string): NotConnected =>
    new NotConnected(`Agent is not connected to ${link?.label ?? "a network"}`, { operation });

  /** The link, once it can be used. */
  const online = async (operation: string): Promise<Link> => {
    if (session === undefined || isOver) {
      throw notConnected(session?.link, operation);
    }
    if (!session.isConnected) {
      if (!queueWhileOffline) {
        throw notConnected(session.link, operation);
      }
      using waiting = linkSignals();
      const timer = clock.setTimer(requestTimeoutMs, () =>
        waiting.abort(notConnected(session?.link, operation)),
      );
      await session.online(waiting.signal).finally(() => timer.cancel());
    }
    return session.link;
  };

  const over: Hub["over"] = async (operation, run) => {
    try {
      return await run(await online(operation));
    } catch (error) {
      const known = errorOf(error, operation);
      failed(known);
      throw known;
    }
  };

  const respond = async (
    operation: string,
    eventName: string,
    run: (link: Link) => Promise<EventResponse>,
  ): Promise<EventResponse> => {
    try {
      return await over(operation, run);
    } catch (error) {
      if (error instanceof InvalidEvent) {
        throw error;
      }
      const { message, reason } = errorOf(error, operation);
      return { success: false, message: reason ?? message, data: null, eventName, eventId: "" };
    }
  };

  const sendReply = async (event: AgentEvent, content: MessageContent): Promise<EventResponse> => {
    const { sourceId, wireEventName } = event;
    if (sourceId === "" || sourceId === "system" || sourceId.startsWith("mod:")) {
      throw new Unsupported(`reply: ${event.eventName} is of no agent.`, { operation: "reply" });
    }
    const channel = channelOf(event);
    const isPost = wireEventName === threadNotifications.post || wireEventName === threadNotifications.reply;
    if (isPost && channel !== undefined) {
      return await respond("reply", threadRequests.reply, ({ messaging }) =>
        messaging.post(channel, content, { replyTo: messageIdOf(event) }),
      );
    }
    const responseTo = requestIdOf(event);
    correlator.sent(sourceId, responseTo);
    return await respond("reply", threadRequests.direct, ({ messaging }) =>
      messaging.direct(sourceId, content, { responseTo }),
    );
  };

  const stop = async (): Promise<void> => {
    const ending = session;
    if (ending === undefined || isOver) {
      return;
    }
    isOver = true;
    waiters.end();
    correlator.end();
    await ending.stop();
    inbox.clear();
    streams.end();
    // Nobody can do anything about a server that will not hear it.
    await ending.link.leave().catch(() => undefined);
    await ending.link.close();
    await journal?.close();
    emitter.emit("disconnected", undefined);
  };

  const ended = async (error: OpenAgentsError): Promise<void> => {
    isOver = true;
    waiters.end();
    correlator.end();
    streams.end();
    await session?.link.close();
    await journal?.close();
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
    inbox.restore((await journal?.open()) ?? []);
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
        void ended(error);
      },
      onOverflow: (dropped) => emitter.emit("overflow", { dropped }),
    });
    lastError = null;
    connector = connectorOf(session, agentId);
    emitter.emit("connected", connector);
  };

  /** Connecting and disconnecting, one after the other. */
  const inTurn = <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
    const next = changing.then(run, run);
    changing = next.catch(() => undefined);
    return next;
  };

  const hub: Hub = {
    agentId,
    clock,
    correlator,
    emitter,
    history,
    streams,
    onError: options.onError,
    get lastError() {
      return lastError;
    },
    get wasConnected() {
      return session !== undefined;
    },
    get connector() {
      return connector;
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

    async sendEvent(input) {
      const event = outboundOf(input, agentId);
      if (session === undefined) {
        return null;
      }
      const destination = readDestination(event.destinationId);
      const isAnswer = event.eventName === agentMessage || event.eventName === threadRequests.direct;
      if (destination.kind === "agent" && isAnswer) {
        const { response_to: responseTo } = bodyOf(event.payload);
        correlator.sent(destination.id, textOf(responseTo) ?? event.responseTo);
      }
      return await respond("sendEvent", event.eventName, (link) => link.send(event));
    },

    over,
    perform: (operation, run) => over(operation, ({ messaging }) => run(messaging)),
    respond: (operation, eventName, run) =>
      respond(operation, eventName, ({ messaging }: { readonly messaging: Messaging }) => run(messaging)),
    async list(operation, run) {
      try {
        return await over(operation, ({ messaging }) => run(messaging));
      } catch {
        return [];
      }
    },
    async listAgents() {
      try {
        return await over("listAgents", (link) => link.listAgents());
      } catch {
        return [];
      }
    },

    async wait(condition, wait: TimeoutOptions) {
      if (session === undefined || isOver) {
        return null;
      }
      return await waiters.wait({
        condition,
        timeoutMs: timeoutOf(wait),
        signal: wait.signal,
        waiting: inbox.waiting(),
      });
    },
    failed,
    on: (handler, patterns) => hub.register(handler, patterns),

    register(handler, patterns) {
      const remove = inbox.addHandler(handler, patterns);
      return Object.assign(() => remove(), { [Symbol.dispose]: () => remove() });
    },
    unregister: (handler) => inbox.removeHandler(handler),
  };
  return hub;
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
