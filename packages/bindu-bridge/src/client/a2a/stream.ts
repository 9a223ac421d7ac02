// The events of a task over as many connections as it takes: by a send or a subscription first, then behind the last number
// where events have one, else from the task as it is.

import {
  bodyFailureOf,
  createSubscription,
  httpError,
  type StreamConnection,
  type Subscription,
  type SubscriptionOptions,
  UnavailableError,
} from "@x/core";
import type { A2ACall } from "../../wire/a2a/calls.ts";
import { isAtRest, isTerminal } from "../../wire/a2a/objects.ts";
import type { Connection, StreamRules } from "./connection.ts";
import { A2AError, serviceName } from "./errors.ts";
import { mayRepeat } from "./repeats.ts";
import { type A2AEvent, askTask, eventOf } from "./results.ts";

/** What a reader of a stream may choose. */
export type A2AStreamOptions = Pick<
  SubscriptionOptions<A2AEvent, number>,
  "cursor" | "signal" | "onItem" | "onEnd" | "onState" | "bufferSize" | "maxReconnects" | "backoff"
>;

/** Where a stream begins. */
export interface StreamStart {
  readonly operation: string;
  /** The send that begins it, if one does. */
  readonly send?: Extract<A2ACall, { readonly method: "SendStreamingMessage" }> | undefined;
  /** Whether the send may be repeated. */
  readonly repeat?: boolean | undefined;
  readonly taskId?: string | undefined;
  readonly headers?: StreamRules["headers"];
  readonly idempotencyKey?: string | undefined;
}

/** Ends with the turn: at a terminal state, or where the agent waits for its caller. */
export function openStream(
  connection: Connection,
  start: StreamStart,
  options: A2AStreamOptions = {},
): Subscription<A2AEvent, number> {
  const { operation, send } = start;
  let taskId = start.taskId;
  let isSent = send === undefined;
  /** Whether the send may go out again: until it went out, and then where that is safe. */
  let isRepeatable = true;
  let isFirst = true;
  /** The task as polls last showed it. */
  let shown = "";

  /** The task where no stream tells it, if it is another than the last one. */
  const poll = async function* (
    { signal, ready }: StreamConnection<number>,
    id: string,
  ): AsyncGenerator<A2AEvent, boolean> {
    const { raw, ...task } = await askTask(connection, operation, id, { signal, headers: start.headers });
    ready();
    const now = JSON.stringify(task);
    if (now !== shown) {
      shown = now;
      yield { task, raw };
    }
    return isAtRest(task.status.state);
  };

  const nextCall = (): A2ACall | undefined => {
    if (send !== undefined && (!isSent || taskId === undefined)) {
      return send;
    }
    return taskId === undefined ? undefined : { method: "SubscribeToTask", params: { id: taskId } };
  };

  const connect = async function* (own: StreamConnection<number>): AsyncGenerator<A2AEvent, void> {
    const { cursor, signal, ready } = own;
    const { card, target } = await connection.peer({ signal });
    const call = nextCall();
    if (call === undefined) {
      throw lost(operation);
    }
    const isSubscription = call !== send;
    isSent = true;
    isRepeatable = send !== undefined && mayRepeat(card, send.params, start);
    const resumed = isSubscription && cursor !== undefined;
    const wasFirst = isFirst;
    isFirst = false;
    let isFirstEvent = true;
    let last = cursor;
    try {
      const heard = connection.events(call, {
        operation,
        signal,
        idempotencyKey: isSubscription ? undefined : start.idempotencyKey,
        headers: { ...start.headers, ...(resumed ? { "last-event-id": String(cursor) } : {}) },
      });
      for await (const one of heard) {
        ready();
        const event = eventOf(one);
        if (event === undefined) {
          continue;
        }
        taskId = idOf(event) ?? taskId;
        const { n } = event;
        // The task as it was at the number: known, save to who begins with one. An older one means that the server counts anew.
        const isRestart = isFirstEvent && event.task !== undefined && n !== undefined && n < (last ?? 0);
        const isKnown = resumed && !isRestart && n !== undefined && last !== undefined && n <= last;
        const isOpening = isFirstEvent && wasFirst;
        isFirstEvent = false;
        if (!isKnown || isOpening) {
          last = n ?? last;
          yield event;
        }
        if (target.dialect !== "bindu" && isLast(event, isSubscription && resumed)) {
          return;
        }
      }
    } catch (error) {
      const isOver = error instanceof A2AError && error.code === "unsupported_operation";
      if (!isOver || taskId === undefined || !isSubscription) {
        throw error;
      }
    }
    // The stream is over and the turn perhaps not; the dialect never tells what the agent said.
    if (taskId !== undefined && !(yield* poll(own, taskId))) {
      throw lost(operation);
    }
  };

  return createSubscription<A2AEvent, A2AEvent, number>(
    {
      service: serviceName,
      operation,
      resumable: true,
      onServerEnd: "end",
      open: connect,
      receive: (event, sink) => sink.push(event, event.n),
      isDuplicate: () => false,
      toError: (cause, call) => httpError(bodyFailureOf(cause), call),
      shouldReconnect: (error) => error.retryable && (taskId !== undefined || isRepeatable),
    },
    { ...options, backoff: options.backoff ?? { baseMs: 100, capMs: 3_000 } },
  );
}

/** A stream that ended before its turn. */
function lost(operation: string): UnavailableError {
  return new UnavailableError(`${operation}: the stream ended before the turn of the task.`, {
    service: serviceName,
    operation,
    code: "stream_ended",
  });
}

function idOf({ task, statusUpdate, artifactUpdate }: A2AEvent): string | undefined {
  return task?.id || statusUpdate?.taskId || artifactUpdate?.taskId || undefined;
}

/** Whether nothing follows. A task that waits may be what a subscription begins with, and a resumed one goes past its waits. */
function isLast({ task, message, statusUpdate }: A2AEvent, isResumed: boolean): boolean {
  if (statusUpdate !== undefined) {
    const { state } = statusUpdate.status;
    return isResumed ? isTerminal(state) : isAtRest(state);
  }
  return message !== undefined || (task !== undefined && isTerminal(task.status.state));
}
