// What the calls of tasks take, and what each of it must be.

import { must, type OptionRule, type OptionRules } from "@x/core";
import type { GridPart, TaskState } from "../types.ts";
import { isBody } from "../wire/forms.ts";
import { type CallOptions, callOptionRules } from "./call-options.ts";
import { type MessageInput, messageIdRule, messageRule } from "./messages.ts";

/** Options of what starts a task. */
export interface SendTaskOptions extends CallOptions {
  /** Seconds until the sender is told that a message is not acknowledged, 1 to 86,400; 0 or `null`: never. @default the server's, 30 */
  readonly checkIn?: number | null | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** 1 to 128 characters. @default a new UUID */
  readonly messageId?: string | undefined;
  /** Goes on with the context of an earlier task of the same two nodes. */
  readonly contextId?: string | undefined;
  /** Comes back in notifications of the task; at most 200 characters. */
  readonly sessionKey?: string | undefined;
  /** The task on whose behalf this one is. */
  readonly parentTaskId?: string | undefined;
}

export interface SendMessageOptions extends CallOptions {
  /** The state that the message brings. @default `input_required` when the receiver writes */
  readonly state?: TaskState | undefined;
  readonly checkIn?: number | null | undefined;
  /** 1 to 128 characters. @default a new UUID */
  readonly messageId?: string | undefined;
  readonly sessionKey?: string | undefined;
}

/** Which tasks. */
export interface TaskFilter {
  readonly state?: TaskState | readonly TaskState[] | undefined;
  readonly contextId?: string | undefined;
  /** Only those with unread messages. The local server knows it. */
  readonly unreadOnly?: boolean | undefined;
  /** As who the caller takes part: `sender` or `receiver`. The local server knows it. */
  readonly role?: "sender" | "receiver" | undefined;
  /** The other node. The local server knows it. */
  readonly peerNodeId?: string | undefined;
  /** The local server knows it. */
  readonly parentTaskId?: string | undefined;
}

export interface ListTasksOptions extends TaskFilter, CallOptions {
  /** 1 to 100. @default the server's, 20 */
  readonly limit?: number | undefined;
  /** @default 0 */
  readonly offset?: number | undefined;
}

export interface EachTaskOptions extends TaskFilter, CallOptions {
  /** Tasks asked for at a time, 1 to 100. @default 100 */
  readonly pageSize?: number | undefined;
}

export interface HistoryOptions extends CallOptions {
  /** The newest so many messages; 0: none. @default all for a task, 50 for a room */
  readonly historyLength?: number | undefined;
}

/** A result of work. The same `artifactId` replaces an earlier one. */
export interface ArtifactInput {
  readonly artifactId?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly parts: readonly GridPart[];
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface UpdateTaskOptions extends CallOptions {
  readonly state?: TaskState | undefined;
  readonly message?: MessageInput | undefined;
  readonly artifact?: ArtifactInput | undefined;
  readonly checkIn?: number | null | undefined;
  /** Of the message, 1 to 128 characters. @default a new UUID */
  readonly messageId?: string | undefined;
}

export interface EndTaskOptions extends CallOptions {
  readonly message?: MessageInput | undefined;
  /** Of the message, 1 to 128 characters. @default a new UUID */
  readonly messageId?: string | undefined;
}

export const metadataRule: OptionRule = { expected: "an object", isOne: isBody };
const checkInRule: OptionRule = {
  expected: "a whole number of seconds from 0 to 86400, or null",
  isOne: (value) => value === null || must.beWhole(0, 86_400).isOne(value),
};
const stateRule: OptionRule = must.beFullText;

export const sendTaskRules: OptionRules<SendTaskOptions> = {
  ...callOptionRules,
  checkIn: checkInRule,
  metadata: metadataRule,
  messageId: messageIdRule,
  contextId: must.beFullText,
  sessionKey: must.beText,
  parentTaskId: must.beFullText,
};

export const sendMessageRules: OptionRules<SendMessageOptions> = {
  ...callOptionRules,
  state: stateRule,
  checkIn: checkInRule,
  messageId: messageIdRule,
  sessionKey: must.beText,
};

const filterRules: OptionRules<TaskFilter> = {
  state: {
    expected: "a state or a list of states",
    isOne: (value) => must.beFullText.isOne(value) || must.beTexts.isOne(value),
  },
  contextId: must.beFullText,
  unreadOnly: must.beBoolean,
  role: must.beOneOf("sender", "receiver"),
  peerNodeId: must.beFullText,
  parentTaskId: must.beFullText,
};

export const listRules: OptionRules<ListTasksOptions> = {
  ...callOptionRules,
  ...filterRules,
  limit: must.beWhole(1, 100),
  offset: must.beWhole(0),
};

export const eachRules: OptionRules<EachTaskOptions> = {
  ...callOptionRules,
  ...filterRules,
  pageSize: must.beWhole(1, 100),
};

export const historyRules: OptionRules<HistoryOptions> = {
  ...callOptionRules,
  historyLength: must.beWhole(0),
};

export const updateRules: OptionRules<UpdateTaskOptions> = {
  ...callOptionRules,
  state: stateRule,
  message: messageRule,
  artifact: {
    expected: "an artifact with a list of parts",
    isOne: (value) => isBody(value) && messageRule.isOne(value),
  },
  checkIn: checkInRule,
  messageId: messageIdRule,
};

export const endRules: OptionRules<EndTaskOptions> = {
  ...callOptionRules,
  message: messageRule,
  messageId: messageIdRule,
};
