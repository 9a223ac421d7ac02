// Rooms: who is in, who may come, and when a room ends.
import type { CommandOf, Replies, RoomView } from "../model/commands.ts";
import {
  type Notice,
  type Participant,
  type ParticipantStatus,
  publicGridId,
  type Room,
  type RoomEnd,
  type RoomNotifyType,
} from "../model/entities.ts";
import { invalid, isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { keptOf, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { unknownNode } from "../nodes/nodes.ts";
import { compareIds, page } from "../order.ts";

const mostPlaces = 10;

/** A room and what a node is in it. */
export interface Membership {
  readonly room: Room;
  readonly own: Participant;
}

const unknownRoom = (roomId: string): Refusal =>
  refuse("room_not_found", `there is no room ${roomId.slice(0, 64)}`);

export function membershipOf(state: State, roomId: string, nodeId: string): Membership | Refusal {
  const room = state.rooms.get(roomId);
  const own = room && participantOf(room, nodeId);
  return room === undefined || own === undefined ? unknownRoom(roomId) : { room, own };
}

const participantOf = ({ participants }: Room, nodeId: string): Participant | undefined =>
  participants.find((each) => each.nodeId === nodeId);

const holdsPlace = ({ status }: Participant): boolean => status === "invited" || status === "joined";

export const notJoined = (): Refusal => refuse("not_joined", "only who has joined the room can do this");
export const roomClosed = (): Refusal => refuse("room_closed", "the room is closed");
const creatorOnly = (): Refusal => refuse("creator_only", "only the creator of the room can do this");

export function viewOf(room: Room, nodeId: string): RoomView {
  return { room, unreadCount: participantOf(room, nodeId)?.unread ?? 0 };
}

const invited = (nodeId: string): Participant => ({ nodeId, status: "invited", readSeq: 0, unread: 0 });

/** A room in which something has happened. */
export const alive = (room: Room, nowMs: number, rules: GridRules): Room => ({
  ...room,
  lastActivityMs: nowMs,
  idleAtMs: nowMs + rules.roomIdleMs,
});

export const closed = (room: Room, atMs: number, reason: RoomEnd): Room => ({
  ...room,
  closed: { atMs, reason },
  idleAtMs: null,
});

export function withParticipant(room: Room, changed: Participant): Room {
  const isKnown = room.participants.some(({ nodeId }) => nodeId === changed.nodeId);
  return {
    ...room,
    participants: isKnown
      ? room.participants.map((each) => (each.nodeId === changed.nodeId ? changed : each))
      : [...room.participants, changed],
  };
}

/** Notices to all who have joined but the actor, and to those who are concerned beside. */
export function roomNotices(
  room: Room,
  actor: string | null,
  notifyType: RoomNotifyType,
  atMs: number,
  { concerned, messageId = null }: { readonly concerned?: string; readonly messageId?: string | null } = {},
): readonly Notice[] {
  return room.participants
    .filter(({ nodeId, status }) => nodeId !== actor && (status === "joined" || nodeId === concerned))
    .map(({ nodeId, status, unread }) => ({
      kind: "room",
      to: nodeId,
      roomId: room.roomId,
      fromNodeId: actor,
      notifyType,
      messageId,
      unreadCount: status === "joined" ? unread : 0,
      atMs,
    }));
}

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

export const requestKey = (requestId: string): string => `request ${requestId}`;
export const requestConflict = (): Refusal =>
  refuse("request_id_conflict", "this requestId was used for another request");
const roomFull = (): Refusal =>
  refuse("room_limit", `a room has at most ${mostPlaces} places, those of invited nodes included`);
const noSharedGrid = (): Refusal => refuse("no_shared_grid", "the nodes of a room share its grid");

/** The grid of a room: the one that was asked for, or the first that all share, the public one before others. */
function gridFor(state: State, nodeIds: readonly string[], wanted: string | null): string | undefined {
  const all = nodeIds.map((nodeId) => state.nodes.get(nodeId)?.gridIds ?? []);
  const shared = (all[0] ?? []).filter((gridId) => all.every((gridIds) => gridIds.includes(gridId)));
  if (wanted !== null) {
    return shared.includes(wanted) ? wanted : undefined;
  }
  return shared.includes(publicGridId) ? publicGridId : shared.toSorted(compareIds)[0];
}

export function joinRoom(
  state: State,
  { nodeId, roomId }: CommandOf<"joinRoom">,
  turn: GridTurn,
  rules: GridRules,
): RoomView | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room, own } = member;
  if (own.status === "joined") {
    return viewOf(room, nodeId);
  }
  if (room.closed !== null) {
    return roomClosed();
  }
  if (own.status !== "invited") {
    return notInvited();
  }
  const unread = (state.roomMessages.get(roomId) ?? []).filter(({ fromNodeId }) => fromNodeId !== nodeId);
  const joined: Participant = { nodeId, status: "joined", readSeq: 0, unread: unread.length };
  return set(alive(withParticipant(room, joined), turn.now.wall, rules), nodeId, "joined", turn);
}

const notInvited = (): Refusal => refuse("not_invited", "only an invited node can do this");

/** Emits a room in which an actor has done something, and answers it. */
function set(
  room: Room,
  actor: string,
  notifyType: RoomNotifyType,
  turn: GridTurn,
  concerned?: string,
): RoomView {
  const { wall } = turn.now;
  const more = concerned === undefined ? {} : { concerned };
  turn.emit({ type: "room.set", room, notices: roomNotices(room, actor, notifyType, wall, more) });
  return viewOf(room, actor);
}

export function rejectRoom(
  state: State,
  { nodeId, roomId }: CommandOf<"rejectRoom">,
  turn: GridTurn,
): RoomView | Refusal {
  return end(state, roomId, nodeId, turn, "rejected", "invited", notInvited);
}

export function leaveRoom(
  state: State,
  { nodeId, roomId }: CommandOf<"leaveRoom">,
  turn: GridTurn,
): RoomView | Refusal {
  return end(state, roomId, nodeId, turn, "left", "joined", notJoined);
}

/** A node goes by itself; a room that nobody is in any more is closed. */
function end(
  state: State,
  roomId: string,
  nodeId: string,
  turn: GridTurn,
  status: "rejected" | "left",
  before: ParticipantStatus,
  otherwise: () => Refusal,
): RoomView | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room, own } = member;
  if (own.status === status) {
    return viewOf(room, nodeId);
  }
  if (room.closed !== null) {
    return roomClosed();
  }
  if (own.status !== before) {
    return otherwise();
  }
  const left = withParticipant(room, { ...own, status, unread: 0 });
  const isEmpty = !left.participants.some((each) => each.status === "joined");
  return set(isEmpty ? closed(left, turn.now.wall, "empty") : left, nodeId, status, turn);
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
    : set(closed(room, turn.now.wall, "creator"), nodeId, "closed", turn);
}

/** A room and its creator, who has not gone; refused for all others. */
function creating(state: State, roomId: string, nodeId: string): Membership | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  return member.room.creatorNodeId === nodeId && member.own.status === "joined" ? member : creatorOnly();
}

export function inviteToRoom(
  state: State,
  { nodeId, roomId, otherId }: CommandOf<"inviteToRoom">,
  turn: GridTurn,
  rules: GridRules,
): RoomView | Refusal {
  const member = creating(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room } = member;
  const known = participantOf(room, otherId);
  if (known !== undefined && holdsPlace(known)) {
    return viewOf(room, nodeId);
  }
  if (room.closed !== null) {
    return roomClosed();
  }
  const other = state.nodes.get(otherId);
  if (other === undefined) {
    return unknownNode(otherId);
  }
  if (room.participants.filter(holdsPlace).length >= mostPlaces) {
    return roomFull();
  }
  if (!other.gridIds.includes(room.gridId)) {
    return noSharedGrid();
  }
  const changed = alive(withParticipant(room, invited(otherId)), turn.now.wall, rules);
  return set(changed, nodeId, "invited", turn, otherId);
}

export function kickFromRoom(
  state: State,
  { nodeId, roomId, otherId }: CommandOf<"kickFromRoom">,
  turn: GridTurn,
): RoomView | Refusal {
  const member = creating(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room } = member;
  const known = participantOf(room, otherId);
  if (known?.status === "kicked") {
    return viewOf(room, nodeId);
  }
  if (room.closed !== null) {
    return roomClosed();
  }
  if (otherId === nodeId) {
    return refuse("cannot_kick_self", "the creator leaves a room, or closes it");
  }
  if (known === undefined || !holdsPlace(known)) {
    return refuse("not_a_participant", `${otherId.slice(0, 64)} is not in this room`);
  }
  const kicked = withParticipant(room, { ...known, status: "kicked", unread: 0 });
  return set(kicked, nodeId, "kicked", turn, otherId);
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
