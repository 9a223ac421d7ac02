// Rooms with their messages, and what is told of them.

import type { GridRoom, GridRoomMessage, RoomNotification } from "../../types.ts";
import { type Read, withRaw } from "./reading.ts";

/** A room, bare or as the member of an answer. */
export function roomOf(read: Read, value: unknown): GridRoom {
  const whole = read(value);
  const from = read(whole.object("room") ?? value);
  return withRaw(from, {
    id: from.text("id") ?? from.id("roomId"),
    name: from.text("name"),
    gridId: from.text("gridId"),
    state: from.text("state") ?? "open",
    creatorNodeId: from.text("creatorNodeId"),
    participants: from.objects("participants").map((each) => {
      const participant = read(each);
      return { nodeId: participant.id("nodeId"), status: participant.text("status") ?? "joined" };
    }),
    messageCount: from.number("messageCount") ?? 0,
    unreadCount: from.number("unreadCount") ?? 0,
    messages: from.objects("messages").map((item) => roomMessageOf(read, item)),
    createdAt: from.text("createdAt"),
    lastActivityAt: from.text("lastActivityAt"),
    closedAt: from.text("closedAt"),
    closedReason: from.text("closedReason"),
  });
}

/** A message of a room, bare or as the member of an answer. */
export function roomMessageOf(read: Read, value: unknown): GridRoomMessage {
  const whole = read(value);
  const from = read(whole.object("message") ?? value);
  return withRaw(from, {
    messageId: from.text("messageId") ?? from.id("id"),
    roomId: from.text("roomId"),
    fromNodeId: from.text("fromNodeId"),
    parts: from.parts(),
    seq: from.number("seq"),
    timestamp: from.text("timestamp"),
    metadata: from.object("metadata") ?? {},
  });
}

/** The data of an event. */
export function roomNotificationOf(read: Read, value: unknown): RoomNotification {
  const from = read(value);
  return {
    roomId: from.id("roomId"),
    fromNodeId: from.text("fromNodeId"),
    notifyType: from.text("notifyType") ?? "message",
    messageId: from.text("messageId"),
    unreadCount: from.number("unreadCount") ?? 0,
    timestamp: from.text("timestamp"),
    catchUp: false,
  };
}
