// What is said in rooms, and who has read it.
import { uuid5 } from "@x/core";
import type { CommandOf, Replies, RoomView } from "../model/commands.ts";
import type { Room, RoomMessage } from "../model/entities.ts";
import { isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { keptOf, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { noteFetch } from "../nodes/nodes.ts";
import { keptFor, messageKey } from "../tasks/tasks.ts";
import {
  alive,
  closed,
  membershipOf,
  notJoined,
  roomClosed,
  roomNotices,
  viewOf,
  withParticipant,
} from "./room.ts";

/** A room ends with this message. */
const mostMessages = 500;

export function sendToRoom(
  state: State,
  { nodeId, roomId, message }: CommandOf<"sendToRoom">,
  turn: GridTurn,
  rules: GridRules,
): Replies["sendToRoom"] | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room, own } = member;
  const { wall } = turn.now;
  const { messageId, fingerprint } = message;
  const kept = messageId === null ? undefined : keptOf(state, nodeId, messageKey(messageId), wall);
  if (kept !== undefined) {
    const before = state.roomMessages.get(kept.id)?.[(kept.seq ?? 0) - 1];
    return kept.fingerprint === fingerprint && kept.id === roomId && before !== undefined
      ? { message: before, view: viewOf(room, nodeId) }
      : refuse("message_id_conflict", "this messageId was used for another message");
  }
  if (room.closed !== null) {
    return roomClosed();
  }
  if (own.status !== "joined") {
    return notJoined();
  }
  const seq = room.lastSeq + 1;
  const said: RoomMessage = {
    messageId: messageId ?? uuid5("dns", `${roomId} message ${seq}`),
    fromNodeId: nodeId,
    parts: message.parts,
    seq,
    atMs: wall,
    metadata: message.metadata,
  };
  const heard: Room = {
    ...alive(room, wall, rules),
    lastSeq: seq,
    participants: room.participants.map((each) =>
      each.status === "joined" && each.nodeId !== nodeId ? { ...each, unread: each.unread + 1 } : each,
    ),
  };
  const isLast = seq >= mostMessages;
  const now = isLast ? closed(heard, wall, "message_limit") : heard;
  turn.emit({
    type: "room.set",
    room: now,
    message: said,
    kept: keptFor(nodeId, messageId, fingerprint, roomId, wall, seq),
    notices: [
      ...roomNotices(now, nodeId, "message", wall, { messageId: said.messageId }),
      ...(isLast ? roomNotices(now, null, "closed", wall) : []),
    ],
  });
  return { message: said, view: viewOf(now, nodeId) };
}

export function readRoom(
  state: State,
  { nodeId, roomId, limit }: CommandOf<"readRoom">,
  turn: GridTurn,
): Replies["readRoom"] | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room, own } = member;
  if (own.status !== "joined") {
    return notJoined();
  }
  noteFetch(state, nodeId, turn);
  const behind = (state.roomMessages.get(roomId) ?? []).slice(own.readSeq);
  const messages = behind.filter(({ fromNodeId }) => fromNodeId !== nodeId).slice(0, limit);
  const unread = own.unread - messages.length;
  if (messages.length > 0) {
    const readSeq = messages.at(-1)?.seq ?? own.readSeq;
    turn.emit({ type: "room.set", room: withParticipant(room, { ...own, readSeq, unread }) });
  }
  return { roomId, messages, unreadCount: unread, hasMore: unread > 0 };
}

export function getRoom(
  state: State,
  { nodeId, roomId, historyLength }: CommandOf<"getRoom">,
): RoomView | Refusal {
  const member = membershipOf(state, roomId, nodeId);
  if (isRefusal(member)) {
    return member;
  }
  const { room, own } = member;
  const all = state.roomMessages.get(roomId) ?? [];
  const from = Math.max(0, room.lastSeq - historyLength);
  return {
    ...viewOf(room, nodeId),
    messages: own.status === "joined" ? all.slice(from, room.lastSeq) : [],
  };
}
