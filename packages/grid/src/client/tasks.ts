// Tasks: 1:1 conversations that end in a state.

import { must, type OptionRule, type OptionRules } from "@x/core";
import { GridA2AError } from "../errors.ts";
import type { GridAck, GridMessage, GridPart, GridTask, TaskPage, TaskState } from "../types.ts";
import { isBody, terminalStates, writePart, writeState } from "../wire/forms.ts";
import type { Body } from "../wire/names.ts";
import type { RpcCall } from "../wire/profile.ts";
import {
  type CallOptions,
  callOptionRules,
  checkCall,
  checkCallOptions,
  checked,
  idRule,
} from "./call-options.ts";
import type { Connection, Repeat } from "./connection.ts";
import { decoderOf } from "./decode.ts";
import type { KnownTasks } from "./known-tasks.ts";
import { type MessageInput, messageIdRule, messageRule, outgoing } from "./messages.ts";
import { allPages } from "./pages.ts";

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

const sendTaskRules: OptionRules<SendTaskOptions> = {
  ...callOptionRules,
  checkIn: checkInRule,
  metadata: metadataRule,
  messageId: messageIdRule,
  contextId: must.beFullText,
  sessionKey: must.beText,
  parentTaskId: must.beFullText,
};

const sendMessageRules: OptionRules<SendMessageOptions> = {
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

const listRules: OptionRules<ListTasksOptions> = {
  ...callOptionRules,
  ...filterRules,
  limit: must.beWhole(1, 100),
  offset: must.beWhole(0),
};

const eachRules: OptionRules<EachTaskOptions> = {
  ...callOptionRules,
  ...filterRules,
  pageSize: must.beWhole(1, 100),
};

const historyRules: OptionRules<HistoryOptions> = { ...callOptionRules, historyLength: must.beWhole(0) };

const updateRules: OptionRules<UpdateTaskOptions> = {
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

const endRules: OptionRules<EndTaskOptions> = {
  ...callOptionRules,
  message: messageRule,
  messageId: messageIdRule,
};

/** The calls of tasks, over one connection. */
export class Tasks {
  readonly #connection: Connection;
  readonly #known: KnownTasks;

  constructor(connection: Connection, known: KnownTasks) {
    this.#connection = connection;
    this.#known = known;
  }

  async sendTask(target: string, message: MessageInput, options: SendTaskOptions): Promise<GridTask> {
    const method = "sendTask";
    checked(method, "targetNodeId", target, idRule);
    checked(method, "message", message, messageRule);
    checkCall(method, options, sendTaskRules);
    const { profile } = this.#connection;
    const { checkIn, metadata, sessionKey, parentTaskId } = options;
    const { messageId, body } = outgoing(this.#connection, message, {
      messageId: options.messageId,
      contextId: options.contextId,
      role: "user",
    });
    const isSelf = profile.switches.rpcAddress === "self";
    return await this.#task(
      method,
      "sendMessage",
      {
        message: body,
        checkIn,
        metadata,
        sessionKey,
        parentTaskId,
        receiverNodeId: isSelf ? target : undefined,
      },
      { repeat: "deduped", messageId, nodeId: isSelf ? undefined : target },
      options,
    );
  }

  async sendMessage(taskId: string, message: MessageInput, options: SendMessageOptions): Promise<GridTask> {
    const method = "sendMessage";
    checked(method, "message", message, messageRule);
    checkCall(method, options, sendMessageRules);
    const { checkIn, state, sessionKey } = options;
    const { messageId, body } = outgoing(this.#connection, message, {
      messageId: options.messageId,
      taskId: checked(method, "taskId", taskId, idRule),
      role: this.#known.roleIn(taskId),
    });
    return await this.#task(
      method,
      "sendMessage",
      { message: body, state: this.#state(state), checkIn, sessionKey },
      { repeat: "deduped", messageId, nodeId: this.#address(taskId) },
      options,
    );
  }

  async listTasks(options: ListTasksOptions): Promise<TaskPage> {
    const { tasks, total, limit, offset } = await this.#page("listTasks", options);
    return Object.assign(tasks, {
      total: total ?? (offset ?? 0) + tasks.length,
      limit: limit ?? tasks.length,
      offset: offset ?? 0,
    });
  }

  /** All tasks, page by page, each once. */
  eachTask(
    options: EachTaskOptions,
    method = "tasks",
    callOptions: () => CallOptions = () => ({}),
  ): AsyncGenerator<GridTask, void> {
    checkCall(method, options, eachRules);
    const { pageSize = 100, ...rest } = options;
    return allPages(async (offset) => {
      const { tasks, total } = await this.#page(method, {
        ...rest,
        ...callOptions(),
        limit: pageSize,
        offset,
      });
      return { items: tasks, total };
    });
  }

  async #page(
    method: string,
    options: ListTasksOptions,
  ): Promise<{
    tasks: GridTask[];
    total: number | null;
    limit?: number | undefined;
    offset?: number | undefined;
  }> {
    checkCall(method, options, listRules);
    const { limit, offset, ...filter } = options;
    const answer = await this.#call(
      method,
      "listTasks",
      { ...this.#filter(filter), limit, offset },
      { repeat: "always" },
      options,
    );
    const decode = decoderOf(this.#connection.profile, method);
    const tasks = decode.list(answer).map((item) => decode.task(item));
    for (const task of tasks) {
      this.#known.note(task);
    }
    const from = Array.isArray(answer) ? undefined : decode.read(answer);
    return {
      tasks,
      total: from?.number("total") ?? null,
      limit: from?.number("limit") ?? limit,
      offset: from?.number("offset") ?? offset,
    };
  }

  async getTask(taskId: string, options: HistoryOptions, method = "getTask"): Promise<GridTask> {
    checkCall(method, options, historyRules);
    const { historyLength } = options;
    return await this.#task(
      method,
      "getTask",
      { taskId: checked(method, "taskId", taskId, idRule), historyLength },
      { repeat: "always", nodeId: this.#address(taskId) },
      options,
    );
  }

  async readTask(taskId: string, options: CallOptions): Promise<GridMessage[]> {
    const method = "readTask";
    checkCallOptions(method, options);
    const answer = await this.#call(
      method,
      "readTask",
      { taskId: checked(method, "taskId", taskId, idRule) },
      // A second read answers nothing: what a lost answer held is still in the history, which the caller must know to ask for.
      { repeat: "never", nodeId: this.#address(taskId) },
      options,
    );
    const decode = decoderOf(this.#connection.profile, method);
    return decode.list(answer).map((item) => decode.message(item));
  }

  async updateTask(taskId: string, options: UpdateTaskOptions, method = "updateTask"): Promise<GridTask> {
    checkCall(method, options, updateRules);
    const { state, message, artifact, checkIn } = options;
    const sent =
      message === undefined
        ? undefined
        : outgoing(this.#connection, message, {
            messageId: options.messageId,
            taskId,
            role: this.#known.roleIn(taskId),
          });
    const left = this.#connection.sharing(options);
    const ends = state !== undefined && terminalStates.has(state) && artifact === undefined;
    const update = (): Promise<GridTask> =>
      this.#task(
        method,
        "updateTask",
        {
          taskId: checked(method, "taskId", taskId, idRule),
          state: this.#state(state),
          message: sent?.body,
          artifact: artifact && this.#artifact(artifact),
          checkIn,
        },
        {
          repeat: ends ? "always" : sent === undefined ? "never" : "deduped",
          messageId: sent?.messageId,
          nodeId: this.#address(taskId),
        },
        left(),
      );
    return ends ? await this.#unlessEnded(taskId, state, update, left, method) : await update();
  }

  completeTask(taskId: string, options: EndTaskOptions): Promise<GridTask> {
    checkCall("completeTask", options, endRules);
    return this.updateTask(taskId, { ...options, state: "completed" }, "completeTask");
  }

  rejectTask(taskId: string, reason: MessageInput, options: EndTaskOptions): Promise<GridTask> {
    const method = "rejectTask";
    const rule = { expected: "the reason, not empty", isOne: (value: unknown): boolean => isReason(value) };
    checked(method, "reason", reason, rule);
    checkCall(method, options, endRules);
    return this.updateTask(taskId, { ...options, message: reason, state: "rejected" }, method);
  }

  async cancelTask(taskId: string, options: CallOptions): Promise<GridTask> {
    const method = "cancelTask";
    checkCallOptions(method, options);
    const left = this.#connection.sharing(options);
    const cancel = (): Promise<GridTask> =>
      this.#task(
        method,
        "cancelTask",
        { taskId: checked(method, "taskId", taskId, idRule) },
        { repeat: "always", nodeId: this.#address(taskId) },
        left(),
      );
    return await this.#unlessEnded(taskId, "canceled", cancel, left, method);
  }

  async ackMessages(taskId: string, options: CallOptions): Promise<GridAck> {
    const method = "ackMessages";
    checkCallOptions(method, options);
    const answer = await this.#call(
      method,
      "ackMessages",
      { taskId: checked(method, "taskId", taskId, idRule) },
      { repeat: "always", nodeId: this.#address(taskId) },
      options,
    );
    return decoderOf(this.#connection.profile, method).ack(answer, taskId);
  }

  async findActiveTask(nodeId: string, options: CallOptions): Promise<GridTask | null> {
    const method = "findActiveTask";
    checked(method, "nodeId", nodeId, idRule);
    checkCallOptions(method, options);
    let newest: GridTask | null = null;
    for await (const task of this.eachTask({}, method, this.#connection.sharing(options))) {
      const isWithPeer = task.senderNodeId === nodeId || task.receiverNodeId === nodeId;
      if (isWithPeer && !terminalStates.has(task.state) && bornAt(task) > bornAt(newest)) {
        newest = task;
      }
    }
    return newest;
  }

  /**
   * A repeat of an end whose first answer was lost finds the task ended; where it ended so, that is what was asked for. A server
   * that knows repeats says so itself.
   */
  async #unlessEnded(
    taskId: string,
    state: TaskState,
    update: () => Promise<GridTask>,
    left: () => CallOptions,
    method: string,
  ): Promise<GridTask> {
    try {
      return await update();
    } catch (error) {
      const isOurs =
        error instanceof GridA2AError &&
        error.attempts > 1 &&
        error.reason === "task_terminal" &&
        error.data.state === this.#state(state);
      if (!isOurs) {
        throw error;
      }
      return await this.getTask(taskId, left(), method);
    }
  }

  async #task(
    method: string,
    call: RpcCall,
    params: Parameters<Connection["names"]["rpc"]>[0],
    how: CallHow,
    options: CallOptions,
  ): Promise<GridTask> {
    const answer = await this.#call(method, call, params, how, options);
    const task = decoderOf(this.#connection.profile, method).task(answer);
    this.#known.note(task);
    return task;
  }

  #call(
    method: string,
    call: RpcCall,
    params: Parameters<Connection["names"]["rpc"]>[0],
    how: CallHow,
    options: CallOptions,
  ): Promise<unknown> {
    const { names } = this.#connection;
    return this.#connection.rpc({ method, call, params: names.rpc(params), ...how }, options);
  }

  #address(taskId: string): string | undefined {
    return this.#connection.profile.switches.rpcAddress === "peer" ? this.#known.peerIn(taskId) : undefined;
  }

  #state(state: TaskState | undefined): string | undefined {
    return state === undefined ? undefined : writeState(state, this.#connection.profile);
  }

  #filter({ state, ...filter }: TaskFilter & CallOptions): Body {
    const { signal: _, timeoutMs: __, ...rest } = filter;
    const states = typeof state === "object" ? state.map((each) => this.#state(each)) : this.#state(state);
    return { ...rest, state: states };
  }

  #artifact({ parts, ...rest }: ArtifactInput): Body {
    const { names, profile } = this.#connection;
    return names.rpc({ ...rest, parts: parts.map((part) => writePart({ ...part }, profile)) });
  }
}

interface CallHow {
  readonly repeat: Repeat;
  readonly messageId?: string | undefined;
  readonly nodeId?: string | undefined;
}

const bornAt = (task: GridTask | null): number =>
  task === null ? -Infinity : Date.parse(task.createdAt ?? task.updatedAt ?? "") || 0;

const isReason = (value: unknown): boolean =>
  typeof value === "string" ? value.trim() !== "" : messageRule.isOne(value);
