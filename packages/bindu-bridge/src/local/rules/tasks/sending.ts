// A message to an agent: of a new task, of one that waits for it, or of one whose turn it must wait for.
import { deferred, type Ticket } from "@x/core/service";
import type { CommandOf, Replies } from "../model/commands.ts";
import { isBusy, isTerminal, keyOf, type NewMessage, type Task } from "../model/entities.ts";
import { limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { type Shelf, type State, setWaiting, shelfOf, taskOf } from "../model/state.ts";
import type { BinduTurn } from "../model/turn.ts";
import { storable, weigh } from "../model/weight.ts";
import { tooManyPushes } from "../pushes/outboxes.ts";
import { overfull } from "./bounds.ts";
import { taskNotFound } from "./reading.ts";

type SendReply = Replies["send"] | Refusal | typeof deferred;

export function send(state: State, given: CommandOf<"send">, turn: BinduTurn): SendReply {
  const message = storable(given.message);
  const command = message === given.message ? given : { ...given, message };
  return decideSend(state, command, turn, turn.ticket);
}

function decideSend(state: State, command: CommandOf<"send">, turn: BinduTurn, ticket: Ticket): SendReply {
  const { agentId, taskId, create, key } = command;
  const contextId = namedContext(state, command);
  const kept = key === undefined ? undefined : state.keys.get(keyOf(agentId, key.key));
  if (kept !== undefined) {
    const task = taskOf(state, kept);
    if (kept.hash !== key?.hash) {
      return refuse("key_reused", `the key ${kept.key} came with another message before`);
    }
    return task === undefined ? taskNotFound(kept.taskId) : { task, turn: kept.turn, replayed: true };
  }
  const before = taskOf(state, command);
  if (before === undefined || (before.hidden && create === "never")) {
    return create === "never" ? taskNotFound(taskId) : begin(state, command, turn);
  }
  if (create === "always" || before.hidden) {
    return refuse("task_exists", `there is a task ${taskId} already`);
  }
  if (isTerminal(before.state)) {
    return terminal(before);
  }
  if (create === "never" && contextId !== null && contextId !== before.contextId) {
    return refuse(
      "context_mismatch",
      `task ${taskId} is in the context ${before.contextId}, not in ${contextId}`,
    );
  }
  return isBusy(before.state) ? wait(state, command, ticket) : goOn(state, before, command, turn);
}

const terminal = ({ taskId, state }: Task): Refusal =>
  refuse(
    "task_terminal",
    `Cannot continue task ${taskId}: Task is in terminal state '${state}' and is immutable. Create a new task with referenceTaskIds to continue the conversation.`,
    state,
  );

function begin(state: State, command: CommandOf<"send">, turn: BinduTurn): SendReply {
  const shelf = shelfOf(state, command.agentId);
  if (openTasks(shelf) >= limits.openTasks) {
    return refuse("too_much", `${limits.openTasks} tasks of this agent are open, which is the limit`);
  }
  return isFull(state, command)
    ? full(state)
    : submit(state, command, namedContext(state, command) ?? command.newContextId, turn);
}

/** The context that a message names; the dialect calls one whose id is no UUID by the UUID that stands for it. */
function namedContext(state: State, { agentId, contextId }: CommandOf<"send">): string | null {
  return contextId === null ? null : (state.shelves.get(agentId)?.aliases.get(contextId) ?? contextId);
}

const openTasks = ({ tasks, finished }: Shelf): number => tasks.size - finished.size;

function goOn(state: State, task: Task, command: CommandOf<"send">, turn: BinduTurn): SendReply {
  if (task.history.length >= limits.messagesOfTask) {
    return refuse("too_much", `a task has at most ${limits.messagesOfTask} messages`);
  }
  const refused = overfull(task, command.message) ?? (command.push && tooManyPushes(task, command.push));
  if (refused !== undefined) {
    return refused;
  }
  return isFull(state, command) ? full(state) : submit(state, command, task.contextId, turn);
}

/** Finished tasks make room; where there is none left, open ones hold it all. */
const isFull = ({ bytes, mostBytes, finished }: State, { message }: CommandOf<"send">): boolean =>
  finished.size === 0 && bytes + weigh(message) > mostBytes;

const full = ({ mostBytes }: State): Refusal =>
  refuse("too_much", `open tasks hold the ${mostBytes} bytes that this core keeps`);

function submit(state: State, command: CommandOf<"send">, contextId: string, turn: BinduTurn): SendReply {
  const { agentId, taskId, metadata, direct, stream, headers, push, key } = command;
  const before = taskOf(state, command);
  const message: NewMessage = { ...command.message, contextId: namedContext(state, command) ?? contextId };
  turn.emit({
    type: "turn.submitted",
    agentId,
    taskId,
    contextId,
    message,
    direct: direct && before === undefined,
    stream,
    ...(metadata === undefined ? {} : { metadata: storable(metadata) }),
    ...(headers === undefined ? {} : { headers }),
    ...(push === undefined ? {} : { push: storable(push) }),
    ...(key === undefined ? {} : { key }),
  });
  const task = taskOf(state, command);
  return task === undefined ? taskNotFound(taskId) : { task, turn: task.turns.length - 1, replayed: false };
}

function wait(state: State, command: CommandOf<"send">, ticket: Ticket): SendReply {
  const name = keyOf(command.agentId, command.taskId);
  const waiting = state.waiting.get(name) ?? [];
  if (waiting.length >= limits.waiting) {
    return refuse("too_much", `${limits.waiting} messages wait for task ${command.taskId} already`);
  }
  const bytes = weigh(storable(command));
  if (state.bytesWaiting + bytes > limits.bytesWaiting) {
    return refuse("too_much", `messages that wait hold at most ${limits.bytesWaiting} bytes together`);
  }
  setWaiting(state, name, [...waiting, { ticket, command, bytes }]);
  return deferred;
}

/** A turn has ended: who waited for it is decided again, in the order in which they came. */
export function admitWaiting(
  state: State,
  of: { readonly agentId: string; readonly taskId: string },
  turn: BinduTurn,
): void {
  const name = keyOf(of.agentId, of.taskId);
  const waiting = state.waiting.get(name) ?? [];
  setWaiting(state, name, []);
  for (const { ticket, command } of waiting) {
    const reply = decideSend(state, command, turn, ticket);
    if (reply !== deferred) {
      turn.answer(ticket, reply);
    }
  }
}

/** Whoever waited has gone. */
export function stopWaiting(state: State, ticket: Ticket): void {
  for (const [name, waiting] of state.waiting) {
    const others = waiting.filter((each) => each.ticket !== ticket);
    if (others.length < waiting.length) {
      setWaiting(state, name, others);
    }
  }
}
