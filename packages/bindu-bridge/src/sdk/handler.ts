// What developers write: a handler, what it is told, and what it may answer.

import type { ChatMessage } from "../types.ts";

/**
 * Answers messages. What it throws fails the task, with its text. A generator streams: each text that it yields is the next piece of
 * one answer.
 */
export type Handler = (
  messages: readonly ChatMessage[],
  context: HandlerContext,
) =>
  | HandlerResult
  | Promise<HandlerResult>
  | AsyncIterable<string | HandlerResponse>
  | Iterable<string | HandlerResponse>;

/** A text, or an object where there is more to say. */
export type HandlerResult = string | HandlerResponse;

/** An answer that asks for something, or that carries metadata. */
export interface HandlerResponse {
  readonly content?: string | undefined;
  /**
   * `input-required` and `auth-required` keep the task open. `failed`, `canceled` and `rejected` end it as failed, with the prompt or the
   * content as its text; `completed` is the same as no state.
   */
  readonly state?:
    | "input-required"
    | "auth-required"
    | "completed"
    | "failed"
    | "canceled"
    | "rejected"
    | undefined;
  /** What the user is asked. */
  readonly prompt?: string | undefined;
  /** Sent beside a state only; `state`, `prompt` and `content` are no keys. Values that are no strings are written as JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** What a handler is told beside the messages. */
export interface HandlerContext {
  /** Aborts when the caller gives up, when the time of the call is over, and when the agent closes and its grace is over. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting; nothing where it waits for ever. */
  readonly deadline: Date | undefined;
  /** Milliseconds until then, never below 0; `Infinity` where there is no deadline. */
  remainingMs(): number;
  /** Nothing where the core leaves them empty, as the official one does. */
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  /** The content of the last message of role `user`. */
  readonly lastUserMessage: string | undefined;
  /** The messages without the system message that a core puts first. */
  readonly history: readonly ChatMessage[];
  /** Who answers. */
  readonly agent: { readonly id: string; readonly did: string; readonly url: string };
  /** The id of the message as its sender wrote it; where the core tells it. */
  readonly messageId: string | undefined;
  /** By which protocol the message came to the core: `bindu`, or such as `a2a/1.0`. */
  readonly protocol: string;
  /** URIs of the A2A extensions that the sender named. */
  readonly extensions: readonly string[];
  /** W3C trace context; where the core tells it. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
}

/** An answer that asks the user for more and keeps the task open. */
export function inputRequired(
  prompt: string,
  extra: Omit<HandlerResponse, "state" | "prompt"> = {},
): HandlerResponse {
  return { ...extra, state: "input-required", prompt };
}

/** An answer that asks the user to sign in and keeps the task open. */
export function authRequired(
  prompt: string,
  extra: Omit<HandlerResponse, "state" | "prompt"> = {},
): HandlerResponse {
  return { ...extra, state: "auth-required", prompt };
}
