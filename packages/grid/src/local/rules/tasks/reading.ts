// What the parties of a task read of it, and how each learns that the other has.
import type { CommandOf, Replies, TaskView } from "../model/commands.ts";
import type { Message, Side, Task } from "../model/entities.ts";
import { isRefusal, type Refusal } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { noteFetch } from "../nodes/nodes.ts";
import { compareIds, page } from "../order.ts";
import { taskNotice } from "./changes.ts";
import { isFor, listed, other, type Part, partOf, viewOf } from "./parties.ts";

export function readTask(
  state: State,
  { nodeId, taskId }: CommandOf<"readTask">,
  turn: GridTurn,
): Replies["readTask"] | Refusal {
  const part = partOf(state, taskId, nodeId);
  if (isRefusal(part)) {
    return part;
  }
  const { task, reads } = part;
  const { readSeq, unread } = task[reads];
  const messages: Message[] =
    unread === 0
      ? []
      : (state.messages.get(taskId) ?? []).slice(readSeq).filter((message) => isFor(message, reads));
  noteFetch(state, nodeId, turn);
  if (messages.length === 0) {
    return { task, messages, unreadCount: 0 };
  }
  const seen = withSide(task, part, { unread: 0, readSeq: task.lastSeq });
  tell(seen, part, "read", messages.at(-1)?.messageId ?? null, turn);
  return { task: seen, messages, unreadCount: 0 };
}

export function ackTask(
  state: State,
  { nodeId, taskId }: CommandOf<"ackTask">,
  turn: GridTurn,
): Replies["ackTask"] | Refusal {
  const part = partOf(state, taskId, nodeId);
  if (isRefusal(part)) {
    return part;
  }
  const { task, reads } = part;
  const { unacked, unread, wait } = task[reads];
  if (unacked > 0 || unread > 0 || wait !== null) {
    const seen = withSide(task, part, {
      unread: 0,
      readSeq: task.lastSeq,
      unacked: 0,
      ackSeq: task.lastSeq,
      wait: null,
    });
    tell(seen, part, unacked > 0 ? "ack" : undefined, null, turn);
  }
  return { taskId, acked: unacked, unreadCount: 0 };
}

/** What one side has seen. A receiver that has seen everything lets the task live on. */
function withSide(task: Task, { reads }: Part, changes: Partial<Side>): Task {
  const changed = { ...task, [reads]: { ...task[reads], ...changes } };
  return reads === "receiver" ? { ...changed, failAtMs: null } : changed;
}

function tell(
  task: Task,
  { reads, isSelf }: Part,
  what: "read" | "ack" | undefined,
  messageId: string | null,
  turn: GridTurn,
): void {
  turn.emit({
    type: "task.set",
    task,
    notices:
      isSelf || what === undefined
        ? []
        : [taskNotice(task, other(reads), reads, what, messageId, turn.now.wall)],
  });
}

export function getTask(
  state: State,
  { nodeId, taskId, historyLength }: CommandOf<"getTask">,
): TaskView | Refusal {
  const part = partOf(state, taskId, nodeId);
  return isRefusal(part) ? part : viewOf(state, part.task, part.reads, historyLength);
}

export function listTasks(state: State, command: CommandOf<"listTasks">): Replies["listTasks"] {
  const { nodeId, states, contextId, parentTaskId, peerNodeId, role, unreadOnly, limit, offset } = command;
  const found: Task[] = [];
  for (const task of [...(state.tasksOf.get(nodeId)?.values() ?? [])].reverse()) {
    const isSender = task.senderNodeId === nodeId;
    const isReceiver = task.receiverNodeId === nodeId;
    if (
      (states === null || states.includes(task.state)) &&
      (contextId === null || task.contextId === contextId) &&
      (parentTaskId === null || task.parentTaskId === parentTaskId) &&
      (peerNodeId === null || (isSender ? task.receiverNodeId : task.senderNodeId) === peerNodeId) &&
      (role === null || (role === "sender" ? isSender : isReceiver)) &&
      (!unreadOnly || task[isReceiver ? "receiver" : "sender"].unread > 0)
    ) {
      found.push(task);
    }
  }
  // Almost in order by now: only those of the same moment are not.
  found.sort((one, two) => two.updatedMs - one.updatedMs || compareIds(one.taskId, two.taskId));
  return {
    tasks: page(found, offset, limit).map((task) =>
      listed(state, task, task.receiverNodeId === nodeId ? "receiver" : "sender"),
    ),
    total: found.length,
  };
}

/** A side was waited for and said nothing: its messages' author is told, once. */
export function notAcked(
  state: State,
  { taskId, side }: { readonly taskId: string; readonly side: "sender" | "receiver" },
  turn: GridTurn,
): void {
  const task = state.tasks.get(taskId);
  const wait = task?.[side].wait;
  if (task === undefined || !wait) {
    return;
  }
  const changed: Task = { ...task, [side]: { ...task[side], wait: null } };
  const notice = taskNotice(changed, other(side), side, "no_ack", wait.messageId, turn.now.wall);
  turn.emit({ type: "task.set", task: changed, notices: [notice] });
}
