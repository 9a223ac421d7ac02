// Tasks: the daemon's own queue of work.
import { newIdempotencyKey, UnimplementedError } from "@x/core/base";
import { TaskStatus as WireTaskStatus } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { Task, TaskDetail, TaskStatus } from "../types.ts";
import { durationOf } from "../wire/duration.ts";
import type { CallOptions } from "./call-options.ts";
import { checkTextLists, checkTexts, checkTtl, invalidArgument } from "./checks.ts";
import { type Connection, callEither, serviceName } from "./connection.ts";
import { decodeTask, wireTaskStatuses } from "./decode/decode.ts";
import { decodeTaskDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import { pages } from "./pages.ts";

/** A task to create. */
export interface CreateTaskOptions extends CallOptions {
  /** 1 to 256 bytes. Plays no part in who gets the task. */
  readonly type: string;
  /** Up to 1 MiB; a text is sent as UTF-8. @default empty */
  readonly input?: Uint8Array | string;
  /** Only agents whose card lists all of these get the task. @default [] */
  readonly requiredTools?: readonly string[];
  /** Failures after which the task is tried again, 0 to 1,000. @default 0 */
  readonly maxRetries?: number;
  /** How long each claim holds without a renewal, 1 to 604,800 seconds. A waiting task never times out. @default 60 */
  readonly ttlSeconds?: number;
  /**
   * Makes a repeat answer the first task, for 24 hours; up to 256 bytes. Without one, our own daemon is given a fresh
   * one, so that the call may be repeated after an unclear failure; another daemon is called once.
   */
  readonly idempotencyKey?: string;
}

/** How to claim a task. */
export interface ClaimTaskOptions extends CallOptions {
  /** Only tasks of these types. Needs our own daemon. @default all */
  readonly types?: readonly string[];
}

/** How to look whether there is work. */
export interface TryClaimTaskOptions extends ClaimTaskOptions {
  /** How long to wait for a task, in milliseconds. @default 0 */
  readonly waitTimeoutMs?: number;
}

/** How to complete a task. */
export interface CompleteTaskOptions extends CallOptions {
  /** Up to 1 MiB; a text is sent as UTF-8. @default empty */
  readonly output?: Uint8Array | string;
}

/** How to fail a task. */
export interface FailTaskOptions extends CallOptions {
  /** Up to 8 KiB. @default "" */
  readonly reason?: string;
}

/** Which tasks to list. */
export interface ListTasksOptions extends CallOptions {
  /** All by default. */
  readonly status?: TaskStatus;
}

const encoder = new TextEncoder();
const noBytes = new Uint8Array(0);

function bytesOf(
  operation: string,
  name: string,
  data: Uint8Array | string = noBytes,
): Uint8Array<ArrayBuffer> {
  if (typeof data === "string") {
    return encoder.encode(data);
  }
  if (data instanceof Uint8Array) {
    return new Uint8Array(data);
  }
  throw invalidArgument(operation, `${name} must be a string or a Uint8Array; write an object as JSON`);
}

export async function createTask(connection: Connection, options: CreateTaskOptions): Promise<Task> {
  const { type, maxRetries = 0, ttlSeconds = 60 } = options;
  checkTexts("createTask", { type });
  checkTextLists("createTask", { requiredTools: options.requiredTools });
  checkTtl("createTask", ttlSeconds);
  const message = {
    type,
    input: bytesOf("createTask", "input", options.input),
    requiredTools: [...(options.requiredTools ?? [])],
    maxRetries,
    ttlSeconds,
  };
  const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
  return callEither(
    connection,
    async () => {
      const { task } = await connection.callExt("createTask", "safe", options, (call, ext) =>
        ext.tasks.createTask({ ...message, idempotencyKey }, call),
      );
      return decodeTask(required("createTask", "task", task?.task));
    },
    async () => {
      if (options.idempotencyKey !== undefined) {
        throw needsExt("createTask", "a task with an idempotency key");
      }
      const { task } = await connection.call("createTask", "unsafe", options, (call) =>
        connection.tasks.createTask(message, call),
      );
      return decodeTask(required("createTask", "task", task));
    },
  );
}

function needsExt(operation: string, what: string): UnimplementedError {
  return new UnimplementedError(`${operation}: ${what} needs our own daemon.`, {
    service: serviceName,
    operation,
    code: "ext_unavailable",
  });
}

export async function claimTask(
  connection: Connection,
  agentId: string,
  options: ClaimTaskOptions = {},
): Promise<Task> {
  checkTexts("claimTask", { agentId });
  // A wait for work has no end of its own.
  const unbounded = { timeoutMs: undefined };
  const { types } = options;
  if (types !== undefined) {
    const answer = await connection.callExt(
      "claimTask",
      "unsafe",
      options,
      (call, ext) => ext.tasks.claimTask({ agentId, types: [...types] }, call),
      unbounded,
    );
    return decodeTask(required("claimTask", "task", answer.task?.task));
  }
  const { task } = await connection.call(
    "claimTask",
    "unsafe",
    options,
    (call) => connection.tasks.claimTask({ agentId }, call),
    unbounded,
  );
  return decodeTask(required("claimTask", "task", task));
}

/** The next task that matches within the wait, with the token of its claim; `null` if there is none. */
export async function tryClaimTask(
  connection: Connection,
  agentId: string,
  options: TryClaimTaskOptions = {},
): Promise<TaskDetail | null> {
  const { types = [], waitTimeoutMs = 0 } = options;
  const patience = { ...options, timeoutMs: (options.timeoutMs ?? connection.timeoutMs) + waitTimeoutMs };
  const { task } = await connection.callExt("tryClaimTask", "unsafe", patience, (call, ext) =>
    ext.tasks.claimTask({ agentId, types: [...types], wait: durationOf(waitTimeoutMs) }, call),
  );
  return task === undefined ? null : decodeTaskDetail("tryClaimTask", task);
}

/** Which tasks to list in pages. */
export interface ListTaskDetailsOptions extends CallOptions {
  /** All by default. */
  readonly statuses?: readonly TaskStatus[];
  /** Only tasks of this type. @default all */
  readonly type?: string;
  /** With input and output. @default false */
  readonly withData?: boolean;
}

export function listTaskDetails(
  connection: Connection,
  options: ListTaskDetailsOptions = {},
): AsyncIterable<TaskDetail> {
  const statuses = (options.statuses ?? []).map((status) => wireTaskStatuses[status]);
  const { type = "", withData = false } = options;
  return pages(async (pageToken) => {
    const { tasks, nextPageToken } = await connection.callExt(
      "listTaskDetails",
      "safe",
      options,
      (call, ext) => ext.tasks.listTasks({ statuses, type, withData, pageSize: 0, pageToken }, call),
    );
    return { items: tasks.map((task) => decodeTaskDetail("listTaskDetails", task)), nextPageToken };
  });
}

export async function cancelTask(
  connection: Connection,
  taskId: string,
  options: FailTaskOptions = {},
): Promise<TaskDetail> {
  const { reason = "" } = options;
  const { task } = await connection.callExt("cancelTask", "unsafe", options, (call, ext) =>
    ext.tasks.cancelTask({ taskId, reason }, call),
  );
  return decodeTaskDetail("cancelTask", required("cancelTask", "task", task));
}

export async function completeTask(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: CompleteTaskOptions = {},
): Promise<void> {
  checkTexts("completeTask", { taskId, agentId });
  const output = bytesOf("completeTask", "output", options.output);
  await connection.call("completeTask", "safe", options, (call) =>
    connection.tasks.completeTask({ taskId, agentId, output }, call),
  );
}

export async function failTask(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: FailTaskOptions = {},
): Promise<void> {
  const { reason = "" } = options;
  checkTexts("failTask", { taskId, agentId, reason });
  await connection.call("failTask", "unsafe", options, (call) =>
    connection.tasks.failTask({ taskId, agentId, reason }, call),
  );
}

export async function getTask(connection: Connection, taskId: string, options?: CallOptions): Promise<Task> {
  const { task } = await connection.call("getTask", "safe", options, (call) =>
    connection.tasks.getTask({ taskId }, call),
  );
  return decodeTask(required("getTask", "task", task));
}

export async function listTasks(connection: Connection, options: ListTasksOptions = {}): Promise<Task[]> {
  const status = options.status === undefined ? WireTaskStatus.UNSPECIFIED : wireTaskStatuses[options.status];
  if (status === undefined) {
    const known = Object.keys(wireTaskStatuses).join(", ");
    throw invalidArgument("listTasks", `status must be one of ${known}, not ${options.status}`);
  }
  const { tasks } = await connection.call("listTasks", "safe", options, (call) =>
    connection.tasks.listTasks({ status }, call),
  );
  return tasks.map(decodeTask);
}
