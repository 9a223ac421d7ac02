// Who a node is to a task, and what it finds there: an outsider finds nothing.
import type { TaskView } from "../model/commands.ts";
import type { Message, Side, SideName, Task } from "../model/entities.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State } from "../model/state.ts";

/** A task and the side on which a node stands; a task to itself is both. */
export interface Part {
  readonly task: Task;
  /** Whose unread messages the node sees. */
  readonly reads: SideName;
  /** As whom it acts. */
  readonly acts: SideName;
  readonly isSelf: boolean;
}

export function partOf(state: State, taskId: string, nodeId: string): Part | Refusal {
  const task = state.tasks.get(taskId);
  if (task === undefined || (task.senderNodeId !== nodeId && task.receiverNodeId !== nodeId)) {
    return refuse("task_not_found", `there is no task ${taskId.slice(0, 64)}`);
  }
  const isSelf = task.senderNodeId === task.receiverNodeId;
  const acts = task.senderNodeId === nodeId ? "sender" : "receiver";
  return { task, acts, reads: isSelf ? "receiver" : acts, isSelf };
}

export const other = (side: SideName): SideName => (side === "sender" ? "receiver" : "sender");

export const nodeOf = (task: Task, side: SideName): string =>
  side === "sender" ? task.senderNodeId : task.receiverNodeId;

export const isFor = ({ to }: Message, side: SideName): boolean => to === side || to === "both";

export const freshSide: Side = {
  readSeq: 0,
  ackSeq: 0,
  unread: 0,
  unacked: 0,
  wait: null,
  sessionKey: null,
};

/** The whole task as one of its parties sees it, with its newest messages. */
export function viewOf(
  state: State,
  task: Task,
  reads: SideName,
  historyLength: number | null = null,
): TaskView {
  const messages = state.messages.get(task.taskId) ?? [];
  const from = historyLength === null ? 0 : Math.max(0, task.lastSeq - historyLength);
  return {
    ...listed(state, task, reads),
    history: messages.slice(from, task.lastSeq),
    artifacts: [...(state.artifacts.get(task.taskId)?.values() ?? [])],
  };
}

/** The same as lists have it. */
export function listed(state: State, task: Task, reads: SideName): TaskView {
  const { stateSeq } = task;
  return {
    task,
    unreadCount: task[reads].unread,
    stateMessage: stateSeq === null ? undefined : state.messages.get(task.taskId)?.[stateSeq - 1],
  };
}
