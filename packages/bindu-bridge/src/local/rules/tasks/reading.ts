// What is told of tasks: one, all of an agent, their events, their contexts.
import type { CommandOf, Replies, TurnInput, TurnRef } from "../model/commands.ts";
import type { Task } from "../model/entities.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { type Shelf, type State, shelfOf, taskOf } from "../model/state.ts";

export const taskNotFound = (taskId: string): Refusal =>
  refuse("task_not_found", `there is no task ${taskId}`);

/** A task that anybody may see. */
export function shownTask(
  state: State,
  of: { readonly agentId: string; readonly taskId: string },
): Task | undefined {
  const task = taskOf(state, of);
  return task?.hidden === false ? task : undefined;
}

export function getTask(state: State, command: CommandOf<"getTask">): Replies["getTask"] | Refusal {
  const task = shownTask(state, command);
  return task === undefined ? taskNotFound(command.taskId) : { task };
}

export function listTasks(
  state: State,
  { agentId, contextId }: CommandOf<"listTasks">,
): Replies["listTasks"] {
  const shelf = state.shelves.get(agentId);
  if (shelf === undefined) {
    return { tasks: [] };
  }
  const tasks = contextId === null ? shelf.tasks.values() : inContext(shelf, contextId);
  return { tasks: [...tasks].filter(({ hidden }) => !hidden) };
}

const inContext = ({ tasks, contexts }: Shelf, contextId: string): Task[] =>
  [...(contexts.get(contextId) ?? [])].flatMap((taskId) => tasks.get(taskId) ?? []);

/** Also of a task that is hidden: who began it hears of its end. */
export function readEvents(state: State, command: CommandOf<"readEvents">): Replies["readEvents"] | Refusal {
  const task = taskOf(state, command);
  if (task === undefined) {
    return taskNotFound(command.taskId);
  }
  const log = shelfOf(state, command.agentId).logs.get(command.taskId) ?? [];
  const firstN = log[0]?.n ?? task.lastN + 1;
  return { task, firstN, events: log.slice(Math.max(0, command.after + 1 - firstN)) };
}

export function listContexts(state: State, { agentId }: CommandOf<"listContexts">): Replies["listContexts"] {
  const contexts = [...(state.shelves.get(agentId)?.contexts ?? [])];
  return { contexts: contexts.map(([contextId, taskIds]) => ({ contextId, taskIds: [...taskIds] })) };
}

export function readTurns(state: State, { turns }: CommandOf<"readTurns">): Replies["readTurns"] {
  return { inputs: turns.map((turn) => inputOf(state, turn)) };
}

function inputOf(state: State, ref: TurnRef): TurnInput | undefined {
  const agent = state.agents.get(ref.agentId);
  const task = runningTurn(state, ref);
  const turn = task?.turns[ref.turn];
  if (agent === undefined || task === undefined || turn === undefined) {
    return undefined;
  }
  return { agent, task, turn, before: tasksBefore(state, task, agent.config.contextHistory) };
}

/** The task, if this is the turn that it is in. */
export function runningTurn(state: State, ref: TurnRef): Task | undefined {
  const task = taskOf(state, ref);
  const isIt = task?.state === "working" && task.place === ref.place && task.turns.length - 1 === ref.turn;
  return isIt ? task : undefined;
}

/** Those that its first message names, else all others of its context where that is asked for. */
function tasksBefore(state: State, task: Task, contextHistory: boolean): readonly Task[] {
  const shelf = shelfOf(state, task.agentId);
  const named = task.history[0]?.referenceTaskIds ?? [];
  if (named.length > 0) {
    return named.flatMap((taskId) => shelf.tasks.get(taskId) ?? []);
  }
  return contextHistory
    ? inContext(shelf, task.contextId).filter(({ taskId }) => taskId !== task.taskId)
    : [];
}
