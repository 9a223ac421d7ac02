// The whole state as a plain value, and back: what a restart begins with instead of the first record.
import { AgingMap, type Now } from "@x/core/service";
import type {
  Artifact,
  Grid,
  GridNode,
  Kept,
  Message,
  Room,
  RoomMessage,
  Schedule,
  Task,
} from "./model/entities.ts";
import {
  addMessages,
  addRoomMessage,
  createState,
  noteTime,
  type State,
  setArtifact,
  setNode,
  setRoom,
  setSchedule,
  setTask,
} from "./model/state.ts";

type Of<Value> = readonly [owner: string, value: Value];
type Keyed<Value> = readonly [owner: string, key: string, value: Value];

/** A state as it is stored. Lists stand directly below the top, in the order in which their items came. */
interface StoredState {
  readonly grids: readonly Grid[];
  readonly nodes: readonly GridNode[];
  readonly tasks: readonly Task[];
  readonly messages: readonly Of<Message>[];
  readonly artifacts: readonly Of<Artifact>[];
  readonly rooms: readonly Room[];
  readonly roomMessages: readonly Of<RoomMessage>[];
  readonly schedules: readonly Schedule[];
  readonly nonces: readonly Keyed<number>[];
  readonly kept: readonly Keyed<Kept>[];
  readonly noticed: readonly Of<number>[];
}

/**
 * A quarter of the items that a snapshot holds. Snapshots come as many records apart, and a send makes two records of four items: if
 * all counted, a server that only grows would have none before its stop, and would read all of its history after a kill.
 */
export function sizeOf({ nodes, tasks, rooms, schedules, kept, nonces }: State): number {
  let size = nodes.size + tasks.size * 3 + rooms.size * 20 + schedules.size;
  for (const map of [...kept.values(), ...nonces.values()]) {
    size += map.size;
  }
  return Math.ceil(size / 4);
}

export function snapshotState(state: State): StoredState {
  return {
    grids: [...state.grids.values()],
    nodes: [...state.nodes.values()],
    tasks: [...state.tasks.values()],
    messages: ofEach(state.messages),
    artifacts: [...state.artifacts].flatMap(([taskId, all]) =>
      [...all.values()].map((artifact): Of<Artifact> => [taskId, artifact]),
    ),
    rooms: [...state.rooms.values()],
    roomMessages: ofEach(state.roomMessages),
    schedules: [...state.schedules.values()],
    nonces: keyed(state.nonces),
    kept: keyed(state.kept),
    noticed: [...state.noticed],
  };
}

function ofEach<Value>(lists: ReadonlyMap<string, readonly Value[]>): Of<Value>[] {
  return [...lists].flatMap(([owner, list]) => list.map((value): Of<Value> => [owner, value]));
}

function keyed<Value>(maps: ReadonlyMap<string, ReadonlyMap<string, Value>>): Keyed<Value>[] {
  return [...maps].flatMap(([owner, map]) =>
    [...map].map(([key, value]): Keyed<Value> => [owner, key, value]),
  );
}

/** The state of a snapshot that this package wrote. */
export function restoreState(snapshot: unknown, now: Now): State {
  // The journal has verified that these are the bytes that were written.
  const stored = snapshot as StoredState;
  const state = createState();
  noteTime(state, now);
  for (const grid of stored.grids) {
    state.grids.set(grid.gridId, grid);
  }
  for (const node of stored.nodes) {
    setNode(state, node);
  }
  for (const task of stored.tasks) {
    setTask(state, task);
  }
  for (const [taskId, message] of stored.messages) {
    addMessages(state, taskId, [message]);
  }
  for (const [taskId, artifact] of stored.artifacts) {
    setArtifact(state, taskId, artifact);
  }
  for (const room of stored.rooms) {
    setRoom(state, room);
  }
  for (const [roomId, message] of stored.roomMessages) {
    addRoomMessage(state, roomId, message);
  }
  for (const schedule of stored.schedules) {
    setSchedule(state, schedule);
  }
  putBack(state.nonces, stored.nonces);
  putBack(state.kept, stored.kept);
  for (const [nodeId, count] of stored.noticed) {
    state.noticed.set(nodeId, count);
    state.allNoticed += count;
  }
  return state;
}

function putBack<Value>(into: Map<string, AgingMap<string, Value>>, entries: readonly Keyed<Value>[]): void {
  for (const [owner, key, value] of entries) {
    const map = into.get(owner) ?? new AgingMap<string, Value>();
    into.set(owner, map);
    map.set(key, value);
  }
}
