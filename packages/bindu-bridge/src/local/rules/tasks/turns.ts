// The turns of tasks: begun as places come free, told piece by piece, ended by the handler, a caller or a restart.
import type { CommandOf, Piece, Replies } from "../model/commands.ts";
import { isTerminal, type Task } from "../model/entities.ts";
import { limits } from "../model/limits.ts";
import type { BinduRecord } from "../model/records.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import type { BinduTurn } from "../model/turn.ts";
import { storable } from "../model/weight.ts";
import { overfull } from "./bounds.ts";
import { runningTurn, shownTask, taskNotFound } from "./reading.ts";
import { admitWaiting } from "./sending.ts";

const stale = (taskId: string): Refusal =>
  refuse("stale", `task ${taskId} is not in this turn any more: what comes late is thrown away`);

/** From now on nothing begins: what waits is begun after the next start. */
export function drain(state: State): Replies["drain"] {
  state.isDraining = true;
  return {};
}

/** Begins what may begin. */
export function startTurns(state: State, turn: BinduTurn): void {
  if (state.isDraining) {
    return;
  }
  for (const agentId of state.startable) {
    const shelf = state.shelves.get(agentId);
    if (shelf !== undefined && state.agents.get(agentId)?.registered === true) {
      for (
        let next = shelf.queued.oldest;
        next !== undefined && shelf.running.size < limits.running;
        next = shelf.queued.oldest
      ) {
        turn.emit({ type: "turn.started", agentId, taskId: next[0] });
      }
    }
    state.startable.delete(agentId);
  }
}

export function addPieces(
  state: State,
  command: CommandOf<"addPieces">,
  turn: BinduTurn,
): Replies["addPieces"] | Refusal {
  const task = runningTurn(state, command);
  if (task === undefined) {
    return stale(command.taskId);
  }
  const refused = overfull(task, command.pieces);
  if (refused !== undefined) {
    return refused;
  }
  emitPieces(task, command.pieces, turn);
  return {};
}

function emitPieces({ agentId, taskId }: Task, pieces: readonly Piece[], turn: BinduTurn): void {
  for (const piece of pieces) {
    turn.emit({ type: "artifact.added", agentId, taskId, ...storable(piece) });
  }
}

export function endTurn(
  state: State,
  command: CommandOf<"endTurn">,
  turn: BinduTurn,
): Replies["endTurn"] | Refusal {
  const task = runningTurn(state, command);
  if (task === undefined) {
    return stale(command.taskId);
  }
  emitPieces(task, command.pieces, turn);
  const isHidden = command.direct && task.turns[command.turn]?.direct === true;
  return {
    task: end(state, task, turn, {
      state: command.state,
      said: command.said || command.direct,
      hidden: isHidden,
      ...(command.message === undefined
        ? {}
        : { message: { ...storable(command.message), contextId: task.contextId } }),
    }),
  };
}

type End = Omit<Extract<BinduRecord, { type: "turn.ended" }>, "type" | "agentId" | "taskId">;

function end(state: State, { agentId, taskId }: Task, turn: BinduTurn, how: End): Task {
  turn.emit({ type: "turn.ended", agentId, taskId, ...how });
  const task = state.shelves.get(agentId)?.tasks.get(taskId);
  if (task === undefined) {
    throw new Error("a task is gone with its turn");
  }
  admitWaiting(state, task, turn);
  return task;
}

const canceled: End = { state: "canceled", said: false, hidden: false };

export function cancelTask(
  state: State,
  command: CommandOf<"cancelTask">,
  turn: BinduTurn,
): Replies["cancelTask"] | Refusal {
  const task = shownTask(state, command);
  if (task === undefined) {
    return taskNotFound(command.taskId);
  }
  if (isTerminal(task.state)) {
    return refuse(
      "not_cancelable",
      `Task cannot be canceled in '${task.state}' state. Tasks can only be canceled while pending or running.`,
      task.state,
    );
  }
  return { task: end(state, task, turn, canceled) };
}
