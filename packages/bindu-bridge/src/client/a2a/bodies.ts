// What a body is, whatever was asked for: JSON, or a stream of events.

import {
  bodyFailureOf,
  type FailedCall,
  type HttpAnswer,
  httpError,
  readSse,
  type ServerSentEvent,
  ServiceError,
} from "@x/core";
import { A2AError } from "./errors.ts";

/** Longest event that is read, in characters: what official servers send at most is half of it. */
const longestEvent = 8 * 1024 * 1024;

export const isEventStream = (answer: Pick<HttpAnswer, "header">): boolean =>
  answer.header("content-type")?.toLowerCase().includes("text/event-stream") === true;

/** A body as JSON; `undefined` for an empty one. @throws A2AError for what is no JSON */
export function parsed(text: string, call: FailedCall): unknown {
  if (text.trim() === "") {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new A2AError(`${call.operation}: the server answered with something that is not JSON.`, {
      ...call,
      code: "invalid_answer",
      cause: error,
    });
  }
}

/** @throws ServiceError for a body that breaks off, and `response_too_large` for an event that is longer than any server's */
export async function* eventsIn(
  body: AsyncIterable<Uint8Array>,
  call: FailedCall,
): AsyncGenerator<ServerSentEvent, void> {
  try {
    yield* readSse(body, { maxEventLength: longestEvent });
  } catch (error) {
    throw error instanceof ServiceError ? error : httpError(bodyFailureOf(error), call);
  }
}
