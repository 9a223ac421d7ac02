// Rooms begin, are listed, and end.
import type { CommandOf, Replies, RoomView } from "../model/commands.ts";
import { publicGridId, type Room } from "../model/entities.ts";
import { invalid, isRefusal, type Refusal } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { keptOf, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { unknownNode } from "../nodes/nodes.ts";
import { compareIds, page } from "../order.ts";
import { requestConflict, requestKey } from "../request-ids.ts";
import {
  alive,
  closed,
  creating,
  invited,
  mostPlaces,
  noSharedGrid,
  participantOf,
  roomFull,
  roomNotices,
  setRoom,
  viewOf,
} from "./room.ts";

export function createRoom(
  state: State,
  command: CommandOf<"createRoom">,
  turn: GridTurn,
  rules: GridRules,
): RoomView | Refusal {
  const { nodeId, roomId, name, request } = command;
  const { wall } = turn.now;
  const key = requestKey(request.requestId ?? "");
  const kept = request.requestId === null ? undefined : keptOf(state, nodeId, key, wall);
  if (kept !== undefined) {
    const room = state.rooms.get(kept.id);
    return kept.fingerprint === request.fingerprint && room !== undefined
      ? viewOf(room, nodeId)
      : requestConflict();
  }
  const others = [...new Set(command.participantNodeIds)].filter((id) => id !== nodeId);
  if (others.length === 0) {
    return invalid("participantNodeIds", "must name another node");
  }
  const unknown = others.find((id) => !state.nodes.has(id));
  if (unknown !== undefined) {
    return unknownNode(unknown);
  }
  if (others.length + 1 > mostPlaces) {
    return roomFull();
  }
  const gridId = gridFor(state, [nodeId, ...others], command.gridId);
  if (gridId === undefined) {
    return noSharedGrid();
  }
  const room = alive(
    {
      roomId,
      name,
      gridId,
      creatorNodeId: nodeId,
      participants: [{ nodeId, status: "joined", readSeq: 0, unread: 0 }, ...others.map(invited)],
      lastSeq: 0,
      createdMs: wall,
      lastActivityMs: wall,
      closed: null,
      idleAtMs: null,
    },
    wall,
    rules,
  );
  turn.emit({
    type: "room.set",
    room,
    kept:
      request.requestId === null
        ? undefined
        : { nodeId, key, fingerprint: request.fingerprint, id: roomId, seq: null, atMs: wall },
    notices: others.flatMap((id) =>
      roomNotices(room, nodeId, "invited", wall, { concerned: id }).filter(({ to }) => to === id),
    ),
  });
  return viewOf(room, nodeId);
}

/** The grid of a room: the one that was asked for, or the first that all share, the public one before others. */
function gridFor(state: State, nodeIds: readonly string[], wanted: string | null): string | undefined {
  const all = nodeIds.map((nodeId) => state.nodes.get(nodeId)?.gridIds ?? []);
  const shared = (all[0] ?? []).filter((gridId) => all.every((gridIds) => gridIds.includes(gridId)));
  if (wanted !== null) {
    return shared.includes(wanted) ? wanted : undefined;
  }
  return shared.includes(publicGridId) ? publicGridId : shared.toSorted(compareIds)[0];
}

export function closeRoom(
  state: State,
  { nodeId, roomId }: CommandOf<"closeRoom">,
  turn: GridTurn,
): RoomView | Refusal {
  const member = creating(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room } = member;
  return room.closed !== null
    ? viewOf(room, nodeId)
    : setRoom(closed(room, turn.now.wall, "creator"), nodeId, "closed", turn);
}

export function listRooms(state: State, command: CommandOf<"listRooms">): Replies["listRooms"] {
  const { nodeId, state: wanted, gridId, participantStatus, limit, offset } = command;
  const found: Room[] = [];
  for (const roomId of state.roomsOf.get(nodeId) ?? []) {
    const room = state.rooms.get(roomId);
    const own = room && participantOf(room, nodeId);
    if (
      room !== undefined &&
      (wanted === null || wanted === (room.closed === null ? "open" : "closed")) &&
      (gridId === null || room.gridId === gridId) &&
      (participantStatus === null || own?.status === participantStatus)
    ) {
      found.push(room);
    }
  }
  found.sort((a, b) => b.lastActivityMs - a.lastActivityMs || compareIds(a.roomId, b.roomId));
  return { rooms: page(found, offset, limit).map((room) => viewOf(room, nodeId)), total: found.length };
}

/** Nothing has happened in a room for so long that it is closed. */
export function closeIdle(state: State, roomId: string, turn: GridTurn): void {
  const room = state.rooms.get(roomId);
  if (room?.closed === null) {
    const { wall } = turn.now;
    const ended = closed(room, wall, "inactivity");
    turn.emit({ type: "room.set", room: ended, notices: roomNotices(ended, null, "closed", wall) });
  }
}
