// Tasks: the daemon's own queue of work.
import {
  callRules,
  hasCode,
  must,
  newIdempotencyKey,
  type OptionRules,
  UnimplementedError,
} from "@x/core/base";
import { TaskStatus as WireTaskStatus } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { ClaimedTask, Task, TaskDetail, TaskStatus } from "../types.ts";
import { durationOf } from "../wire/duration.ts";
import type { CallOptions } from "./call-options.ts";
import { check, checkCall, checkTexts, leaseTtlRule, requiredText, serviceName } from "./checks.ts";
import { type Connection, callEither } from "./connection.ts";
import { decodeTask, wireTaskStatuses } from "./decode/decode.ts";
import { decodeTaskDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import { pages } from "./pages.ts";
import { heardOut, taking } from "./taking.ts";

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
  /**
   * How often the task is given out again after a claim was lost, because it expired or its holder died, 0 to 1,000;
   * `Infinity` for any number of times. With one loss more the task is dead: it may be what takes its workers down. Needs
   * our own daemon; another gives it out for ever. @default 5
   */
  readonly maxLost?: number;
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
  /** How long to wait for a task, in milliseconds; `Infinity` for ever. @default 0 */
  readonly waitTimeoutMs?: number;
}

/** How to complete a task. */
export interface CompleteTaskOptions extends CallOptions {
  /** Up to 1 MiB; a text is sent as UTF-8. @default empty */
  readonly output?: Uint8Array | string;
  /** Only under this claim, so that a claim which was lost completes nothing. Needs our own daemon. @default any */
  readonly token?: bigint;
}

/** How to cancel a task. */
export interface CancelTaskOptions extends CallOptions {
  /** Up to 8 KiB. @default "" */
  readonly reason?: string;
}

/** How to fail a task. */
export interface FailTaskOptions extends CancelTaskOptions {
  /** Only under this claim, and so safe to repeat. Needs our own daemon. @default any */
  readonly token?: bigint;
}

/** Which tasks to list. */
export interface ListTasksOptions extends CallOptions {
  /** All by default. */
  readonly status?: TaskStatus;
}

const createRules: OptionRules<CreateTaskOptions> = {
  ...callRules,
  type: requiredText,
  input: must.beTextOrBytes,
  requiredTools: must.beTexts,
  maxRetries: { ...must.beWhole(0, 1_000), code: "retries_out_of_range" },
  maxLost: {
    expected: "a whole number from 0 to 1000, or Infinity",
    isOne: (value) => value === Infinity || must.beWhole(0, 1_000).isOne(value),
    code: "losses_out_of_range",
  },
  ttlSeconds: leaseTtlRule,
  idempotencyKey: must.beText,
};
const claimRules: OptionRules<ClaimTaskOptions> = { ...callRules, types: must.beTexts };
const tryClaimRules: OptionRules<TryClaimTaskOptions> = { ...claimRules, waitTimeoutMs: must.beWaitMs };
const completeRules: OptionRules<CompleteTaskOptions> = {
  ...callRules,
  output: must.beTextOrBytes,
  token: must.beBigint,
};
const cancelRules: OptionRules<CancelTaskOptions> = { ...callRules, reason: must.beText };
const failRules: OptionRules<FailTaskOptions> = { ...cancelRules, token: must.beBigint };
const statusNames = Object.keys(wireTaskStatuses);
const listRules: OptionRules<ListTasksOptions> = { ...callRules, status: must.beOneOf(...statusNames) };
const listDetailRules: OptionRules<ListTaskDetailsOptions> = {
  ...callRules,
  statuses: must.beSomeOf(...statusNames),
  type: must.beText,
  withData: must.beBoolean,
};

const encoder = new TextEncoder();
const noBytes = new Uint8Array(0);

const bytesOf = (data: Uint8Array | string = noBytes): Uint8Array<ArrayBuffer> =>
  typeof data === "string" ? encoder.encode(data) : new Uint8Array(data);

export async function createTask(connection: Connection, options: CreateTaskOptions): Promise<Task> {
  check("createTask", options, createRules);
  const { type, maxRetries = 0, maxLost = 5, ttlSeconds = 60 } = options;
  const message = {
    type,
    input: bytesOf(options.input),
    requiredTools: [...(options.requiredTools ?? [])],
    maxRetries,
    ttlSeconds,
  };
  const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
  return callEither(
    connection,
    async () => {
      const { task } = await connection.callExt("createTask", "safe", options, (call, ext) =>
        ext.tasks.createTask(
          { ...message, idempotencyKey, ...(maxLost === Infinity ? {} : { maxLost }) },
          call,
        ),
      );
      return decodeTask(required("createTask", "task", task?.task));
    },
    async () => {
      if (options.idempotencyKey !== undefined) {
        throw needsExt("createTask", "a task with an idempotency key");
      }
      if (options.maxLost !== undefined && options.maxLost !== Infinity) {
        throw needsExt("createTask", "a bound on lost claims");
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
): Promise<ClaimedTask> {
  checkTexts("claimTask", { agentId });
  check("claimTask", options, claimRules);
  // A wait for work has no end of its own.
  const unbounded = { timeoutMs: undefined };
  const { types } = options;
  const additive = async (): Promise<ClaimedTask> => {
    const { task } = await taking(
      connection,
      "claimTask",
      "unsafe",
      options,
      (call, ext, requestId) => ext.tasks.claimTask({ agentId, types: [...(types ?? [])], requestId }, call),
      unbounded,
    );
    return decodeTaskDetail("claimTask", required("claimTask", "task", task));
  };
  const plain = async (): Promise<ClaimedTask> => {
    const { task } = await connection.call(
      "claimTask",
      "unsafe",
      options,
      (call) =>
        heardOut(
          connection,
          "claimTask",
          call,
          (heard) => connection.tasks.claimTask({ agentId }, heard),
          (answer) => giveClaimBack(connection, agentId, answer.task?.id ?? ""),
        ),
      unbounded,
    );
    return { ...decodeTask(required("claimTask", "task", task)), lostCount: null, token: null };
  };
  return types === undefined ? callEither(connection, additive, plain) : additive();
}

/** A claim is a lease on the task's id, whose token its holder learns by taking it again. */
async function giveClaimBack(connection: Connection, agentId: string, taskId: string): Promise<void> {
  const { acquired, lease } = await connection.call("acquireLease", "safe", undefined, (call) =>
    connection.leases.acquireLease({ taskId, agentId, ttlSeconds: 60 }, call),
  );
  if (acquired) {
    await connection.call("releaseLease", "safe", undefined, (call) =>
      connection.leases.releaseLease({ taskId, agentId, token: { value: lease?.token?.value ?? 0n } }, call),
    );
  }
}

/** The next task that matches within the wait, with the token of its claim; `null` if there is none. */
export async function tryClaimTask(
  connection: Connection,
  agentId: string,
  options: TryClaimTaskOptions = {},
): Promise<TaskDetail | null> {
  checkTexts("tryClaimTask", { agentId });
  check("tryClaimTask", options, tryClaimRules);
  const { types = [], waitTimeoutMs = 0 } = options;
  const patience = { ...options, timeoutMs: (options.timeoutMs ?? connection.timeoutMs) + waitTimeoutMs };
  const wait = waitTimeoutMs === Infinity ? {} : { wait: durationOf(waitTimeoutMs) };
  const { task } = await taking(connection, "tryClaimTask", "unsafe", patience, (call, ext, requestId) =>
    ext.tasks.claimTask({ agentId, types: [...types], ...wait, requestId }, call),
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
  check("listTaskDetails", options, listDetailRules);
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
  options: CancelTaskOptions = {},
): Promise<TaskDetail> {
  checkTexts("cancelTask", { taskId });
  check("cancelTask", options, cancelRules);
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
  check("completeTask", options, completeRules);
  const message = { taskId, agentId, output: bytesOf(options.output) };
  const { token } = options;
  await (token === undefined
    ? connection.call("completeTask", "safe", options, (call) => connection.tasks.completeTask(message, call))
    : connection.callExt("completeTask", "safe", options, (call, ext) =>
        ext.tasks.completeTask({ ...message, token: { value: token } }, call),
      ));
}

export async function failTask(
  connection: Connection,
  taskId: string,
  agentId: string,
  options: FailTaskOptions = {},
): Promise<void> {
  checkTexts("failTask", { taskId, agentId });
  check("failTask", options, failRules);
  const { reason = "", token } = options;
  const message = { taskId, agentId, reason };
  if (token === undefined) {
    await connection.call("failTask", "unsafe", options, (call) => connection.tasks.failTask(message, call));
    return;
  }
  try {
    // The token ends with the claim, so a repeat fails no other one; it can only find that it was done.
    await connection.callExt("failTask", "safe", options, (call, ext) =>
      ext.tasks.failTask({ ...message, token: { value: token } }, call),
    );
  } catch (error) {
    if (!wasFailedBefore(error)) {
      throw error;
    }
  }
}

const wasFailedBefore = (error: unknown): boolean =>
  hasCode(error, "task_not_claimed", "task_not_yours", "lease_token_mismatch") && error.attempts > 1;

export async function getTask(connection: Connection, taskId: string, options?: CallOptions): Promise<Task> {
  checkTexts("getTask", { taskId });
  checkCall("getTask", options);
  const { task } = await connection.call("getTask", "safe", options, (call) =>
    connection.tasks.getTask({ taskId }, call),
  );
  return decodeTask(required("getTask", "task", task));
}

export async function listTasks(connection: Connection, options: ListTasksOptions = {}): Promise<Task[]> {
  check("listTasks", options, listRules);
  const status = options.status === undefined ? WireTaskStatus.UNSPECIFIED : wireTaskStatuses[options.status];
  const { tasks } = await connection.call("listTasks", "safe", options, (call) =>
    connection.tasks.listTasks({ status }, call),
  );
  return tasks.map(decodeTask);
}
