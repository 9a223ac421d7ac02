// What each record changes, and the event that it becomes.
import type { Now } from "@x/core/service";
import { type Artifact, isTerminal, type Message, type Task, type TaskEvent } from "./model/entities.ts";
import { limits } from "./model/limits.ts";
import type { BinduEvent, BinduRecord } from "./model/records.ts";
import { addKey, removeTask, type State, setFinished, setTask, shelfOf, taskOf } from "./model/state.ts";
import { weigh } from "./model/weight.ts";
import { applyPush, moveOutboxes, pushEvent, setConfig } from "./pushes/outboxes.ts";
import { joined } from "./tasks/pieces.ts";

export function apply(state: State, record: BinduRecord, now: Now): BinduEvent | undefined {
  state.wallAheadMs = now.wall - now.mono;
  switch (record.type) {
    case "store.created":
    case "store.restarted":
    case "clock.paused":
      return undefined;
    case "clock.corrected":
      moveEnds(state, record.byMs);
      return undefined;
    case "agent.set": {
      const { agent } = record;
      state.agents.set(agent.agentId, agent);
      if (shelfOf(state, agent.agentId).queued.size > 0) {
        state.startable.add(agent.agentId);
      }
      return { type: "agent", agentId: agent.agentId };
    }
    case "agent.unregistered": {
      const agent = state.agents.get(record.agentId);
      if (agent !== undefined) {
        state.agents.set(record.agentId, { ...agent, registered: false });
      }
      return { type: "agent", agentId: record.agentId };
    }
    case "turn.submitted":
      return submitted(state, record, now.wall);
    case "turn.started":
      return change(state, record, (task) =>
        happened(
          state,
          { ...task, state: "working", statusMs: now.wall, statusSaid: false },
          { kind: "status", state: "working", atMs: now.wall },
        ),
      );
    case "artifact.added":
      return change(state, record, (task) => {
        const { artifact, append, last } = record;
        const { artifactId } = artifact;
        const others = task.partial.filter((id) => id !== artifactId);
        const changed: Task = {
          ...task,
          artifacts: joined(task.artifacts, artifact, append),
          partial: last ? others : [...others, artifactId],
          bytes: task.bytes + weigh(artifact),
        };
        return happened(state, changed, { kind: "artifact", artifact, append, last, atMs: now.wall });
      });
    case "turn.ended":
      return ended(state, record, now.wall);
    case "feedback.added":
      return change(state, record, (task) => {
        const feedback = { ...record.feedback, atMs: now.wall };
        const all = [...task.feedback, feedback];
        const [gone, kept] = [all.slice(0, -limits.feedbackOfTask), all.slice(-limits.feedbackOfTask)];
        const grown = weigh(feedback) - gone.reduce((sum, each) => sum + weigh(each), 0);
        setTask(state, { ...task, feedback: kept, bytes: task.bytes + grown });
        return undefined;
      });
    case "push.set":
      return change(state, record, (task) => {
        setTask(state, setConfig(state, task, record.config));
        return undefined;
      });
    case "push.deleted":
    case "push.delivered":
    case "push.failed":
    case "push.dead":
      applyPush(state, record, now.wall);
      return undefined;
    case "tasks.gone":
      for (const taskId of record.taskIds) {
        removeTask(state, record.agentId, taskId);
      }
      return { type: "gone", agentId: record.agentId, taskIds: record.taskIds };
    case "keys.gone":
      for (const name of record.keys) {
        state.keys.delete(name);
        state.orphans.delete(name);
      }
      return undefined;
    default:
      return record satisfies never;
  }
}

/** A record of a task that is there; one of a task that is gone changes nothing. */
function change(
  state: State,
  of: { readonly agentId: string; readonly taskId: string },
  by: (task: Task) => BinduEvent | undefined,
): BinduEvent | undefined {
  const task = taskOf(state, of);
  return task === undefined ? undefined : by(task);
}

function submitted(
  state: State,
  record: Extract<BinduRecord, { type: "turn.submitted" }>,
  atMs: number,
): BinduEvent {
  const { agentId, taskId, contextId, direct, stream, headers, push, key } = record;
  const before = taskOf(state, record);
  const task: Task = before ?? {
    agentId,
    taskId,
    contextId,
    createdMs: atMs,
    place: shelfOf(state, agentId).placed + 1,
    state: "submitted",
    statusMs: atMs,
    statusSaid: false,
    hidden: false,
    history: [],
    artifacts: [],
    partial: [],
    ...(record.metadata === undefined ? {} : { metadata: record.metadata }),
    turns: [],
    lastN: 0,
    pushes: [],
    pushed: 0,
    feedback: [],
    bytes: weigh(record.metadata),
  };
  const message: Message = { ...record.message, atMs, n: task.lastN };
  const turn = {
    after: task.lastN,
    messageAt: task.history.length,
    direct,
    stream,
    ...(headers === undefined ? {} : { headers }),
  };
  const changed: Task = {
    ...task,
    state: "submitted",
    statusMs: atMs,
    statusSaid: false,
    history: [...task.history, message],
    turns: [...task.turns, turn],
    bytes: task.bytes + weigh(record.message),
  };
  setTask(state, push === undefined ? changed : setConfig(state, changed, push));
  if (key !== undefined) {
    addKey(state, { agentId, ...key, taskId, turn: task.turns.length, atMs });
  }
  return { type: "submitted", agentId, taskId, turn: task.turns.length };
}

function ended(
  state: State,
  record: Extract<BinduRecord, { type: "turn.ended" }>,
  atMs: number,
): BinduEvent | undefined {
  return change(state, record, (task) => {
    const whole = (artifact: Artifact): boolean => !task.partial.includes(artifact.artifactId);
    const { message, state: end, said, hidden } = record;
    const changed: Task = {
      ...task,
      state: end,
      statusMs: atMs,
      statusSaid: said && message !== undefined,
      hidden: task.hidden || hidden,
      artifacts: end === "completed" ? task.artifacts : task.artifacts.filter(whole),
      partial: [],
      history:
        message === undefined ? task.history : [...task.history, { ...message, atMs, n: task.lastN + 1 }],
      bytes: task.bytes + (message === undefined ? 0 : weigh(message)),
    };
    const event = happened(state, changed, {
      kind: "status",
      state: end,
      atMs,
      ...(message === undefined ? {} : { messageAt: task.history.length }),
    });
    if (isTerminal(end)) {
      setFinished(state, changed, atMs);
    }
    trim(shelfOf(state, task.agentId).logs.get(task.taskId) ?? [], task.turns.at(-1)?.after ?? 0, atMs);
    return event;
  });
}

type Happening<Event = TaskEvent> = Event extends unknown ? Omit<Event, "n"> : never;

/** Gives what happened its number, and whoever asked for it a copy. */
function happened(state: State, task: Task, what: Happening): BinduEvent {
  const { agentId, taskId, lastN } = task;
  const event: TaskEvent = { ...what, n: lastN + 1 };
  const { logs } = shelfOf(state, agentId);
  const log = logs.get(taskId);
  if (log === undefined) {
    logs.set(taskId, [event]);
  } else {
    log.push(event);
  }
  const told: Task = { ...task, lastN: event.n };
  const forms = pushEvent(state, told, event);
  setTask(state, forms.includes("bindu") ? { ...told, pushed: told.pushed + 1 } : told);
  return {
    type: "task",
    agentId,
    taskId,
    place: task.place,
    turn: task.turns.length - 1,
    event,
    pushed: forms.length > 0,
  };
}

/** Lets go of events that are neither new, nor of the newest turn, nor among the newest thousand. */
function trim(log: TaskEvent[], after: number, nowMs: number): void {
  const most = log.length - limits.events;
  let going = 0;
  for (const { n, atMs } of log) {
    if (going >= most || n > after || atMs + limits.eventsMs > nowMs) {
      break;
    }
    going += 1;
  }
  log.splice(0, going);
}

/** Whatever ends at a wall time ends as much later or sooner as the clock was set. */
function moveEnds(state: State, byMs: number): void {
  for (const [key, finished] of [...state.finished]) {
    state.finished.set(key, { ...finished, atMs: finished.atMs + byMs });
  }
  for (const [name, atMs] of [...state.orphans]) {
    state.orphans.set(name, atMs + byMs);
  }
  moveOutboxes(state, byMs);
}
