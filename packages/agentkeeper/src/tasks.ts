// Tasks: the daemon's own queue of work.
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { TaskStatus as WireTaskStatus } from "./gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { Task, TaskStatus } from "./types.ts";
import { decodeTask, wireTaskStatuses } from "./wire/decode.ts";
import { required } from "./wire/required.ts";

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

function bytesOf(data: Uint8Array | string = noBytes): Uint8Array<ArrayBuffer> {
  return typeof data === "string" ? encoder.encode(data) : new Uint8Array(data);
}

export async function createTask(connection: Connection, options: CreateTaskOptions): Promise<Task> {
  const { type, maxRetries = 0, ttlSeconds = 60 } = options;
  const message = {
    type,
    input: bytesOf(options.input),
    requiredTools: [...(options.requiredTools ?? [])],
    maxRetries,
    ttlSeconds,
  };
  const { task } = await connection.call("createTask", "unsafe", options, (call) =>
    connection.tasks.createTask(message, call),
  );
  return decodeTask(required("createTask", "task", task));
}

export async function claimTask(
  connection: Connection,
  agentId: string,
  options?: CallOptions,
): Promise<Task> {
  const { task } = await connection.call(
    "claimTask",
    "unsafe",
    options,
    (call) => connection.tasks.claimTask({ agentId }, call),
    // A wait for work has no end of its own.
    { timeoutMs: undefined },
  );
  return decodeTask(required("claimTask", "task", task));
}

export async function completeTask(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: CompleteTaskOptions = {},
): Promise<void> {
  const output = bytesOf(options.output);
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
  const { tasks } = await connection.call("listTasks", "safe", options, (call) =>
    connection.tasks.listTasks({ status }, call),
  );
  return tasks.map(decodeTask);
}
