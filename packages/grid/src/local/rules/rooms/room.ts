// One room: who is in it, what ends it, and who hears of what happens there.
import type { RoomView } from "../model/commands.ts";
import type { Notice, Participant, Room, RoomEnd, RoomNotifyType } from "../model/entities.ts";
import { isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import type { State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";

export const mostPlaces = 10;

/** A room and what a node is in it. */
export interface Membership {
  readonly room: Room;
  readonly own: Participant;
}

export function membershipOf(state: State, roomId: string, nodeId: string): Membership | Refusal {
  const room = state.rooms.get(roomId);
  const own = room && participantOf(room, nodeId);
  return room === undefined || own === undefined ? unknownRoom(roomId) : { room, own };
}

const unknownRoom = (roomId: string): Refusal =>
  refuse("room_not_found", `there is no room ${roomId.slice(0, 64)}`);

export const participantOf = ({ participants }: Room, nodeId: string): Participant | undefined =>
  participants.find((each) => each.nodeId === nodeId);

export const holdsPlace = ({ status }: Participant): boolean => status === "invited" || status === "joined";

export const invited = (nodeId: string): Participant => ({
  nodeId,
  status: "invited",
  readSeq: 0,
  unread: 0,
});

export function viewOf(room: Room, nodeId: string): RoomView {
  return { room, unreadCount: participantOf(room, nodeId)?.unread ?? 0 };
}

export const notJoined = (): Refusal => refuse("not_joined", "only who has joined the room can do this");

export const roomClosed = (): Refusal => refuse("room_closed", "the room is closed");

export const roomFull = (): Refusal =>
  refuse("room_limit", `a room has at most ${mostPlaces} places, those of invited nodes included`);

export const noSharedGrid = (): Refusal => refuse("no_shared_grid", "the nodes of a room share its grid");

const creatorOnly = (): Refusal => refuse("creator_only", "only the creator of the room can do this");

/** A room and its creator, who has not gone; refused for all others. */
export function creating(state: State, roomId: string, nodeId: string): Membership | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  return member.room.creatorNodeId === nodeId && member.own.status === "joined" ? member : creatorOnly();
}

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

/** Emits a room in which an actor has done something, and answers it. */
export function setRoom(
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
