// What is kept beside a task and for how long: feedback, contexts that are cleared, and what is let go.
import type { CommandOf, Replies } from "../model/commands.ts";
import { isTerminal } from "../model/entities.ts";
import { type BinduRules, limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { type State, shelfOf } from "../model/state.ts";
import type { BinduTurn } from "../model/turn.ts";
import { storable } from "../model/weight.ts";
import { overfull } from "./bounds.ts";
import { shownTask, taskNotFound } from "./reading.ts";
import { cancelTask } from "./turns.ts";

export function addFeedback(
  state: State,
  { agentId, taskId, feedback }: CommandOf<"addFeedback">,
  turn: BinduTurn,
): Replies["addFeedback"] | Refusal {
  const task = shownTask(state, { agentId, taskId });
  if (task === undefined) {
    return taskNotFound(taskId);
  }
  const refused = overfull(task, feedback);
  if (refused !== undefined) {
    return refused;
  }
  turn.emit({ type: "feedback.added", agentId, taskId, feedback: storable(feedback) });
  return { task };
}

/** What runs in it is canceled first, so that whoever listens hears of an end. */
export function clearContext(
  state: State,
  { agentId, contextId }: CommandOf<"clearContext">,
  turn: BinduTurn,
): Replies["clearContext"] | Refusal {
  const shelf = shelfOf(state, agentId);
  const taskIds = [...(shelf.contexts.get(shelf.aliases.get(contextId) ?? contextId) ?? [])];
  if (taskIds.length === 0) {
    return refuse("context_not_found", `Context ${contextId} not found`);
  }
  for (const taskId of taskIds) {
    const task = shelf.tasks.get(taskId);
    if (task !== undefined && !isTerminal(task.state)) {
      cancelTask(state, { type: "cancelTask", agentId, taskId }, turn);
    }
  }
  turn.emit({ type: "tasks.gone", agentId, taskIds });
  return { taskIds };
}

/** So many go at a time, and the rest after the next command. */
const goingAtOnce = 100;

/** Finished tasks above the bounds go, oldest first; open ones never. */
export function letGo(state: State, rules: BinduRules, turn: BinduTurn): void {
  for (const agentId of state.ended) {
    const { finished } = shelfOf(state, agentId);
    for (let going = finished.size - rules.keptTasks; going > 0; going -= 1) {
      emitGone(finished.oldest && { agentId, taskId: finished.oldest[0] }, turn);
    }
  }
  state.ended.clear();
  for (let going = 0; going < goingAtOnce && state.bytes > state.mostBytes; going += 1) {
    emitGone(state.finished.oldest?.[1], turn);
  }
}

function emitGone(
  task: { readonly agentId: string; readonly taskId: string } | undefined,
  turn: BinduTurn,
): void {
  if (task !== undefined) {
    turn.emit({ type: "tasks.gone", agentId: task.agentId, taskIds: [task.taskId] });
  }
}

/** What was kept long enough goes. */
export function expireKept(state: State, { retentionMs }: BinduRules, turn: BinduTurn): void {
  const { wall } = turn.now;
  for (
    let next = state.finished.oldest?.[1];
    next !== undefined && next.atMs + retentionMs <= wall;
    next = state.finished.oldest?.[1]
  ) {
    turn.emit({ type: "tasks.gone", agentId: next.agentId, taskIds: [next.taskId] });
  }
  for (
    let next = state.orphans.oldest;
    next !== undefined && next[1] + limits.keyMs <= wall;
    next = state.orphans.oldest
  ) {
    turn.emit({ type: "keys.gone", keys: [next[0]] });
  }
}

/** When {@link expireKept} has work next, by the wall clock. */
export const nextGone = (state: State, { retentionMs }: BinduRules): number =>
  Math.min(
    (state.finished.oldest?.[1].atMs ?? Number.POSITIVE_INFINITY) + retentionMs,
    (state.orphans.oldest?.[1] ?? Number.POSITIVE_INFINITY) + limits.keyMs,
  );
