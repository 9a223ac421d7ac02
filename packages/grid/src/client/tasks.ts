// Tasks: 1:1 conversations that end in a state.

import { GridA2AError } from "../errors.ts";
import type { GridAck, GridMessage, GridTask, TaskPage, TaskState } from "../types.ts";
import { terminalStates, writePart, writeState } from "../wire/forms.ts";
import type { Body } from "../wire/names.ts";
import type { RpcCall } from "../wire/profile.ts";
import { type CallOptions, checkCall, checkCallOptions, checked, idRule } from "./call-options.ts";
import type { Connection, Repeat } from "./connection.ts";
import { ackOf, messageOf, taskOf } from "./decode/decode-task.ts";
import { listOf, readerOf } from "./decode/reading.ts";
import type { KnownTasks } from "./known-tasks.ts";
import { type MessageInput, messageRule, outgoing } from "./messages.ts";
import { allPages } from "./pages.ts";
import {
  type ArtifactInput,
  type EachTaskOptions,
  type EndTaskOptions,
  eachRules,
  endRules,
  type HistoryOptions,
  historyRules,
  type ListTasksOptions,
  listRules,
  type SendMessageOptions,
  type SendTaskOptions,
  sendMessageRules,
  sendTaskRules,
  type TaskFilter,
  type UpdateTaskOptions,
  updateRules,
} from "./task-options.ts";

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
    const read = readerOf(this.#connection.profile, method);
    const tasks = listOf(read, answer).map((item) => taskOf(read, item));
    for (const task of tasks) {
      this.#known.note(task);
    }
    const from = Array.isArray(answer) ? undefined : read(answer);
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
    const read = readerOf(this.#connection.profile, method);
    return listOf(read, answer).map((item) => messageOf(read, item));
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

  async completeTask(taskId: string, options: EndTaskOptions): Promise<GridTask> {
    checkCall("completeTask", options, endRules);
    return await this.updateTask(taskId, { ...options, state: "completed" }, "completeTask");
  }

  async rejectTask(taskId: string, reason: MessageInput, options: EndTaskOptions): Promise<GridTask> {
    const method = "rejectTask";
    const rule = { expected: "the reason, not empty", isOne: (value: unknown): boolean => isReason(value) };
    checked(method, "reason", reason, rule);
    checkCall(method, options, endRules);
    return await this.updateTask(taskId, { ...options, message: reason, state: "rejected" }, method);
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
    return ackOf(readerOf(this.#connection.profile, method), answer, taskId);
  }

  async findActiveTask(nodeId: string, options: CallOptions): Promise<GridTask | null> {
    const method = "findActiveTask";
    checked(method, "nodeId", nodeId, idRule);
    checkCallOptions(method, options);
    const own = (await this.#connection.identity()).info.nodeId;
    let newest: GridTask | null = null;
    for await (const task of this.eachTask({}, method, this.#connection.sharing(options))) {
      const peer = task.senderNodeId === own ? task.receiverNodeId : task.senderNodeId;
      if (peer === nodeId && !terminalStates.has(task.state) && bornAt(task) > bornAt(newest)) {
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
    const task = taskOf(readerOf(this.#connection.profile, method), answer);
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
