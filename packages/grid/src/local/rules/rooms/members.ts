// How nodes come into a room and leave it.
import type { CommandOf, RoomView } from "../model/commands.ts";
import type { Participant, ParticipantStatus } from "../model/entities.ts";
import { isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import type { State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { unknownNode } from "../nodes/nodes.ts";
import {
  alive,
  closed,
  creating,
  holdsPlace,
  invited,
  membershipOf,
  mostPlaces,
  noSharedGrid,
  notJoined,
  participantOf,
  roomClosed,
  roomFull,
  setRoom,
  viewOf,
  withParticipant,
} from "./room.ts";

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
  return setRoom(alive(withParticipant(room, joined), turn.now.wall, rules), nodeId, "joined", turn);
}

const notInvited = (): Refusal => refuse("not_invited", "only an invited node can do this");

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
  return setRoom(isEmpty ? closed(left, turn.now.wall, "empty") : left, nodeId, status, turn);
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
  return setRoom(changed, nodeId, "invited", turn, otherId);
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
  return setRoom(kicked, nodeId, "kicked", turn, otherId);
}
