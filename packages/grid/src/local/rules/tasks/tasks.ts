// Tasks: how one begins, and what its parties may do to it.
import { parseJson } from "@x/core";
import type { CommandOf, TaskView } from "../model/commands.ts";
import { isTerminal, type KeptEntry, type SideName, type Task, type TaskState } from "../model/entities.ts";
import { invalid, isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { isOnline, keptOf, pairOf, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { unknownNode } from "../nodes/nodes.ts";
import { type Actor, change } from "./changes.ts";
import { freshSide, type Part, partOf, viewOf } from "./parties.ts";

export const messageKey = (messageId: string): string => `message ${messageId}`;

export function sendTask(
  state: State,
  command: CommandOf<"sendTask">,
  turn: GridTurn,
  rules: GridRules,
): TaskView | Refusal {
  const { nodeId, targetId, contextId, message, parentTaskId } = command;
  const { wall } = turn.now;
  const target = state.nodes.get(targetId);
  if (target === undefined) {
    return unknownNode(targetId);
  }
  const repeat = repeated(state, nodeId, message.messageId, message.fingerprint, wall);
  if (repeat !== undefined) {
    return isRefusal(repeat) ? repeat : viewOf(state, repeat.task, repeat.reads);
  }
  if (targetId === nodeId) {
    return refuse("self_task", "a node sends no task to itself; a schedule does that");
  }
  const pair = contextId === null ? undefined : state.contexts.get(contextId);
  if (pair !== undefined && pair !== pairOf(nodeId, targetId)) {
    return refuse("bad_context", "this context is not one of these two nodes");
  }
  const isRefused = target.status === "do_not_disturb";
  const begun: Task = {
    taskId: command.taskId,
    contextId: pair === undefined || contextId === null ? command.newContextId : contextId,
    senderNodeId: nodeId,
    receiverNodeId: targetId,
    state: "submitted",
    stateAtMs: wall,
    stateSeq: null,
    lastSeq: 0,
    sender: freshSide,
    receiver: freshSide,
    checkIn: command.checkIn,
    metadata: isRefused ? withMember(command.metadata, "autoRejected", target.status) : command.metadata,
    parentTaskId,
    createdMs: wall,
    updatedMs: wall,
    failAtMs: null,
  };
  const kept = keptFor(nodeId, message.messageId, message.fingerprint, begun.taskId, wall);
  const { sessionKey } = command;
  const task = isRefused
    ? rejectedAtOnce(begun, { message, kept, sessionKey }, turn, rules)
    : change(begun, { actor: "sender", message, kept, sessionKey }, turn, rules);
  return viewOf(state, task, "sender");
}

/** The receiver does not want to be disturbed: the message is kept, and the system says no in its place. */
function rejectedAtOnce(
  begun: Task,
  deed: Pick<Parameters<typeof change>[1], "message" | "kept" | "sessionKey">,
  turn: GridTurn,
  rules: GridRules,
): Task {
  const sent = change(begun, { ...deed, actor: "sender", isTold: false }, turn, rules);
  return change(sent, { actor: "system", state: "rejected", isTold: false }, turn, rules);
}

function withMember(metadata: string | null, name: string, value: string): string {
  const written = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  const inner = metadata?.trim().slice(1, -1).trim() ?? "";
  // A member of the same name would stand twice.
  const isTaken = metadata !== null && Object.hasOwn(parseJson(metadata) as object, name);
  return inner === "" || isTaken ? `{${written}}` : `{${inner},${written}}`;
}

export function changeTask(
  state: State,
  command: CommandOf<"changeTask">,
  turn: GridTurn,
  rules: GridRules,
): TaskView | Refusal {
  const { nodeId, taskId, message, artifact, checkIn, sessionKey } = command;
  const part = partOf(state, taskId, nodeId);
  if (isRefusal(part)) {
    return part;
  }
  const { task, acts, reads } = part;
  const { wall } = turn.now;
  if (message !== null) {
    const repeat = repeated(state, nodeId, message.messageId, message.fingerprint, wall);
    if (repeat !== undefined) {
      return isRefusal(repeat) ? repeat : viewOf(state, repeat.task, repeat.reads);
    }
  }
  if (message === null && command.state === null && artifact === null) {
    return invalid("state", "or message or artifact must be given");
  }
  const refusal = forbidden(part, command);
  if (refusal !== undefined) {
    return refusal;
  }
  const isSame = command.state === task.state && message === null && artifact === null;
  if (isSame && (isTerminal(task.state) || task[acts].wait === null)) {
    return viewOf(state, task, reads);
  }
  const kept = message && keptFor(nodeId, message.messageId, message.fingerprint, taskId, wall);
  const deed = {
    actor: actorOf(part, command.state),
    message,
    state: command.state,
    artifact,
    checkIn,
    sessionKey,
    kept: kept ?? undefined,
  };
  return viewOf(state, change(task, deed, turn, rules), reads);
}

/** In a task to itself a node is both; it acts as who may do what it asks for. */
function actorOf({ acts, isSelf }: Part, wanted: TaskState | null): Actor {
  return isSelf && wanted !== null && allowedFor(wanted, "receiver") ? "receiver" : acts;
}

/** Who may bring a task into a state. */
function allowedFor(state: TaskState, side: SideName): boolean {
  switch (state) {
    case "working":
    case "input_required":
    case "auth_required":
    case "failed":
    case "rejected":
      return side === "receiver";
    case "completed":
      return side === "sender";
    case "canceled":
      return true;
    case "submitted":
      return false;
  }
}

function forbidden(
  { task, acts, isSelf }: Part,
  { as, state: wanted, message, artifact }: CommandOf<"changeTask">,
): Refusal | undefined {
  if (wanted === "submitted") {
    return invalid("state", "cannot be submitted again");
  }
  const isOver = isTerminal(task.state);
  const data = { state: task.state };
  if (isOver && (as === "message" || (message !== null && wanted === null))) {
    return refuse("task_terminal_for_messages", `the task is ${task.state}`, data);
  }
  if (isOver && (wanted !== task.state || message !== null || artifact !== null)) {
    return refuse("task_terminal", `the task is ${task.state}`, data);
  }
  if (wanted !== null && !isSelf && !allowedFor(wanted, acts)) {
    return acts === "sender"
      ? refuse("receiver_only", `only the receiver can make a task ${wanted}`)
      : refuse("sender_only", `only the sender can make a task ${wanted}`);
  }
  return artifact !== null && !isSelf && acts !== "receiver"
    ? refuse("receiver_only", "only the receiver has artifacts to give")
    : undefined;
}

/** A message that came before, with the task as it is now; a conflict where it said something else. */
function repeated(
  state: State,
  nodeId: string,
  messageId: string | null,
  fingerprint: string,
  nowMs: number,
): Part | Refusal | undefined {
  const kept = messageId === null ? undefined : keptOf(state, nodeId, messageKey(messageId), nowMs);
  if (kept === undefined) {
    return undefined;
  }
  const part = partOf(state, kept.id, nodeId);
  return kept.fingerprint === fingerprint && !isRefusal(part)
    ? part
    : refuse("message_id_conflict", "this messageId was used for another message");
}

export function keptFor(
  nodeId: string,
  messageId: string | null,
  fingerprint: string,
  id: string,
  atMs: number,
  seq: number | null = null,
): KeptEntry | undefined {
  return messageId === null ? undefined : { nodeId, key: messageKey(messageId), fingerprint, id, seq, atMs };
}

/** A message has waited for its receiver for too long: the task fails, unless the receiver is there after all. */
export function undelivered(state: State, taskId: string, turn: GridTurn, rules: GridRules): void {
  const task = state.tasks.get(taskId);
  const receiver = task && state.nodes.get(task.receiverNodeId);
  if (task === undefined || receiver === undefined) {
    return;
  }
  if (isOnline(state, receiver, turn.now.wall)) {
    turn.emit({ type: "task.set", task: { ...task, failAtMs: turn.now.wall + rules.deliveryTimeoutMs } });
    return;
  }
  change(task, { actor: "system", state: "failed" }, turn, rules);
}
