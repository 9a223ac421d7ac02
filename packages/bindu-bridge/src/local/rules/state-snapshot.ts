// The whole state as a plain value, and back: what a restart begins with instead of the first record.
import type { Now } from "@x/core/service";
import type { Agent, Artifact, DeadDelivery, KeptKey, Outbox, Task, TaskEvent } from "./model/entities.ts";
import { keyOf } from "./model/entities.ts";
import { addKey, createState, type State, setFinished, setOutbox, setTask, shelfOf } from "./model/state.ts";

/** An event as it is stored: an artifact that the task still has as it came is named, and not written twice. */
type StoredEvent =
  | TaskEvent
  | (Omit<Extract<TaskEvent, { kind: "artifact" }>, "artifact"> & { readonly artifactAt: number });

/** A state as it is stored. Lists stand directly below the top, in the order in which their items came. */
interface StoredState {
  readonly agents: readonly Agent[];
  readonly tasks: readonly Task[];
  /** In the order in which they came to stand there, as are those that run. */
  readonly queued: readonly (readonly [agentId: string, taskId: string])[];
  readonly running: readonly (readonly [agentId: string, taskId: string])[];
  readonly placed: readonly (readonly [agentId: string, placed: number])[];
  readonly events: readonly (readonly [agentId: string, taskId: string, event: StoredEvent])[];
  readonly finished: readonly (readonly [agentId: string, taskId: string, atMs: number])[];
  readonly keys: readonly KeptKey[];
  readonly orphans: readonly (readonly [name: string, atMs: number])[];
  readonly outboxes: readonly (readonly [name: string, outbox: Outbox])[];
  readonly dead: readonly DeadDelivery[];
  readonly deadEver: number;
}

/** A quarter of the items that a snapshot holds: a task makes three records, and is about five items. */
export function sizeOf({ shelves, keys, agents }: State): number {
  let size = agents.size + keys.size;
  for (const { tasks } of shelves.values()) {
    size += tasks.size * 5;
  }
  return Math.ceil(size / 4);
}

export function snapshotState(state: State): StoredState {
  const shelves = [...state.shelves];
  return {
    agents: [...state.agents.values()],
    tasks: shelves.flatMap(([, { tasks }]) => [...tasks.values()]),
    queued: shelves.flatMap(([agentId, { queued }]) =>
      [...queued.keys()].map((taskId) => [agentId, taskId] as const),
    ),
    running: shelves.flatMap(([agentId, { running }]) =>
      [...running].map((taskId) => [agentId, taskId] as const),
    ),
    placed: shelves.map(([agentId, { placed }]) => [agentId, placed] as const),
    events: shelves.flatMap(([agentId, { tasks, logs }]) =>
      [...logs].flatMap(([taskId, log]) => {
        const artifacts = tasks.get(taskId)?.artifacts ?? [];
        return log.map((event) => [agentId, taskId, stored(event, artifacts)] as const);
      }),
    ),
    finished: [...state.finished.values()].map(
      ({ agentId, taskId, atMs }) => [agentId, taskId, atMs] as const,
    ),
    keys: [...state.keys.values()],
    orphans: [...state.orphans],
    outboxes: [...state.outboxes],
    dead: state.dead,
    deadEver: state.deadEver,
  };
}

function stored(event: TaskEvent, artifacts: readonly Artifact[]): StoredEvent {
  const artifactAt = event.kind === "artifact" ? artifacts.indexOf(event.artifact) : -1;
  if (event.kind !== "artifact" || artifactAt === -1) {
    return event;
  }
  const { artifact: _, ...rest } = event;
  return { ...rest, artifactAt };
}

function revived(event: StoredEvent, artifacts: readonly Artifact[]): TaskEvent {
  if (!("artifactAt" in event)) {
    return event;
  }
  const { artifactAt, ...rest } = event;
  const artifact = artifacts[artifactAt];
  if (artifact === undefined) {
    throw new RangeError("a snapshot names an artifact that it does not hold");
  }
  return { ...rest, artifact };
}

/** The state of a snapshot that this package wrote. */
export function restoreState(snapshot: unknown, now: Now, mostBytes: number): State {
  // The journal has verified that these are the bytes that were written.
  const from = snapshot as StoredState;
  const state = createState(mostBytes);
  state.wallAheadMs = now.wall - now.mono;
  for (const agent of from.agents) {
    state.agents.set(agent.agentId, agent);
  }
  for (const task of from.tasks) {
    setTask(state, task);
  }
  for (const [agentId, taskId] of from.queued) {
    shelfOf(state, agentId).queued.set(taskId, true);
  }
  for (const [agentId, taskId] of from.running) {
    const { running } = shelfOf(state, agentId);
    running.delete(taskId);
    running.add(taskId);
  }
  for (const [agentId, placed] of from.placed) {
    shelfOf(state, agentId).placed = placed;
  }
  for (const [agentId, taskId, event] of from.events) {
    const { tasks, logs } = shelfOf(state, agentId);
    const log = logs.get(taskId) ?? [];
    logs.set(taskId, log);
    log.push(revived(event, tasks.get(taskId)?.artifacts ?? []));
  }
  for (const [agentId, taskId, atMs] of from.finished) {
    const task = shelfOf(state, agentId).tasks.get(taskId);
    if (task !== undefined) {
      setFinished(state, task, atMs);
    }
  }
  for (const key of from.keys) {
    addKey(state, key);
  }
  for (const [name, atMs] of from.orphans) {
    const key = state.keys.get(name);
    state.orphans.set(name, atMs);
    if (key !== undefined) {
      state.keysOf.delete(keyOf(key.agentId, key.taskId));
    }
  }
  for (const [name, outbox] of from.outboxes) {
    setOutbox(state, name, outbox);
  }
  state.dead = [...from.dead];
  state.deadEver = from.deadEver;
  return state;
}
