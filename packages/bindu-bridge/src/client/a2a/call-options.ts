// The options of the calls, and what a caller may give as a message.

import { callRules, checkArgument, checkOptions, must, type OptionRule, type OptionRules } from "@x/core";
import { isJsonObject } from "../../wire/a2a/fields.ts";
import type { Message, Metadata, Part, TaskPushNotificationConfig } from "../../wire/a2a/objects.ts";
import { serviceName } from "./errors.ts";

/** Options of one call. */
export interface A2ACallOptions {
  /** Ends the call at once, pauses between attempts included. */
  readonly signal?: AbortSignal | undefined;
  /** The whole call with all attempts and pauses, in milliseconds; `Infinity` for none. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /** Sent with the requests of this call, such as `traceparent`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a message is about, and how it is answered. */
export interface A2ASendOptions extends A2ACallOptions {
  /** Goes on with this task. */
  readonly taskId?: string | undefined;
  readonly contextId?: string | undefined;
  /** @default a UUID */
  readonly messageId?: string | undefined;
  readonly referenceTaskIds?: readonly string[] | undefined;
  /** Of the request; that of the message stands in the message. */
  readonly metadata?: Metadata | undefined;
  readonly acceptedOutputModes?: readonly string[] | undefined;
  /** The newest messages that the answer holds, from 0. @default all */
  readonly historyLength?: number | undefined;
  /** Answers as soon as the task is there, instead of at the end of the turn. @default false */
  readonly returnImmediately?: boolean | undefined;
  /** Where events of the task are posted to. */
  readonly pushNotification?: TaskPushNotificationConfig | undefined;
  /** Extensions that the agent shall use, by their URIs. */
  readonly extensions?: readonly string[] | undefined;
  /** Sent as `Idempotency-Key`. Without one the id of the message is the key where the agent knows such. */
  readonly idempotencyKey?: string | undefined;
  /**
   * Whether the message may be sent again after a lost connection: the agent may get it twice.
   * @default true where the card names `urn:x:a2a:idempotent-send:v1` and the message has a key, or a UUID as its id; else false
   */
  readonly repeat?: boolean | undefined;
}

/** A text, parts, or a whole message. */
export type A2AContent = string | readonly Part[] | (Partial<Message> & Pick<Message, "parts">);

const callOptionRules: OptionRules<A2ACallOptions> = {
  signal: callRules.signal,
  timeoutMs: callRules.timeoutMs,
  headers: callRules.headers,
};

const objectRule: OptionRule = { expected: "an object", isOne: isJsonObject };

const sendRules: OptionRules<A2ASendOptions> = {
  ...callOptionRules,
  taskId: must.beFullText,
  contextId: must.beFullText,
  messageId: must.beFullText,
  referenceTaskIds: must.beTexts,
  metadata: objectRule,
  acceptedOutputModes: must.beTexts,
  historyLength: must.beWhole(0),
  returnImmediately: must.beBoolean,
  pushNotification: objectRule,
  extensions: must.beTexts,
  idempotencyKey: must.beFullText,
  repeat: must.beBoolean,
};

const contentRule: OptionRule = {
  expected: "a string, an array of parts, or a message with parts",
  isOne: (value) =>
    typeof value === "string" ||
    (Array.isArray(value) && value.length > 0) ||
    (isJsonObject(value) && Array.isArray(value.parts) && value.parts.length > 0),
};

/** @throws InvalidArgumentError `invalid_option` */
export function checkSend(operation: string, content: A2AContent, options: A2ASendOptions): void {
  const call = { service: serviceName, operation };
  checkArgument("the content", content, contentRule, call);
  checkOptions(options, sendRules, call);
}

/** @throws InvalidArgumentError `invalid_option` */
export function checkCall<Own extends object>(
  operation: string,
  options: A2ACallOptions & Own,
  own: OptionRules<Own>,
): void {
  checkOptions(options, { ...callOptionRules, ...own }, { service: serviceName, operation });
}

/** An id. @throws InvalidArgumentError `invalid_option` */
export function checkId(operation: string, name: string, id: string): void {
  checkArgument(name, id, must.beFullText, { service: serviceName, operation });
}
