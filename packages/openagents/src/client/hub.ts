// What stands behind the methods of the client: what is sent over its connection, and who gets what comes.

import { systemClock } from "@x/core";
import { Deadlock, HandlerFailed, Unsupported } from "../errors.ts";
import type { EventInput, EventResponse, MessageContent } from "../types.ts";
import { bodyOf, textOf } from "../wire/body.ts";
import { readDestination } from "../wire/destinations.ts";
import { agentMessage, threadNotifications, threadRequests } from "../wire/names.ts";
import { type ClientEvents, type Connection, createConnection } from "./connection.ts";
import { createEmitter, type Emitter, safely } from "./emitter.ts";
import type { AgentEvent } from "./events/agent-event.ts";
import { createCorrelator } from "./events/correlation.ts";
import { createHistory, type EventHistory } from "./events/history.ts";
import { createInbox, type EventHandler } from "./events/inbox.ts";
import { requestIdOf } from "./events/requests.ts";
import { createStreams, type EventStreams } from "./events/streams.ts";
import { createLeavings, viewsOf } from "./events/views.ts";
import { createWaiters } from "./events/waiters.ts";
import { errorOf } from "./failure.ts";
import { type AgentClientOptions, timeoutOf } from "./options.ts";
import { outboundOf } from "./outbound.ts";
import { channelOf, messageIdOf } from "./workspace/message-ids.ts";
import type { WorkspacePort } from "./workspace/port.ts";

/** Ends a registration: call it, or dispose of it. */
export interface HandlerRegistration extends Disposable {
  (): void;
}

export interface Hub extends WorkspacePort {
  readonly connection: Connection;
  readonly emitter: Emitter<ClientEvents>;
  readonly history: EventHistory;
  readonly streams: EventStreams;
  sendEvent(input: EventInput): Promise<EventResponse | null>;
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

  const correlator = createCorrelator({
    clock,
    deadlockAfterMs,
    serverChoosesIds: () => connection.connector?.transport === "workspace",
    onDeadlock(info) {
      connection.failed(
        new Deadlock(`sendAndWait: ${info.agentId} waits for this agent, which waits for it.`, {
          operation: "sendAndWait",
          details: { ...info },
        }),
      );
      safely("onDeadlock", () => options.onDeadlock?.(info));
      emitter.emit("deadlock", info);
    },
    tell(other, eventName, payload) {
      sendEvent({ eventName, destinationId: `agent:${other}`, payload }).catch((error: unknown) => {
        connection.failed(errorOf(error, "sendAndWait"));
      });
    },
  });

  const sendReply = async (event: AgentEvent, content: MessageContent): Promise<EventResponse> => {
    const { sourceId, wireEventName } = event;
    if (sourceId === "" || sourceId === "system" || sourceId.startsWith("mod:")) {
      throw new Unsupported(`reply: ${event.eventName} is of no agent.`, { operation: "reply" });
    }
    const channel = channelOf(event);
    const isPost = wireEventName === threadNotifications.post || wireEventName === threadNotifications.reply;
    if (isPost && channel !== undefined) {
      return await connection.respond("reply", threadRequests.reply, ({ messaging }) =>
        messaging.post(channel, content, { replyTo: messageIdOf(event) }),
      );
    }
    const responseTo = requestIdOf(event);
    correlator.sent(sourceId, responseTo);
    return await connection.respond("reply", threadRequests.direct, ({ messaging }) =>
      messaging.direct(sourceId, content, { responseTo }),
    );
  };

  const inbox = createInbox({
    waiters,
    streams,
    correlator,
    history,
    journal,
    makeViews: (wire) =>
      viewsOf(wire, {
        self: agentId,
        transport: connection.connector?.transport ?? "http",
        isFirstOfLeaving,
      }),
    sendReply,
    onHandlerError(error, { eventName, eventId }) {
      const what = `a handler of ${eventName} (${eventId}) threw`;
      connection.told(new HandlerFailed(what, { operation: "registerEventHandler", cause: error }));
    },
  });

  const connection: Connection = createConnection({
    agentId,
    options,
    emitter,
    inbox,
    endWaits() {
      waiters.end();
      correlator.end();
      streams.end();
    },
  });
  const { over, respond } = connection;

  const sendEvent = async (input: EventInput): Promise<EventResponse | null> => {
    const event = outboundOf(input, agentId);
    if (connection.connector === null) {
      return null;
    }
    const destination = readDestination(event.destinationId);
    const isAnswer = event.eventName === agentMessage || event.eventName === threadRequests.direct;
    if (destination.kind === "agent" && isAnswer) {
      const { response_to: responseTo } = bodyOf(event.payload);
      correlator.sent(destination.id, textOf(responseTo) ?? event.responseTo);
    }
    return await respond("sendEvent", event.eventName, (link) => link.send(event));
  };

  const register: Hub["register"] = (handler, patterns) => {
    const remove = inbox.addHandler(handler, patterns);
    return Object.assign(() => remove(), { [Symbol.dispose]: () => remove() });
  };

  return {
    agentId,
    clock,
    connection,
    get connector() {
      return connection.connector;
    },
    correlator,
    emitter,
    history,
    streams,
    sendEvent,
    perform: (operation, run) => over(operation, ({ messaging }) => run(messaging)),
    respond: (operation, eventName, run) => respond(operation, eventName, ({ messaging }) => run(messaging)),
    list: (operation, run) => over(operation, ({ messaging }) => run(messaging)).catch(() => []),
    listAgents: () => over("listAgents", (link) => link.listAgents()).catch(() => []),
    async wait(condition, wait) {
      return connection.isOpen
        ? await waiters.wait({
            condition,
            timeoutMs: timeoutOf(wait),
            signal: wait.signal,
            waiting: inbox.waiting(),
          })
        : null;
    },
    failed: connection.failed,
    on: register,
    register,
    unregister: (handler) => inbox.removeHandler(handler),
  };
}
