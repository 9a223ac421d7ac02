// What callers get: the objects of A2A 1.0, whatever was spoken, with what came beside them.

import { tolerant } from "../../wire/a2a/fields.ts";
import type {
  Artifact,
  Message,
  Part,
  ReadTaskState,
  SendMessageResponse,
  StreamResponse,
  Task,
} from "../../wire/a2a/objects.ts";
import { readSendResponse, readStreamResponse, readTask } from "../../wire/a2a/read.ts";
import type { A2ACallOptions } from "./call-options.ts";
import type { Connection, Heard, HeardEvent } from "./connection.ts";
import { A2AError, serviceName } from "./errors.ts";

/** What came, before it was read. */
export interface Raw {
  readonly raw: unknown;
}

/** A task, with the answer that brought it. */
export type A2ATask = Task<ReadTaskState> & Raw;

/** A task, or a message of an agent that needed none. */
export type A2AAnswer = SendMessageResponse<ReadTaskState> & Raw;

/** An event of a stream. */
export type A2AEvent = StreamResponse<ReadTaskState> &
  Raw & {
    /** The number of the event, where the agent numbers them: what `cursor` takes. */
    readonly n?: number | undefined;
  };

/** @throws A2AError `invalid_answer` for an answer without a task */
export function taskOf(heard: Heard | undefined, operation: string): A2ATask {
  const task = readSendResponse(heard?.value, tolerant)?.task ?? readTask(heard?.value, "", tolerant);
  if (task.id === "") {
    throw invalidAnswer("no task", heard, operation);
  }
  return { ...task, raw: heard?.raw };
}

/** The task as it is now. */
export async function askTask(
  connection: Connection,
  operation: string,
  id: string,
  { historyLength, ...rules }: A2ACallOptions & { readonly historyLength?: number | undefined },
): Promise<A2ATask> {
  const call = { method: "GetTask", params: { id, historyLength } } as const;
  const [heard] = await connection.call(call, { ...rules, operation, idempotent: true });
  return taskOf(heard, operation);
}

/** @throws A2AError `invalid_answer` for an answer with neither task nor message */
export function answerOf(heard: Heard | undefined, operation: string): A2AAnswer {
  const answer = readSendResponse(heard?.value, tolerant);
  if (answer === undefined) {
    throw invalidAnswer("neither task nor message", heard, operation);
  }
  return { ...answer, raw: heard?.raw };
}

/** `undefined` for an event of a kind that this version does not know. */
export function eventOf({ value, raw, n }: HeardEvent): A2AEvent | undefined {
  const response = readStreamResponse(value, tolerant);
  return response && { ...response, raw, n };
}

function invalidAnswer(what: string, heard: Heard | undefined, operation: string): A2AError {
  return new A2AError(`${operation}: the answer of the server holds ${what}.`, {
    service: serviceName,
    operation,
    code: "invalid_answer",
    details: { answer: heard?.raw },
  });
}

/** The text of parts, as they stand, one after the other. */
const textOfParts = (parts: readonly Part[]): string => parts.map(({ text = "" }) => text).join("");

const textOfArtifacts = (artifacts: readonly Artifact[]): string =>
  artifacts
    .map(({ parts }) => textOfParts(parts))
    .filter((text) => text !== "")
    .join("\n");

/**
 * What the agent says, as one text: that of the artifacts, else the message of the status, else its newest message. What is no
 * text, such as data and files, stands in the task.
 */
export function answerText(answer: {
  readonly task?: Task<ReadTaskState>;
  readonly message?: Message;
}): string {
  const { task, message } = answer;
  if (task === undefined) {
    return textOfParts(message?.parts ?? []);
  }
  const said = textOfArtifacts(task.artifacts ?? []);
  if (said !== "") {
    return said;
  }
  const newest = task.status.message ?? task.history?.findLast(({ role }) => role === "ROLE_AGENT");
  return textOfParts(newest?.parts ?? []);
}
