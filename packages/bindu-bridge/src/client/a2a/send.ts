// Sends a message and hears its turn out: a server that answers before the end is asked until then.

import { type Deadline, DeadlineExceededError, deadlineIn, linkSignals } from "@x/core";
import { foldEvent } from "../../wire/a2a/fold.ts";
import { extensionUris, headers as names } from "../../wire/a2a/names.ts";
import { isAtRest, type SendMessageRequest } from "../../wire/a2a/objects.ts";
import type { A2ACallOptions, A2AContent, A2ASendOptions } from "./call-options.ts";
import type { Connection, Heard } from "./connection.ts";
import { serviceName } from "./errors.ts";
import { type A2AAnswer, type A2ATask, answerOf, eventOf, taskOf } from "./results.ts";
import { openStream } from "./stream.ts";

/** The request for what a caller gave. */
export function sendRequest(content: A2AContent, options: A2ASendOptions): SendMessageRequest {
  const given = typeof content === "string" ? { parts: [{ text: content }] } : content;
  const message = "parts" in given ? given : { parts: given };
  const { acceptedOutputModes, historyLength, returnImmediately, pushNotification } = options;
  const configuration = {
    acceptedOutputModes,
    historyLength,
    returnImmediately: returnImmediately === true ? true : undefined,
    taskPushNotificationConfig: pushNotification,
  };
  const isEmpty = Object.values(configuration).every((value) => value === undefined);
  return {
    message: {
      ...message,
      messageId: options.messageId ?? message.messageId ?? crypto.randomUUID(),
      role: message.role ?? "ROLE_USER",
      taskId: options.taskId ?? message.taskId,
      contextId: options.contextId ?? message.contextId,
      referenceTaskIds: options.referenceTaskIds ?? message.referenceTaskIds,
    },
    configuration: isEmpty ? undefined : configuration,
    metadata: options.metadata,
  };
}

/** The headers of a send: the caller's, and the extensions that it names. */
export function sendHeaders({ headers, extensions = [] }: A2ASendOptions): Readonly<Record<string, string>> {
  return { ...headers, ...(extensions.length === 0 ? {} : { [names.extensions]: extensions.join(", ") }) };
}

export async function sendMessage(
  connection: Connection,
  operation: string,
  content: A2AContent,
  options: A2ASendOptions,
  timeoutMs: number,
): Promise<A2AAnswer> {
  const { signal, idempotencyKey } = options;
  const wholeMs = options.timeoutMs ?? timeoutMs;
  const deadline = deadlineIn(wholeMs === Infinity ? undefined : wholeMs, connection.clock);
  const { card, target } = await connection.peer({ signal });
  const isRepeatable = card.extensions.some(({ uri }) => uri === extensionUris.idempotentSend);
  const heard = await connection.call(
    { method: "SendMessage", params: sendRequest(content, options) },
    {
      operation,
      signal,
      deadline,
      timeoutMs: Infinity,
      headers: sendHeaders(options),
      idempotent: options.repeat ?? (isRepeatable && target.dialect === "1.0"),
      idempotencyKey,
    },
  );
  const answer = lastAnswer(heard, operation);
  const { task } = answer;
  return task === undefined || options.returnImmediately === true || isAtRest(task.status.state)
    ? answer
    : await settled(connection, operation, { task, raw: answer.raw }, { signal, deadline });
}

/** The answer, or what all events of a stream make, where a server answers with one. */
function lastAnswer(heard: readonly Heard[], operation: string): A2AAnswer {
  if (heard.length <= 1) {
    return answerOf(heard[0], operation);
  }
  const events = heard.flatMap((one) => eventOf({ ...one, n: undefined }) ?? []);
  const task = events.reduce<Parameters<typeof foldEvent>[0]>(foldEvent, undefined);
  const raw = heard.map((one) => one.raw);
  return task === undefined ? answerOf(heard.at(-1), operation) : { task, raw };
}

/** The task when its turn is over. @throws DeadlineExceededError */
async function settled(
  connection: Connection,
  operation: string,
  { task: { id } }: { readonly task: { readonly id: string }; readonly raw: unknown },
  { signal, deadline }: { readonly signal: AbortSignal | undefined; readonly deadline: Deadline },
): Promise<A2AAnswer> {
  const linked = linkSignals(signal);
  const late = new DeadlineExceededError(
    `${operation}: the task ${id} was not done in time. It goes on; ask for it by its id, or allow more with timeoutMs.`,
    { service: serviceName, operation, details: { taskId: id } },
  );
  const left = deadline.remaining();
  const timer =
    left === Infinity ? undefined : connection.clock.setTimer(Math.max(0, left), () => linked.abort(late));
  try {
    await using stream = openStream(connection, { operation, taskId: id }, { signal: linked.signal });
    for await (const _ of stream) {
      // Its end is what is waited for.
    }
    const task = await readTask(connection, operation, id, { signal: linked.signal });
    const { raw, ...answer } = task;
    return { task: answer, raw };
  } catch (error) {
    throw linked.signal.aborted && linked.signal.reason === late ? late : error;
  } finally {
    timer?.cancel();
    linked[Symbol.dispose]();
  }
}

export async function readTask(
  connection: Connection,
  operation: string,
  id: string,
  options: A2ACallOptions & { readonly historyLength?: number | undefined },
): Promise<A2ATask> {
  const { historyLength, ...rules } = options;
  const [heard] = await connection.call(
    { method: "GetTask", params: { id, historyLength } },
    { ...rules, operation, idempotent: true },
  );
  return taskOf(heard, operation);
}
