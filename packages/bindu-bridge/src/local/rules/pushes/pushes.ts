// Webhooks: which a task has, what is due to them, and what became of it.
import type { CommandOf, DuePush, Replies } from "../model/commands.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { disarm, outboxKey, releaseOutbox, type State, taskOf } from "../model/state.ts";
import type { BinduTurn } from "../model/turn.ts";
import { storable } from "../model/weight.ts";
import { shownTask, taskNotFound } from "../tasks/reading.ts";
import { tooManyPushes } from "./outboxes.ts";

export function setPush(
  state: State,
  { agentId, taskId, config }: CommandOf<"setPush">,
  turn: BinduTurn,
): Replies["setPush"] | Refusal {
  const task = shownTask(state, { agentId, taskId });
  if (task === undefined) {
    return taskNotFound(taskId);
  }
  const refused = tooManyPushes(task, config);
  if (refused !== undefined) {
    return refused;
  }
  turn.emit({ type: "push.set", agentId, taskId, config: storable(config) });
  return { config };
}

export function deletePush(
  state: State,
  { agentId, taskId, configId, form }: CommandOf<"deletePush">,
  turn: BinduTurn,
): Replies["deletePush"] | Refusal {
  const task = shownTask(state, { agentId, taskId });
  if (task === undefined) {
    return taskNotFound(taskId);
  }
  const config = task.pushes.find((each) => (form === null ? each.id === configId : each.form === form));
  if (form !== null && config === undefined) {
    return refuse("push_not_found", "Push notification configuration not found for task.");
  }
  if (config !== undefined && config.id !== configId) {
    return refuse("push_mismatch", "Push notification configuration identifier mismatch.");
  }
  if (config !== undefined) {
    turn.emit({ type: "push.deleted", agentId, taskId, configId });
  }
  return { config };
}

/** Gives out the oldest of each outbox, to be told of its outcome. Changes nothing that lasts. */
export function takePushes(
  state: State,
  { form, limit }: CommandOf<"takePushes">,
  turn: BinduTurn,
): Replies["takePushes"] {
  const heap = state.due[form];
  const due: DuePush[] = [];
  for (
    let next = heap.peek();
    next !== undefined && next.at <= turn.now.wall && due.length < limit;
    next = heap.peek()
  ) {
    const outbox = state.outboxes.get(next.value);
    disarm(state, next.value);
    const delivery = outbox?.waiting[0];
    if (outbox !== undefined && delivery !== undefined) {
      const { waiting: _, nextMs: __, ...of } = outbox;
      const { event } = delivery;
      const messageAt = event.kind === "status" ? event.messageAt : undefined;
      const message = messageAt === undefined ? undefined : taskOf(state, outbox)?.history[messageAt];
      due.push({ ...of, delivery, message });
    }
  }
  return { due, nextMs: heap.peek()?.at ?? Number.POSITIVE_INFINITY };
}

export function endPush(
  state: State,
  { agentId, taskId, configId, n, outcome }: CommandOf<"endPush">,
  turn: BinduTurn,
): Replies["endPush"] {
  const name = outboxKey(agentId, taskId, configId);
  const outbox = state.outboxes.get(name);
  if (outbox === undefined) {
    return {};
  }
  if (outbox.waiting[0]?.event.n !== n) {
    // It was given up meanwhile; what comes after it may go.
    releaseOutbox(state, name, outbox);
    return {};
  }
  const push = { agentId, taskId, configId };
  switch (outcome.kind) {
    case "delivered":
      turn.emit({ type: "push.delivered", ...push });
      break;
    case "retry":
      turn.emit({ type: "push.failed", ...push, nextMs: turn.now.wall + outcome.afterMs });
      break;
    case "dead":
      turn.emit({ type: "push.dead", ...push, reason: outcome.reason });
      break;
  }
  return {};
}

export function listDead(state: State, { agentId }: CommandOf<"listDead">): Replies["listDead"] {
  return { dead: state.dead.filter((each) => each.agentId === agentId) };
}
