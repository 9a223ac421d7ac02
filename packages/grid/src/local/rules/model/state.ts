// The state: what there is by its ids, what leads to it, and what comes due.
import { AgingMap, createDeadlineHeap, type Deadline, type DeadlineHeap, type Now } from "@x/core/service";
import type {
  Artifact,
  Grid,
  GridNode,
  Kept,
  KeptEntry,
  Message,
  Room,
  RoomMessage,
  Schedule,
  SideName,
  Task,
} from "./entities.ts";

/** What comes due. */
export type Due =
  | { readonly kind: "reset"; readonly nodeId: string }
  | { readonly kind: "wait"; readonly taskId: string; readonly side: SideName }
  | { readonly kind: "delivery"; readonly taskId: string }
  | { readonly kind: "idle"; readonly roomId: string }
  | { readonly kind: "fire"; readonly scheduleId: string };

export interface State {
  readonly nodes: Map<string, GridNode>;
  /** Whose a claim code is. */
  readonly codes: Map<string, string>;
  readonly grids: Map<string, Grid>;
  readonly tasks: Map<string, Task>;
  readonly messages: Map<string, Message[]>;
  readonly artifacts: Map<string, Map<string, Artifact>>;
  readonly rooms: Map<string, Room>;
  readonly roomMessages: Map<string, RoomMessage[]>;
  readonly schedules: Map<string, Schedule>;
  /** By node and id, the last changed last: the tasks themselves, since looking up 20,000 ids takes four times as long as the list. */
  readonly tasksOf: Map<string, Map<string, Task>>;
  /** Ids by node. */
  readonly roomsOf: Map<string, Set<string>>;
  readonly schedulesOf: Map<string, Set<string>>;
  /** Between which two nodes a context is. */
  readonly contexts: Map<string, string>;
  /** By node; when each was used. */
  readonly nonces: Map<string, AgingMap<string, number>>;
  readonly kept: Map<string, AgingMap<string, Kept>>;
  /** How many notices each node was sent. */
  readonly noticed: Map<string, number>;
  /** The same of all nodes together. */
  allNoticed: number;
  /** Ends of spans, which move with the wall clock, and firings, which do not. */
  readonly spans: DeadlineHeap<Due>;
  readonly firings: DeadlineHeap<Due>;
  readonly armed: Map<string, Deadline<Due>>;
  /** Open streams by node. Volatile. */
  readonly streams: Map<string, number>;
  /** By how much the wall clock was ahead of the monotonic one in the latest turn. Volatile. */
  wallAheadMs: number;
}

export function createState(): State {
  return {
    nodes: new Map(),
    codes: new Map(),
    grids: new Map(),
    tasks: new Map(),
    messages: new Map(),
    artifacts: new Map(),
    rooms: new Map(),
    roomMessages: new Map(),
    schedules: new Map(),
    tasksOf: new Map(),
    roomsOf: new Map(),
    schedulesOf: new Map(),
    contexts: new Map(),
    nonces: new Map(),
    kept: new Map(),
    noticed: new Map(),
    allNoticed: 0,
    spans: createDeadlineHeap(),
    firings: createDeadlineHeap(),
    armed: new Map(),
    streams: new Map(),
    wallAheadMs: 0,
  };
}

/** Notes the time of a turn, for {@link State.wallAheadMs}. */
export function noteTime(state: State, now: Now): void {
  state.wallAheadMs = now.wall - now.mono;
}

/** Sets or takes away what comes due under a name. */
function arm(state: State, name: string, heap: DeadlineHeap<Due>, atMs: number | null, due: Due): void {
  const armed = state.armed.get(name);
  if (atMs === null) {
    if (armed !== undefined) {
      heap.remove(armed);
      state.armed.delete(name);
    }
  } else if (armed === undefined) {
    state.armed.set(name, heap.add(atMs, due));
  } else if (armed.at !== atMs) {
    heap.move(armed, atMs);
  }
}

export function setNode(state: State, node: GridNode): void {
  const { nodeId, code } = node;
  const before = state.nodes.get(nodeId)?.code;
  if (before && before.text !== code?.text && state.codes.get(before.text) === nodeId) {
    state.codes.delete(before.text);
  }
  if (code !== null) {
    state.codes.set(code.text, nodeId);
  }
  state.nodes.set(nodeId, node);
  arm(state, `reset ${nodeId}`, state.spans, node.resetAtMs, { kind: "reset", nodeId });
}

export function setTask(state: State, task: Task): void {
  const { taskId, senderNodeId, receiverNodeId, contextId } = task;
  const before = state.tasks.get(taskId);
  if (before === undefined) {
    state.contexts.set(contextId, pairOf(senderNodeId, receiverNodeId));
  }
  for (const nodeId of [senderNodeId, receiverNodeId]) {
    const own = state.tasksOf.get(nodeId) ?? new Map<string, Task>();
    state.tasksOf.set(nodeId, own);
    if (before?.updatedMs !== task.updatedMs) {
      own.delete(taskId);
    }
    own.set(taskId, task);
  }
  state.tasks.set(taskId, task);
  for (const side of ["sender", "receiver"] as const) {
    const untilMs = task[side].wait?.untilMs ?? null;
    arm(state, `${side} ${taskId}`, state.spans, untilMs, { kind: "wait", taskId, side });
  }
  arm(state, `delivery ${taskId}`, state.spans, task.failAtMs, { kind: "delivery", taskId });
}

export function addMessages(state: State, taskId: string, messages: readonly Message[]): void {
  const all = state.messages.get(taskId) ?? [];
  state.messages.set(taskId, all);
  all.push(...messages);
}

export function setArtifact(state: State, taskId: string, artifact: Artifact): void {
  const all = state.artifacts.get(taskId) ?? new Map<string, Artifact>();
  state.artifacts.set(taskId, all);
  all.set(artifact.artifactId, artifact);
}

export function setRoom(state: State, room: Room): void {
  const { roomId } = room;
  for (const { nodeId } of room.participants) {
    addTo(state.roomsOf, nodeId, roomId);
  }
  state.rooms.set(roomId, room);
  arm(state, `idle ${roomId}`, state.spans, room.idleAtMs, { kind: "idle", roomId });
}

export function addRoomMessage(state: State, roomId: string, message: RoomMessage): void {
  const all = state.roomMessages.get(roomId) ?? [];
  state.roomMessages.set(roomId, all);
  all.push(message);
}

export function setSchedule(state: State, schedule: Schedule): void {
  const { scheduleId, nodeId, nextMs } = schedule;
  addTo(state.schedulesOf, nodeId, scheduleId);
  state.schedules.set(scheduleId, schedule);
  arm(state, `fire ${scheduleId}`, state.firings, nextMs, { kind: "fire", scheduleId });
}

export function deleteSchedule(state: State, scheduleId: string): void {
  const schedule = state.schedules.get(scheduleId);
  if (schedule !== undefined) {
    setSchedule(state, { ...schedule, nextMs: null });
    state.schedules.delete(scheduleId);
    state.schedulesOf.get(schedule.nodeId)?.delete(scheduleId);
  }
}

/** How long a nonce is kept: a signature is good for 5 minutes before and after its time. */
export const nonceMs = 600_000;
export const mostNonces = 100_000;

export function addNonce(state: State, nodeId: string, nonce: string, atMs: number): void {
  const used = state.nonces.get(nodeId) ?? new AgingMap<string, number>();
  state.nonces.set(nodeId, used);
  forgetNonces(used, atMs);
  used.set(nonce, atMs);
}

/** Lets go of nonces whose time is over. */
function forgetNonces(used: AgingMap<string, number>, nowMs: number): void {
  for (let oldest = used.oldest; oldest !== undefined; oldest = used.oldest) {
    if (oldest[1] + nonceMs > nowMs) {
      return;
    }
    used.delete(oldest[0]);
  }
}

const keptMs = 86_400_000;
const mostKept = 100_000;

export function addKept(state: State, { nodeId, key, ...kept }: KeptEntry): void {
  const all = state.kept.get(nodeId) ?? new AgingMap<string, Kept>();
  state.kept.set(nodeId, all);
  for (let oldest = all.oldest; oldest !== undefined; oldest = all.oldest) {
    if (oldest[1].atMs + keptMs > kept.atMs && all.size < mostKept) {
      break;
    }
    all.delete(oldest[0]);
  }
  all.set(key, kept);
}

/** What a request that came before has become, unless that is too long ago. */
export function keptOf(state: State, nodeId: string, key: string, nowMs: number): Kept | undefined {
  const kept = state.kept.get(nodeId)?.get(key);
  return kept === undefined || kept.atMs + keptMs <= nowMs ? undefined : kept;
}

export const isOnline = (state: State, { nodeId, onlineUntilMs }: GridNode, nowMs: number): boolean =>
  nowMs < onlineUntilMs || (state.streams.get(nodeId) ?? 0) > 0;

export const pairOf = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** Replaces every value; the order stays. */
export function renew<Value>(map: Map<string, Value>, by: (value: Value) => Value): void {
  for (const [key, value] of [...map]) {
    map.set(key, by(value));
  }
}

function addTo(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) {
    index.set(key, new Set([id]));
  } else {
    ids.add(id);
  }
}
