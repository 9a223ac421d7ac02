// The client of A2A agents: every method in one place, over one connection that finds out what the agent speaks.

import {
  type Clock,
  checkArgument,
  checkOptions,
  clientRules,
  clockRule,
  type Fetch,
  type Hooks,
  must,
  type OptionRules,
  type Subscription,
  systemClock,
} from "@x/core";
import { lastMessages, listOfBindu } from "../../wire/a2a/bindu.ts";
import type { ListTasksParams } from "../../wire/a2a/calls.ts";
import { tolerant } from "../../wire/a2a/fields.ts";
import {
  type ListTasksResponse,
  type Metadata,
  type ReadTaskState,
  type Task,
  type TaskPushNotificationConfig,
  taskStates,
} from "../../wire/a2a/objects.ts";
import { readListResponse, readPushConfig, readPushConfigs } from "../../wire/a2a/read.ts";
import {
  type A2ACallOptions,
  type A2AContent,
  type A2ASendOptions,
  checkCall,
  checkId,
  checkSend,
} from "./call-options.ts";
import type { AgentCard, WantedInterface } from "./card.ts";
import { type CallRules, type Connection, openConnection } from "./connection.ts";
import { A2AError, A2ATaskError, serviceName } from "./errors.ts";
import { type A2AAnswer, type A2AEvent, type A2ATask, answerText, askTask, taskOf } from "./results.ts";
import { sendHeaders, sendMessage, sendRequest } from "./send.ts";
import { type A2AStreamOptions, openStream } from "./stream.ts";
import { type TaskVerdict, type VerifyOptions, verifyTask } from "./verify.ts";

/** Settings of a client. */
export interface A2AClientOptions extends WantedInterface {
  /** Sent with every request, such as `authorization`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Deadline of each call with all its attempts, in milliseconds, save sends. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Deadline of a send that waits for the end of its turn, in milliseconds. @default 300_000 */
  readonly sendTimeoutMs?: number | undefined;
  /** Attempts after the first one, where a repeat is safe. @default 2 */
  readonly maxRetries?: number | undefined;
  /** Takes the place of the built-in one. */
  readonly fetch?: Fetch | undefined;
  readonly hooks?: Hooks | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
}

const rules: OptionRules<A2AClientOptions> = {
  dialect: must.beOneOf("1.0", "0.3", "bindu"),
  binding: must.beOneOf("JSONRPC", "HTTP+JSON"),
  headers: must.beTextMap,
  timeoutMs: clientRules.timeoutMs,
  sendTimeoutMs: clientRules.timeoutMs,
  maxRetries: clientRules.maxRetries,
  fetch: must.beFunction,
  hooks: clientRules.hooks,
  clock: clockRule,
};

/** Which tasks a list holds. */
export interface ListTasksOptions extends A2ACallOptions, Omit<ListTasksParams, "statusTimestampAfter"> {
  /** Tasks whose status is as new as that, or newer. */
  readonly statusTimestampAfter?: Date | string | undefined;
}

/** A page of tasks; `nextPageToken` is empty on the last one. */
export type A2ATaskList = ListTasksResponse<ReadTaskState> & { readonly raw: unknown };

const listRules: OptionRules<Omit<ListTasksOptions, keyof A2ACallOptions>> = {
  contextId: must.beFullText,
  status: must.beOneOf(...taskStates),
  pageSize: must.beWhole(1, 100),
  pageToken: must.beText,
  historyLength: must.beWhole(0),
  includeArtifacts: must.beBoolean,
  statusTimestampAfter: {
    expected: "a Date, or a text such as 2026-01-31T12:00:00Z",
    isOne: (value) => typeof value === "string" || Object.prototype.toString.call(value) === "[object Date]",
  },
};

/** How a task is read. */
export interface GetTaskOptions extends A2ACallOptions {
  /** The newest messages that it holds, from 0. @default all */
  readonly historyLength?: number | undefined;
}

export interface CancelTaskOptions extends A2ACallOptions {
  readonly metadata?: Metadata | undefined;
}

/** A send whose turn is read while it runs. */
export type A2ASendStreamOptions = Omit<A2ASendOptions, "timeoutMs" | "returnImmediately"> &
  Omit<A2AStreamOptions, "cursor">;

export type A2ASubscribeOptions = A2AStreamOptions & Pick<A2ACallOptions, "headers">;

/**
 * An agent of A2A 1.0, of 0.3, or of Bindu's dialect: what it speaks is read from its card at the first call. All answers are
 * those of 1.0, with what came beside them as `raw`.
 *
 * @example
 * await using agent = new A2AClient("http://localhost:3773");
 * console.log(await agent.ask("What is the capital of France?"));
 */
export class A2AClient implements AsyncDisposable {
  readonly url: string;
  readonly #connection: Connection;
  readonly #sendTimeoutMs: number;

  /**
   * @param url of the agent, or of its card where that ends with `.json`
   * @throws InvalidArgumentError `invalid_option`
   */
  constructor(url: string, options: A2AClientOptions = {}) {
    const call = { service: serviceName, operation: "constructor" };
    checkArgument("the url", url, urlRule, call);
    checkOptions(options, rules, call);
    const { timeoutMs = 30_000, sendTimeoutMs = 300_000, clock = systemClock, ...others } = options;
    this.url = url;
    this.#sendTimeoutMs = sendTimeoutMs;
    this.#connection = openConnection({ ...others, url, timeoutMs, clock });
  }

  /** The agent's card, which is read once; `fresh` reads it again. */
  async card(options: A2ACallOptions & { readonly fresh?: boolean } = {}): Promise<AgentCard> {
    checkCall<{ fresh?: boolean }>("card", options, { fresh: must.beBoolean });
    return (await this.#connection.peer(options)).card;
  }

  /**
   * Sends a message, waits for the end of its turn, and answers with its text.
   *
   * @throws A2ATaskError where the turn ended otherwise than completed: `input_required` and `auth_required` too, with the task
   */
  async ask(content: A2AContent, options: Omit<A2ASendOptions, "returnImmediately"> = {}): Promise<string> {
    checkSend("ask", content, options);
    const answer = await sendMessage(this.#connection, "ask", content, options, this.#sendTimeoutMs);
    const text = answerText(answer);
    if (answer.task !== undefined && answer.task.status.state !== "TASK_STATE_COMPLETED") {
      throw new A2ATaskError(answer.task, text, "ask");
    }
    return text;
  }

  /** Sends a message and answers with the task at the end of its turn, or with the message of an agent that needs no task. */
  async send(content: A2AContent, options: A2ASendOptions = {}): Promise<A2AAnswer> {
    checkSend("send", content, options);
    return await sendMessage(this.#connection, "send", content, options, this.#sendTimeoutMs);
  }

  /**
   * Sends a message and reads what happens until its turn is over. A lost connection is taken up again where it ended. Leaving
   * the loop ends the stream, and not the turn.
   */
  stream(content: A2AContent, options: A2ASendStreamOptions = {}): Subscription<A2AEvent, number> {
    const operation = "stream";
    const { onItem, onEnd, onState, bufferSize, maxReconnects, backoff, ...send } = options;
    checkSend(operation, content, send);
    return openStream(
      this.#connection,
      {
        operation,
        send: { method: "SendStreamingMessage", params: sendRequest(content, send) },
        repeat: send.repeat,
        idempotencyKey: send.idempotencyKey,
        headers: sendHeaders(send),
      },
      { signal: send.signal, onItem, onEnd, onState, bufferSize, maxReconnects, backoff },
    );
  }

  /**
   * What happens to a task from now on, until its turn is over. With `cursor`, the number of an event, everything behind that,
   * where the agent numbers its events.
   */
  subscribe(taskId: string, options: A2ASubscribeOptions = {}): Subscription<A2AEvent, number> {
    checkId("subscribe", "taskId", taskId);
    const { headers, ...stream } = options;
    return openStream(this.#connection, { operation: "subscribe", taskId, headers }, stream);
  }

  async get(taskId: string, options: GetTaskOptions = {}): Promise<A2ATask> {
    checkId("get", "taskId", taskId);
    checkCall<{ historyLength?: number | undefined }>("get", options, { historyLength: must.beWhole(0) });
    const task = await askTask(this.#connection, "get", taskId, options);
    // The dialect knows no history of none.
    return { ...task, history: lastMessages(task.history, options.historyLength) };
  }

  /** Tasks of the agent, those first whose status changed last. */
  async list(options: ListTasksOptions = {}): Promise<A2ATaskList> {
    checkCall("list", options, listRules);
    const { signal, timeoutMs, headers, statusTimestampAfter: after, ...filter } = options;
    const params = { ...filter, statusTimestampAfter: after && new Date(after).toISOString() };
    const call = this.#safe("list", { signal, timeoutMs, headers });
    const [heard] = await this.#connection.call({ method: "ListTasks", params }, call);
    const { target } = await this.#connection.peer(call);
    const list = readListResponse(heard?.value, tolerant);
    const page = target.dialect === "bindu" ? { ...list, ...listOfBindu(list.tasks, params) } : list;
    return { ...page, raw: heard?.raw };
  }

  /** Cancels a task. One that is canceled already is no error. */
  async cancel(taskId: string, options: CancelTaskOptions = {}): Promise<A2ATask> {
    const operation = "cancel";
    checkId(operation, "taskId", taskId);
    checkCall<{ metadata?: Metadata | undefined }>(operation, options, { metadata: must.beAnything });
    const { metadata, ...call } = options;
    try {
      const params = { id: taskId, metadata };
      const [heard] = await this.#connection.call(
        { method: "CancelTask", params },
        this.#safe(operation, call),
      );
      return taskOf(heard, operation);
    } catch (error) {
      if (error instanceof A2AError && error.code === "task_not_cancelable") {
        const task = await askTask(this.#connection, operation, taskId, call);
        if (task.status.state === "TASK_STATE_CANCELED") {
          return task;
        }
      }
      throw error;
    }
  }

  /** Has the events of a task posted to a webhook; one of the same id is replaced. */
  async createPushConfig(
    config: TaskPushNotificationConfig & { readonly taskId: string },
    options: A2ACallOptions = {},
  ): Promise<TaskPushNotificationConfig> {
    const operation = "createPushConfig";
    checkId(operation, "taskId", config.taskId);
    checkId(operation, "url", config.url);
    checkCall(operation, options, {});
    // With an id a repeat replaces what it has made.
    const call = { method: "CreateTaskPushNotificationConfig", params: config } as const;
    const idempotent = config.id !== undefined;
    const [heard] = await this.#connection.call(call, { ...options, operation, idempotent });
    return readPushConfig(heard?.value, "", tolerant);
  }

  async getPushConfig(
    taskId: string,
    id: string,
    options: A2ACallOptions = {},
  ): Promise<TaskPushNotificationConfig> {
    const operation = "getPushConfig";
    checkId(operation, "taskId", taskId);
    checkId(operation, "id", id);
    checkCall(operation, options, {});
    const call = { method: "GetTaskPushNotificationConfig", params: { taskId, id } } as const;
    const [heard] = await this.#connection.call(call, this.#safe(operation, options));
    return readPushConfig(heard?.value, "", tolerant);
  }

  async listPushConfigs(
    taskId: string,
    options: A2ACallOptions = {},
  ): Promise<readonly TaskPushNotificationConfig[]> {
    const operation = "listPushConfigs";
    checkId(operation, "taskId", taskId);
    checkCall(operation, options, {});
    const call = { method: "ListTaskPushNotificationConfigs", params: { taskId } } as const;
    const [heard] = await this.#connection.call(call, this.#safe(operation, options));
    return readPushConfigs(heard?.value, tolerant);
  }

  async deletePushConfig(taskId: string, id: string, options: A2ACallOptions = {}): Promise<void> {
    const operation = "deletePushConfig";
    checkId(operation, "taskId", taskId);
    checkId(operation, "id", id);
    checkCall(operation, options, {});
    const call = { method: "DeleteTaskPushNotificationConfig", params: { taskId, id } } as const;
    await this.#connection.call(call, this.#safe(operation, options));
  }

  /**
   * Whether the texts of a task's artifacts were signed with the agent's key. Agents of Bindu sign them.
   *
   * @throws A2AError `no_key` where the agent names none
   */
  async verify(task: Task<ReadTaskState>, options: VerifyOptions = {}): Promise<TaskVerdict> {
    checkCall<{ publicKeyBase58?: string | undefined }>("verify", options, {
      publicKeyBase58: must.beFullText,
    });
    return await verifyTask(this.#connection, task, options);
  }

  /** Ends what is under way. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A call whose repeat changes nothing. */
  #safe(operation: string, options: A2ACallOptions): CallRules {
    return { ...options, operation, idempotent: true };
  }
}

const urlRule = {
  expected: "an http:// or https:// URL",
  isOne: (value: unknown): boolean => {
    const protocol = typeof value === "string" && URL.canParse(value) ? new URL(value).protocol : "";
    return protocol === "http:" || protocol === "https:";
  },
};
