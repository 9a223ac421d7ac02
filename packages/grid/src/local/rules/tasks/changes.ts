// What a party does to a task becomes one change of it: messages, state, timers, and who is told.
import { uuid5 } from "@x/core";
import type { NewArtifact, NewMessage } from "../model/commands.ts";
import {
  type Artifact,
  isTerminal,
  type KeptEntry,
  type Message,
  type Notice,
  type Side,
  type SideName,
  type Task,
  type TaskNotifyType,
  type TaskState,
} from "../model/entities.ts";
import type { GridRules } from "../model/rule-options.ts";
import type { GridTurn } from "../model/turn.ts";
import { nodeOf, other } from "./parties.ts";

/** Who acts: one of the parties, or the system. */
export type Actor = SideName | "system";

/** What is done, known to be allowed. */
export interface Deed {
  readonly actor: Actor;
  readonly message?: NewMessage | null;
  readonly state?: TaskState | null;
  readonly artifact?: NewArtifact | null;
  /** Seconds; null for off; undefined for what the task says. */
  readonly checkIn?: number | null | undefined;
  readonly sessionKey?: string | null;
  readonly kept?: KeptEntry | undefined;
  /** Whether the other party hears of it and has it as unread. @default true */
  readonly isTold?: boolean;
  /** What the notice says; by default what has been done. A task to itself gives none without it. */
  readonly notifyType?: TaskNotifyType;
}

/** Carries a deed out on a task that may be new, and answers what it has become. */
export function change(before: Task, deed: Deed, turn: GridTurn, rules: GridRules): Task {
  const { actor, message = null, artifact = null, isTold = true } = deed;
  const { wall } = turn.now;
  const isSelf = before.senderNodeId === before.receiverNodeId;
  const to: Message["to"] =
    actor === "system" ? (isTold ? "both" : "sender") : isSelf || !isTold ? "nobody" : other(actor);
  const messages: Message[] = [];
  let task = before;

  if (message !== null) {
    const said = newMessage(task, actor, message, wall, isSelf && task.lastSeq === 0 ? "receiver" : to);
    messages.push(said);
    task = withMessage(task, said);
    if (actor !== "system" && !isSelf && isTold) {
      task = waitingFor(task, other(actor), said.messageId, deed.checkIn, wall);
    }
  }
  const state = deed.state ?? stateAfterMessage(task, deed);
  const hasEnded = isTerminal(state);
  if (state !== task.state) {
    task = { ...task, state, stateAtMs: wall, stateSeq: messages[0]?.seq ?? null };
  }
  if (hasEnded) {
    const said = synthetic(task, actor, state, wall, isTold ? to : "sender");
    messages.push(said);
    task = withMessage(task, said);
  }
  if (actor !== "system") {
    const { sessionKey = null } = deed;
    const acted: Side = { ...task[actor], wait: null };
    task = {
      ...task,
      [actor]: sessionKey === null ? acted : { ...acted, sessionKey },
    };
  }
  if (hasEnded) {
    task = withoutTimers(task);
  } else if (!isSelf && task.receiver.unread > 0 && task.failAtMs === null) {
    task = { ...task, failAtMs: wall + rules.deliveryTimeoutMs };
  }
  task = { ...task, updatedMs: wall };

  const notifyType = deed.notifyType ?? (hasEnded || message === null ? "state" : "message");
  const messageId = messages[0]?.messageId ?? null;
  const told = actor === "system" ? "sender" : other(actor);
  turn.emit({
    type: "task.set",
    task,
    messages,
    artifact: artifact === null ? undefined : storedArtifact(task, artifact, wall),
    kept: deed.kept,
    notices:
      !isTold || (isSelf && deed.notifyType === undefined)
        ? []
        : [taskNotice(task, told, actor, notifyType, messageId, wall)],
  });
  return task;
}

/** A message without a state says one: who answers waits for input, who was asked for input has given it. */
function stateAfterMessage(task: Task, { actor, message }: Deed): TaskState {
  const isAsked = task.state === "input_required" || task.state === "auth_required";
  if (message === null || message === undefined) {
    return task.state;
  }
  if (actor === "receiver") {
    return "input_required";
  }
  return actor === "sender" && isAsked ? "working" : task.state;
}

function newMessage(
  task: Task,
  actor: Actor,
  { messageId, parts, metadata }: NewMessage,
  atMs: number,
  to: Message["to"],
): Message {
  const seq = task.lastSeq + 1;
  return {
    messageId: messageId ?? derivedId(task, `message ${seq}`),
    fromNodeId: actor === "system" ? null : nodeOf(task, actor),
    role: actor === "receiver" ? "agent" : "user",
    parts,
    seq,
    atMs,
    metadata,
    to,
  };
}

function synthetic(task: Task, actor: Actor, state: TaskState, atMs: number, to: Message["to"]): Message {
  return newMessage(
    task,
    actor,
    {
      messageId: null,
      parts: JSON.stringify([{ type: "text", text: `The task is ${state}.` }]),
      metadata: JSON.stringify({ synthetic: true, event: "state_changed", state }),
      fingerprint: "",
    },
    atMs,
    to,
  );
}

/** An id that every replay makes again. */
function derivedId({ taskId }: Pick<Task, "taskId">, what: string): string {
  return uuid5("dns", `${taskId} ${what}`);
}

function withMessage(task: Task, { seq, to }: Message): Task {
  const more = (side: Side): Side => ({ ...side, unread: side.unread + 1, unacked: side.unacked + 1 });
  return {
    ...task,
    lastSeq: seq,
    sender: to === "sender" || to === "both" ? more(task.sender) : task.sender,
    receiver: to === "receiver" || to === "both" ? more(task.receiver) : task.receiver,
  };
}

/** From now on the other side is waited for, unless it is already. */
function waitingFor(
  task: Task,
  side: SideName,
  messageId: string,
  given: number | null | undefined,
  nowMs: number,
): Task {
  const seconds = given === undefined ? task.checkIn : given;
  const waited = task[side];
  return seconds === null || waited.wait !== null
    ? task
    : { ...task, [side]: { ...waited, wait: { untilMs: nowMs + seconds * 1_000, messageId } } };
}

const withoutTimers = (task: Task): Task => ({
  ...task,
  sender: { ...task.sender, wait: null },
  receiver: { ...task.receiver, wait: null },
  failAtMs: null,
});

function storedArtifact(task: Task, { artifactId, ...artifact }: NewArtifact, nowMs: number): Artifact {
  return { ...artifact, artifactId: artifactId ?? derivedId(task, `artifact ${task.lastSeq} ${nowMs}`) };
}

/** What one side is told of what the other, or the system, did. */
export function taskNotice(
  task: Task,
  told: SideName,
  actor: Actor,
  notifyType: TaskNotifyType,
  messageId: string | null,
  atMs: number,
): Notice {
  return {
    kind: "task",
    to: nodeOf(task, told),
    taskId: task.taskId,
    fromNodeId: actor === "system" ? null : nodeOf(task, actor),
    notifyType,
    state: task.state,
    contextId: task.contextId,
    messageId,
    unreadCount: task[told].unread,
    senderSessionKey: task.sender.sessionKey,
    receiverSessionKey: task.receiver.sessionKey,
    atMs,
  };
}
