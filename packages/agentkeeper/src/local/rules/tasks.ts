// Tasks: work that waits for an agent with the right tools, is claimed, and ends completed or dead.
import type { Now } from "@x/core/service";
import type { CommandOf, Replies } from "./model/commands.ts";
import { checkLength, checkText, checkTexts, checkTtl, firstRefusal, limits } from "./model/limits.ts";
import type { KeeperRecord } from "./model/records.ts";
import { isRefusal, type Refusal, refuse } from "./model/refusal.ts";
import { recall, remember, taskKeyMemoryMs } from "./model/remembered.ts";
import { forgetClaimRequest, publish, type State, type Task } from "./model/state.ts";
import { viewTask, viewTaskDetail, viewTaskWithoutData } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { BusEvent, TaskStatusView } from "./model/views.ts";

export function createTask(
  state: State,
  command: CommandOf<"createTask">,
  turn: KeeperTurn,
): Replies["createTask"] | Refusal {
  const { id, taskType, input, requiredTools, maxRetries, maxLost, idempotencyKey = "" } = command;
  const refusal = firstRefusal(
    checkLength("idempotency_key", idempotencyKey, limits.idempotencyKey),
    checkText("type", taskType, limits.taskType),
    checkLength("input", input, limits.taskInput),
    checkTexts("required_tools", requiredTools, { count: limits.taskToolsCount, bytes: limits.cardTool }),
    maxRetries > limits.taskMaxRetries
      ? refuse("RETRIES_OUT_OF_RANGE", `max_retries must be at most ${limits.taskMaxRetries}`, {
          field: "max_retries",
          limit: String(limits.taskMaxRetries),
        })
      : undefined,
    maxLost !== undefined && maxLost > limits.taskMaxLost
      ? refuse("LOSSES_OUT_OF_RANGE", `max_lost must be at most ${limits.taskMaxLost}, or absent`, {
          field: "max_lost",
          limit: String(limits.taskMaxLost),
        })
      : undefined,
    checkTtl(command.ttlSeconds, limits.leaseTtlSeconds),
  );
  if (refusal !== undefined) {
    return refusal;
  }
  const ttlSeconds = command.ttlSeconds || limits.leaseTtlSecondsDefault;
  const first = recall(state.taskKeys, idempotencyKey, turn.now, taskKeyMemoryMs);
  if (first !== undefined) {
    const known = state.tasks.get(first.id);
    // A second task would do the work again; that the first one is no longer remembered does not change that.
    return known === undefined
      ? refuse("TASK_NOT_FOUND", `the task of this key, ${first.id}, has ended and is no longer kept`, {
          task_id: first.id,
        })
      : { task: viewTask(known), detail: viewTaskDetail(state, known, false), created: false };
  }
  turn.emit({
    type: "task.created",
    id,
    taskType,
    input,
    requiredTools,
    maxRetries,
    ttlSeconds,
    ...(idempotencyKey === "" ? {} : { idempotencyKey }),
    ...(maxLost === undefined ? {} : { maxLost }),
  });
  const task = knownTask(state, id);
  return isRefusal(task)
    ? task
    : { task: viewTask(task), detail: viewTaskDetail(state, task, false), created: true };
}

export function completeTask(
  state: State,
  command: CommandOf<"completeTask">,
  turn: KeeperTurn,
  finishedRetention: number,
): Replies["completeTask"] | Refusal {
  const { taskId, agentId, output, token } = command;
  const refusal = checkLength("output", output, limits.taskOutput);
  const task = refusal ?? claimedTask(state, taskId, agentId, token);
  if (isRefusal(task)) {
    // The answer to the first call may have been lost; saying the same again is no error.
    const finished = state.tasks.get(taskId);
    const repeated =
      refusal === undefined &&
      finished?.status === "completed" &&
      finished.claimedByAgentId === agentId &&
      Buffer.compare(finished.output, output) === 0;
    return repeated ? { detail: viewTaskDetail(state, finished, false) } : task;
  }
  turn.emit({ type: "lease.released", taskId });
  turn.emit({ type: "task.completed", id: taskId, output });
  const detail = viewTaskDetail(state, task, false);
  forgetOldest(state, turn, finishedRetention);
  return { detail };
}

export function failTask(
  state: State,
  command: CommandOf<"failTask">,
  turn: KeeperTurn,
  finishedRetention: number,
): Replies["failTask"] | Refusal {
  const { taskId, agentId, reason, token } = command;
  const task =
    checkLength("reason", reason, limits.failureReason) ?? claimedTask(state, taskId, agentId, token);
  if (isRefusal(task)) {
    return task;
  }
  turn.emit({ type: "lease.released", taskId });
  if (task.retryCount < task.maxRetries) {
    turn.emit({ type: "task.requeued", id: taskId, reason, countsAsRetry: true, to: "back" });
  } else {
    turn.emit({ type: "task.dead", id: taskId, reason });
  }
  const detail = viewTaskDetail(state, task, false);
  forgetOldest(state, turn, finishedRetention);
  return { detail };
}

/** Ends a task that nobody needs any more. Doing so to a finished one is refused. */
export function cancelTask(
  state: State,
  command: CommandOf<"cancelTask">,
  turn: KeeperTurn,
  finishedRetention: number,
): Replies["cancelTask"] | Refusal {
  const { taskId, reason } = command;
  const task = checkLength("reason", reason, limits.failureReason) ?? knownTask(state, taskId);
  if (isRefusal(task)) {
    return task;
  }
  if (task.status !== "pending" && task.status !== "claimed") {
    return refuse("TASK_NOT_CLAIMED", `task ${taskId} is ${task.status} already`, { task_id: taskId });
  }
  if (task.status === "claimed") {
    turn.emit({ type: "lease.released", taskId });
  }
  turn.emit({ type: "task.dead", id: taskId, reason });
  const detail = viewTaskDetail(state, task, false);
  forgetOldest(state, turn, finishedRetention);
  return { detail };
}

export function getTask(state: State, command: CommandOf<"getTask">): Replies["getTask"] | Refusal {
  const task = knownTask(state, command.taskId);
  return isRefusal(task) ? task : { task: viewTask(task) };
}

export function listTasks(state: State, command: CommandOf<"listTasks">): Replies["listTasks"] {
  const { status } = command;
  const tasks = [...state.tasks.values()].filter((task) => status === undefined || task.status === status);
  return { tasks: tasks.map(viewTask) };
}

function knownTask(state: State, taskId: string): Task | Refusal {
  const refusal = checkText("task_id", taskId, limits.taskId);
  if (refusal !== undefined) {
    return refusal;
  }
  return (
    state.tasks.get(taskId) ?? refuse("TASK_NOT_FOUND", `no task has the id ${taskId}`, { task_id: taskId })
  );
}

/** The task that this agent has claimed, or why it has not. */
function claimedTask(
  state: State,
  taskId: string,
  agentId: string,
  token: bigint | undefined,
): Task | Refusal {
  const task =
    firstRefusal(
      checkText("task_id", taskId, limits.taskId),
      checkText("agent_id", agentId, limits.agentId),
    ) ?? knownTask(state, taskId);
  if (isRefusal(task)) {
    return task;
  }
  if (task.status !== "claimed") {
    return refuse("TASK_NOT_CLAIMED", `task ${taskId} is ${task.status}, not claimed`, { task_id: taskId });
  }
  if (task.claimedByAgentId !== agentId) {
    return refuse("TASK_NOT_YOURS", `task ${taskId} is claimed by another agent`, { task_id: taskId });
  }
  if (token !== undefined && BigInt(state.leases.get(taskId)?.token ?? 0) !== token) {
    return refuse("LEASE_TOKEN_MISMATCH", `task ${taskId} is claimed under another grant`, {
      task_id: taskId,
    });
  }
  return task;
}

/** A claimed task that nobody holds any more: it waits again, or it was lost once too often. */
export function loseClaim(
  state: State,
  task: Task,
  reason: string,
  turn: KeeperTurn,
  finishedRetention: number,
): void {
  const { id, lostCount, maxLost } = task;
  if (maxLost === undefined || lostCount < maxLost) {
    turn.emit({ type: "task.requeued", id, reason, countsAsRetry: false, claimLost: true, to: "back" });
    return;
  }
  const times = lostCount === 0 ? "once" : `${lostCount + 1} times`;
  turn.emit({ type: "task.dead", id, reason: `${reason}; lost ${times}`, claimLost: true });
  forgetOldest(state, turn, finishedRetention);
}

function forgetOldest(state: State, turn: KeeperTurn, retention: number): void {
  for (const id of state.finished) {
    if (state.finished.size <= retention) {
      return;
    }
    turn.emit({ type: "task.forgotten", id });
  }
}

type TaskRecord = Extract<KeeperRecord, { type: `task.${string}` }>;

const noBytes = new Uint8Array(0);

export function applyTask(state: State, record: TaskRecord, now: Now): BusEvent | undefined {
  if (record.type === "task.created") {
    const { id, input, requiredTools, maxRetries, maxLost, ttlSeconds, idempotencyKey } = record;
    state.lastTaskOrdinal += 1;
    const task: Task = {
      id,
      type: record.taskType,
      input,
      output: noBytes,
      status: "pending",
      requiredTools,
      maxRetries,
      ttlSeconds,
      retryCount: 0,
      claimedByAgentId: "",
      failureReason: "",
      createdAt: now.wall,
      claimedAt: undefined,
      completedAt: undefined,
      ordinal: state.lastTaskOrdinal,
      lostCount: 0,
      maxLost,
      finishedAt: undefined,
      place: 0,
      claimRequestId: "",
      claimTicket: undefined,
    };
    state.tasks.set(id, task);
    state.taskCounts.pending += 1;
    if (idempotencyKey !== undefined) {
      remember(state.taskKeys, idempotencyKey, { id }, now, taskKeyMemoryMs);
    }
    enqueue(state, task, "back");
    return publish(state, now, { topic: record.type, task: viewTaskWithoutData(task) });
  }
  const task = state.tasks.get(record.id);
  if (task === undefined) {
    return undefined;
  }
  switch (record.type) {
    case "task.claimed":
      state.pending.remove(task);
      state.freed.delete(task);
      setStatus(state, task, "claimed");
      task.claimedByAgentId = record.agentId;
      task.claimedAt = now.wall;
      if (record.requestId !== undefined) {
        task.claimRequestId = record.requestId;
        state.claimRequests.set(record.requestId, task);
      }
      break;
    case "task.completed":
      finish(state, task, "completed", now);
      task.output = record.output;
      task.completedAt = now.wall;
      break;
    case "task.requeued":
      setStatus(state, task, "pending");
      task.retryCount += record.countsAsRetry ? 1 : 0;
      task.lostCount += record.claimLost === true ? 1 : 0;
      task.claimedByAgentId = "";
      task.claimedAt = undefined;
      task.failureReason = record.reason ?? task.failureReason;
      enqueue(state, task, record.to);
      break;
    case "task.dead":
      finish(state, task, "dead", now);
      task.lostCount += record.claimLost === true ? 1 : 0;
      task.failureReason = record.reason;
      break;
    case "task.forgotten":
      state.finished.delete(task.id);
      state.tasks.delete(task.id);
      state.taskCounts[task.status] -= 1;
      return undefined;
  }
  return publish(state, now, { topic: record.type, task: viewTaskWithoutData(task) });
}

function setStatus(state: State, task: Task, status: TaskStatusView): void {
  state.taskCounts[task.status] -= 1;
  state.taskCounts[status] += 1;
  task.status = status;
  if (task.claimTicket !== undefined) {
    state.claimTickets.delete(task.claimTicket);
    task.claimTicket = undefined;
  }
  forgetClaimRequest(state, task);
}

function finish(state: State, task: Task, status: "completed" | "dead", now: Now): void {
  if (task.status === "pending") {
    state.pending.remove(task);
    state.freed.delete(task);
  }
  setStatus(state, task, status);
  task.finishedAt = now.wall;
  state.finished.add(task.id);
}

function enqueue(state: State, task: Task, to: "back" | "old_place"): void {
  if (to === "back") {
    state.lastPlace += 1;
    task.place = state.lastPlace;
  }
  state.pending.add(task);
  state.freed.add(task);
}
