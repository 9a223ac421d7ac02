// Sends a message and hears its turn out: a server that answers before the end is asked until then.

import { DeadlineExceededError, deadlineIn } from "@x/core";
import { foldEvent } from "../../wire/a2a/fold.ts";
import { headers as names } from "../../wire/a2a/names.ts";
import { isAtRest, type SendMessageRequest } from "../../wire/a2a/objects.ts";
import type { A2AContent, A2ASendOptions } from "./call-options.ts";
import type { Connection, Heard } from "./connection.ts";
import { serviceName } from "./errors.ts";
import { mayRepeat } from "./repeats.ts";
import { type A2AAnswer, answerOf, askTask, eventOf } from "./results.ts";
import { openStream } from "./stream.ts";
import { type Bounds, within } from "./within.ts";

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
  const { clock } = connection;
  const bounds: Bounds = { signal, clock, deadline: deadlineIn(options.timeoutMs ?? timeoutMs, clock) };
  const { deadline } = bounds;
  const { card } = await connection.peer({ signal, deadline });
  const params = sendRequest(content, options);
  const idempotent = mayRepeat(card, params, options);
  const heard = await connection.call(
    { method: "SendMessage", params },
    { operation, signal, deadline, headers: sendHeaders(options), idempotent, idempotencyKey },
  );
  const answer = lastAnswer(heard, operation);
  const { task } = answer;
  return task === undefined || options.returnImmediately === true || isAtRest(task.status.state)
    ? answer
    : await settled(connection, operation, task.id, bounds);
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
  id: string,
  bounds: Bounds,
): Promise<A2AAnswer> {
  const late = (): DeadlineExceededError =>
    new DeadlineExceededError(
      `${operation}: the task ${id} was not done in time. It goes on; ask for it by its id, or allow more with timeoutMs.`,
      { service: serviceName, operation, details: { taskId: id } },
    );
  return await within(bounds, late, async (signal) => {
    await using stream = openStream(connection, { operation, taskId: id }, { signal });
    for await (const _ of stream) {
      // Its end is what is waited for.
    }
    const { raw, ...task } = await askTask(connection, operation, id, { signal });
    return { task, raw };
  });
}
