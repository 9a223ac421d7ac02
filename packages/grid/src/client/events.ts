// What happens to the caller's tasks and rooms: an event stream that reconnects by itself, and tells first what was unread.

import {
  createSilenceWatch,
  createSubscription,
  type FailedCall,
  keepNewest,
  must,
  type OptionRules,
  readSse,
  type ServerSentEvent,
  type ServiceError,
  type StreamConnection,
  type Subscription,
  type SubscriptionState,
} from "@x/core";
import { GridA2AError, GridError, GridNetworkError, GridServerError } from "../errors.ts";
import { Carrier, carrierOf, endOf, gridErrorOf, parsed } from "../failure.ts";
import type { GridEvent } from "../types.ts";
import { isBody } from "../wire/forms.ts";
import { type CallOptions, callOptionRules, checkCall, serviceName } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { roomNotificationOf } from "./decode/decode-room.ts";
import { taskNotificationOf } from "./decode/decode-task.ts";
import { type Read, readerOf } from "./decode/reading.ts";
import type { Rooms } from "./rooms.ts";
import type { Tasks } from "./tasks.ts";

/** Where the stream stands. */
export interface EventsState {
  readonly state: "connecting" | "open" | "retrying" | "closed";
  /** Connections so far, this one included. */
  readonly attempt: number;
  /** The pause before the next connection, in milliseconds, while it is `retrying`. */
  readonly delayMs?: number | undefined;
  /** Why it is retried or closed. */
  readonly error?: GridError | undefined;
}

export interface EventsOptions extends Pick<CallOptions, "signal"> {
  /** Told of each change of the connection. */
  readonly onState?: ((state: EventsState) => void) | undefined;
  /**
   * Whether every (re)connect first brings a notification for each task and room with unread messages.
   * @default true
   */
  readonly catchUp?: boolean | undefined;
}

const rules: OptionRules<EventsOptions> = {
  signal: callOptionRules.signal,
  onState: must.beFunction,
  catchUp: must.beBoolean,
};

/** Events, at least once each. Leaving the loop ends the connection. */
export interface EventIterator extends AsyncIterableIterator<GridEvent, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<GridEvent, undefined>>;
  throw(error?: unknown): Promise<IteratorResult<GridEvent, undefined>>;
}

const method = "events";

/** A stream that brings no byte for so long is dead, in milliseconds: the server sends a comment every 30 s. */
const longestSilenceMs = 75_000;

/** Notifications of which a repeat is still noticed. */
const dedupeWindow = 10_000;

/** The lists from which a (re)connect is caught up. */
interface Lists {
  readonly tasks: Tasks;
  readonly rooms: Rooms;
}

export function readEvents(connection: Connection, lists: Lists, options: EventsOptions): EventIterator {
  checkCall(method, options, rules);
  const { signal, onState, catchUp = true } = options;
  const { clock } = connection;
  const isRepeated = createRepeatFilter();
  let attempt = 0;

  const tell = (change: SubscriptionState): void => {
    attempt = "connection" in change ? change.connection : attempt;
    onState?.({
      state: change.state === "ended" ? "closed" : change.state,
      attempt,
      ...("delayMs" in change ? { delayMs: change.delayMs } : {}),
      ...("error" in change && change.error !== undefined
        ? { error: gridErrorOf(change.error, { method }) }
        : {}),
    });
  };

  const start = (): Subscription<GridEvent, undefined> =>
    createSubscription<GridEvent, GridEvent | undefined, undefined>(
      {
        service: serviceName,
        operation: method,
        // What was missed is caught up from the lists, which is what resuming means here.
        resumable: true,
        open: (stream) => connect(connection, catchUp ? lists : undefined, stream),
        receive(event, sink) {
          if (event === undefined) {
            sink.ready();
          } else if (!isRepeated(event)) {
            sink.push(event);
          }
        },
        toError: (thrown, call) => toCarrier(thrown, call),
        shouldReconnect: (error) => error.retryable || isCurable(error),
      },
      {
        signal,
        clock,
        initialRetries: Infinity,
        backoff: { baseMs: 1_000, capMs: 30_000 },
        stableAfterMs: 60_000,
        onState: tell,
      },
    );

  let subscription: Subscription<GridEvent, undefined> | undefined;
  let isOver = false;
  const over: IteratorResult<GridEvent, undefined> = { value: undefined, done: true };
  const close = async (): Promise<IteratorResult<GridEvent, undefined>> => {
    isOver = true;
    await subscription?.close();
    return over;
  };

  return {
    async next(): Promise<IteratorResult<GridEvent, undefined>> {
      if (isOver) {
        return over;
      }
      // With the first question and not before: what nobody reads costs no connection.
      subscription ??= start();
      try {
        return await subscription[Symbol.asyncIterator]().next();
      } catch (error) {
        throw endOf(error, { method, signal });
      }
    },
    return: close,
    async throw(error?: unknown): Promise<IteratorResult<GridEvent, undefined>> {
      await close();
      throw error;
    },
    [Symbol.asyncIterator](): EventIterator {
      return this;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await close();
    },
  };
}

/** One connection: open, catch up, then what happens. The first message, `undefined`, says that it is in force. */
async function* connect(
  connection: Connection,
  lists: Lists | undefined,
  { signal }: StreamConnection<undefined>,
): AsyncGenerator<GridEvent | undefined> {
  const silence = createSilenceWatch({
    clock: connection.clock,
    signal,
    longestMs: longestSilenceMs,
    silent: (ms) =>
      new GridNetworkError(`events: nothing came for ${ms / 1_000} s.`, { method, phase: "receive" }),
  });
  try {
    const stream = await silence.wait(connection.openEvents(silence.signal));
    yield undefined;
    if (lists !== undefined) {
      yield* unread(connection, lists, silence.signal);
    }
    const read = readerOf(connection.profile, method);
    for await (const event of readSse(silence.watch(stream.chunks()))) {
      const told = decoded(connection, read, event);
      if (told !== undefined) {
        yield told;
      }
    }
  } finally {
    silence[Symbol.dispose]();
  }
}

/** A notification for everything that is unread now. */
async function* unread(
  { onWarning, identity }: Connection,
  { tasks, rooms }: Lists,
  signal: AbortSignal,
): AsyncGenerator<GridEvent> {
  const { nodeId } = (await identity()).info;
  const none = { messageId: null, senderSessionKey: null, receiverSessionKey: null, catchUp: true } as const;
  try {
    for await (const task of tasks.eachTask({ unreadOnly: true, signal }, method)) {
      if (task.unreadCount > 0) {
        const { state, contextId, unreadCount, senderNodeId, receiverNodeId } = task;
        const data = {
          ...none,
          taskId: task.id,
          fromNodeId: senderNodeId === nodeId ? receiverNodeId : senderNodeId,
          notifyType: "message",
          state,
          contextId,
          unreadCount,
          timestamp: task.updatedAt,
        };
        yield { event: "task_notify", data };
      }
    }
    for await (const room of rooms.eachRoom({ signal }, method)) {
      if (room.unreadCount > 0) {
        const { id, unreadCount, lastActivityAt } = room;
        const data = {
          roomId: id,
          fromNodeId: null,
          notifyType: "message",
          messageId: null,
          unreadCount,
          timestamp: lastActivityAt,
          catchUp: true,
        };
        yield { event: "room_notify", data };
      }
    }
  } catch (error) {
    if (!(error instanceof GridA2AError && error.reason === "method_not_found")) {
      throw error;
    }
    onWarning(`${method}: the server has no list to catch up from; what was unread before stays unnoticed.`);
  }
}

/** An event of the stream as callers see it; `undefined` for what is of the connection alone. */
function decoded(
  { profile }: Connection,
  read: Read,
  { type, data }: ServerSentEvent,
): GridEvent | undefined {
  const value = parsed(data);
  switch (type) {
    case profile.events.connected:
      return undefined;
    case profile.events.reconnect: {
      const from = read(value ?? {});
      throw wantsReconnect(from.text("reason") ?? "unknown", from.number("retryAfterMs") ?? 0);
    }
    case profile.events.taskNotify:
      return isAbout(read, value, "taskId")
        ? { event: "task_notify", data: taskNotificationOf(read, value) }
        : { event: "other", name: type, data: value ?? data };
    case profile.events.roomNotify:
      return isAbout(read, value, "roomId")
        ? { event: "room_notify", data: roomNotificationOf(read, value) }
        : { event: "other", name: type, data: value ?? data };
    default:
      return { event: "other", name: type, data: value ?? data };
  }
}

const isAbout = (read: Read, value: unknown, name: "taskId" | "roomId"): boolean =>
  isBody(value) && read(value).text(name) !== null;

/** The server asks to come back, at any time from now to then, so that not all come at once. */
function wantsReconnect(reason: string, retryAfterMs: number): Carrier {
  const error = new GridServerError(`${method}: the server asked to connect anew (${reason}).`, {
    method,
    code: "reconnect",
    status: undefined,
    retryable: true,
    retryAfterMs: Math.random() * Math.min(Math.max(retryAfterMs, 0), 60_000),
  });
  return new Carrier(error, { service: serviceName, operation: method });
}

/** Whatever ended a connection. What is none of ours is the stream's own: too long an event, a broken socket. */
function toCarrier(thrown: unknown, call: FailedCall): ServiceError {
  return GridError.is(thrown)
    ? new Carrier(thrown, call)
    : carrierOf({ kind: "connection", cause: thrown, phase: "receive" }, call);
}

/** Any 5xx, 429, and a connection that broke; a refusal of another kind ends the stream. */
function isCurable(error: ServiceError): boolean {
  return error instanceof Carrier && (error.status === 429 || (error.status ?? 0) >= 500);
}

/** Whether a notification about a message has been told already. Others have no name by which that could be known. */
function createRepeatFilter(): (event: GridEvent) => boolean {
  const told: Map<string, true> = new Map();
  return (event) => {
    if (event.event === "other" || event.data.messageId === null) {
      return false;
    }
    const about = "taskId" in event.data ? event.data.taskId : event.data.roomId;
    const key = JSON.stringify([about, event.data.notifyType, event.data.messageId]);
    if (told.has(key)) {
      return true;
    }
    keepNewest(told, key, true, dedupeWindow);
    return false;
  };
}
