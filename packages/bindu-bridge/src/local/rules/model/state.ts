// The state: agents, a shelf of tasks for each, what leads to them, and what waits or comes due.
import { AgingMap, createDeadlineHeap, type Deadline, type DeadlineHeap, type Ticket } from "@x/core/service";
import { shownId } from "../../../wire/uuid.ts";
import type { CommandOf } from "./commands.ts";
import {
  type Agent,
  type DeadDelivery,
  isTerminal,
  type KeptKey,
  keyOf,
  type Outbox,
  type PushConfig,
  type Task,
  type TaskEvent,
} from "./entities.ts";

/** The tasks of one agent. They stay when it is taken away. */
export interface Shelf {
  /** In the order in which they came. */
  readonly tasks: Map<string, Task>;
  /** The events that are kept of each, oldest first. */
  readonly logs: Map<string, TaskEvent[]>;
  /** Tasks that nobody hides, by context. */
  readonly contexts: Map<string, Set<string>>;
  /** Contexts whose id is no UUID, by the UUID that the dialect shows. */
  readonly aliases: Map<string, string>;
  /** Submitted, oldest first. */
  readonly queued: AgingMap<string, true>;
  readonly running: Set<string>;
  readonly finished: AgingMap<string, true>;
  /** How many tasks there ever were. */
  placed: number;
}

/** A message that waits for the turn of its task. */
export interface WaitingSend {
  readonly ticket: Ticket;
  readonly command: CommandOf<"send">;
  readonly bytes: number;
}

export interface State {
  readonly agents: Map<string, Agent>;
  readonly shelves: Map<string, Shelf>;
  /** Finished tasks of all agents, in the order in which they finished; when that was. */
  readonly finished: AgingMap<string, { readonly agentId: string; readonly taskId: string; atMs: number }>;
  /** Idempotency keys by agent and key; those of a task by its key. */
  readonly keys: Map<string, KeptKey>;
  readonly keysOf: Map<string, string[]>;
  /** Keys whose task is gone, and when they were used. */
  readonly orphans: AgingMap<string, number>;
  /** By task and config; only those in which something waits. */
  readonly outboxes: Map<string, Outbox>;
  /** What may be sent next, of each form. Volatile: what was taken is not in it. */
  readonly due: Readonly<Record<PushConfig["form"], DeadlineHeap<string>>>;
  readonly armed: Map<string, { readonly form: PushConfig["form"]; readonly deadline: Deadline<string> }>;
  dead: DeadDelivery[];
  /** How many deliveries were given up ever. */
  deadEver: number;
  /** What all tasks hold together, and may hold. */
  bytes: number;
  readonly mostBytes: number;
  /** Agents that may have a turn to start. */
  readonly startable: Set<string>;
  /** Agents of which a task has ended since the bounds were looked at. */
  readonly ended: Set<string>;
  /** By task. Volatile. */
  readonly waiting: Map<string, readonly WaitingSend[]>;
  /** What all of these hold. Volatile. */
  bytesWaiting: number;
  /** No turn begins any more. Volatile. */
  isDraining: boolean;
  /** By how much the wall clock was ahead of the monotonic one in the latest turn. Volatile. */
  wallAheadMs: number;
}

export function createState(mostBytes: number): State {
  return {
    agents: new Map(),
    shelves: new Map(),
    finished: new AgingMap(),
    keys: new Map(),
    keysOf: new Map(),
    orphans: new AgingMap(),
    outboxes: new Map(),
    due: { bindu: createDeadlineHeap(), a2a: createDeadlineHeap() },
    armed: new Map(),
    dead: [],
    deadEver: 0,
    bytes: 0,
    mostBytes,
    startable: new Set(),
    ended: new Set(),
    waiting: new Map(),
    bytesWaiting: 0,
    isDraining: false,
    wallAheadMs: 0,
  };
}

export function shelfOf(state: State, agentId: string): Shelf {
  let shelf = state.shelves.get(agentId);
  if (shelf === undefined) {
    shelf = {
      tasks: new Map(),
      logs: new Map(),
      contexts: new Map(),
      aliases: new Map(),
      queued: new AgingMap(),
      running: new Set(),
      finished: new AgingMap(),
      placed: 0,
    };
    state.shelves.set(agentId, shelf);
  }
  return shelf;
}

export const taskOf = (
  state: State,
  { agentId, taskId }: { readonly agentId: string; readonly taskId: string },
): Task | undefined => state.shelves.get(agentId)?.tasks.get(taskId);

/** Puts a task as it is now in its place, and in whatever its state says it belongs to. */
export function setTask(state: State, task: Task): void {
  const { agentId, taskId } = task;
  const shelf = shelfOf(state, agentId);
  const before = shelf.tasks.get(taskId);
  shelf.tasks.set(taskId, task);
  shelf.placed = Math.max(shelf.placed, task.place);
  state.bytes += task.bytes - (before?.bytes ?? 0);
  if (task.hidden) {
    leaveContext(shelf, task);
  } else if (before === undefined) {
    enterContext(shelf, task);
  }
  if (before?.state === task.state) {
    return;
  }
  shelf.queued.delete(taskId);
  shelf.running.delete(taskId);
  if (task.state === "submitted") {
    shelf.queued.set(taskId, true);
  } else if (task.state === "working") {
    shelf.running.add(taskId);
  }
  if (shelf.queued.size > 0) {
    state.startable.add(agentId);
  }
}

/** Puts those who wait for a task in the place of those who did. */
export function setWaiting(state: State, name: string, waiting: readonly WaitingSend[]): void {
  const sum = (all: readonly WaitingSend[] = []): number =>
    all.reduce((bytes, each) => bytes + each.bytes, 0);
  state.bytesWaiting += sum(waiting) - sum(state.waiting.get(name));
  if (waiting.length === 0) {
    state.waiting.delete(name);
  } else {
    state.waiting.set(name, waiting);
  }
}

/** Notes that a task has ended for good. */
export function setFinished(state: State, { agentId, taskId, state: now }: Task, atMs: number): void {
  if (isTerminal(now)) {
    state.finished.set(keyOf(agentId, taskId), { agentId, taskId, atMs });
    shelfOf(state, agentId).finished.set(taskId, true);
    state.ended.add(agentId);
  }
}

function enterContext(shelf: Shelf, { contextId, taskId }: Task): void {
  const inContext = shelf.contexts.get(contextId);
  if (inContext !== undefined) {
    inContext.add(taskId);
    return;
  }
  shelf.contexts.set(contextId, new Set([taskId]));
  const shown = shownId(contextId);
  if (shown !== contextId) {
    shelf.aliases.set(shown, contextId);
  }
}

function leaveContext(shelf: Shelf, { contextId, taskId }: Task): void {
  const inContext = shelf.contexts.get(contextId);
  if (inContext?.delete(taskId) === true && inContext.size === 0) {
    shelf.contexts.delete(contextId);
    shelf.aliases.delete(shownId(contextId));
  }
}

/** Takes a task away with all that hangs on it. Its keys stay until their time is over. */
export function removeTask(state: State, agentId: string, taskId: string): void {
  const shelf = shelfOf(state, agentId);
  const task = shelf.tasks.get(taskId);
  if (task === undefined) {
    return;
  }
  const key = keyOf(agentId, taskId);
  for (const { id } of task.pushes) {
    setOutbox(state, outboxKey(agentId, taskId, id), undefined);
  }
  shelf.tasks.delete(taskId);
  shelf.logs.delete(taskId);
  shelf.queued.delete(taskId);
  shelf.running.delete(taskId);
  shelf.finished.delete(taskId);
  leaveContext(shelf, task);
  state.finished.delete(key);
  state.bytes -= task.bytes;
  for (const name of state.keysOf.get(key) ?? []) {
    state.orphans.set(name, state.keys.get(name)?.atMs ?? 0);
  }
  state.keysOf.delete(key);
}

export function addKey(state: State, kept: KeptKey): void {
  const name = keyOf(kept.agentId, kept.key);
  const key = keyOf(kept.agentId, kept.taskId);
  state.keys.set(name, kept);
  state.orphans.delete(name);
  const ofTask = state.keysOf.get(key);
  if (ofTask === undefined) {
    state.keysOf.set(key, [name]);
  } else {
    ofTask.push(name);
  }
}

export const outboxKey = (agentId: string, taskId: string, configId: string): string =>
  `${keyOf(agentId, taskId)} ${configId}`;

/** Puts an outbox as it is now in its place; one in which nothing waits is none. What was taken of it stays taken. */
export function setOutbox(state: State, name: string, outbox: Outbox | undefined): void {
  if (outbox === undefined || outbox.waiting.length === 0) {
    disarm(state, name);
    state.outboxes.delete(name);
    return;
  }
  const isNew = !state.outboxes.has(name);
  state.outboxes.set(name, outbox);
  if (isNew) {
    arm(state, name, outbox);
  }
}

/** The same, and its oldest may be taken from now on. */
export function releaseOutbox(state: State, name: string, outbox: Outbox): void {
  setOutbox(state, name, outbox);
  if (state.outboxes.has(name)) {
    disarm(state, name);
    arm(state, name, outbox);
  }
}

function arm(state: State, name: string, { config: { form }, nextMs }: Outbox): void {
  state.armed.set(name, { form, deadline: state.due[form].add(nextMs, name) });
}

/** Whoever takes the oldest of an outbox has it alone. */
export function disarm(state: State, name: string): void {
  const armed = state.armed.get(name);
  if (armed !== undefined) {
    state.due[armed.form].remove(armed.deadline);
    state.armed.delete(name);
  }
}
