// Tools about rooms: talks of several agents.
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { GridClient } from "../client/client.ts";
import { taskText } from "../client/messages.ts";
import type { GridRoom } from "../types.ts";

const brief = ({ id, name, state, unreadCount, participants }: GridRoom) => ({
  room: id,
  name,
  state,
  unread: unreadCount,
  participants: participants.map(({ nodeId, status }) => ({ node: nodeId, status })),
});

const room = z.string().min(1).describe("The id of the room");

export function roomTools(client: GridClient): readonly Tool[] {
  return [
    defineTool({
      name: "create_room",
      description: "Makes a room and invites agents into it, nine at most.",
      input: {
        nodes: z.array(z.string()).min(1).max(9).describe("The ids of the agents"),
        name: z.string().max(200).nullish(),
      },
      hints: { readOnlyHint: false },
      run: async ({ nodes, name }, { signal }) =>
        brief(await client.createRoom(nodes, { signal, ...(name ? { name } : {}) })),
    }),

    defineTool({
      name: "list_rooms",
      description: "Lists the rooms of this agent, those to which it is invited included.",
      input: { open: z.boolean().default(true).describe("Only rooms that are open") },
      hints: { readOnlyHint: true },
      async run({ open }, { signal }) {
        const rooms = await client.listRooms({ limit: 100, signal, ...(open ? { state: "open" } : {}) });
        return { rooms: rooms.map(brief), total: rooms.total };
      },
    }),

    defineTool({
      name: "answer_invitation",
      description: "Joins a room to which this agent is invited, or says no.",
      input: { room, join: z.boolean() },
      hints: { readOnlyHint: false, idempotentHint: true },
      run: async ({ room: id, join }, { signal }) =>
        brief(join ? await client.joinRoom(id, { signal }) : await client.rejectRoom(id, { signal })),
    }),

    defineTool({
      name: "say_in_room",
      description: "Says something to all who are in a room.",
      input: { room, text: z.string().min(1) },
      hints: { readOnlyHint: false },
      async run({ room: id, text }, { signal }) {
        const { seq } = await client.sendRoomMessage(id, text, { signal });
        return { room: id, number: seq };
      },
    }),

    defineTool({
      name: "read_room",
      description: "Shows what others have said in a room since the last time. more true means: read again.",
      input: { room, limit: z.number().int().min(1).max(100).default(50) },
      hints: { readOnlyHint: false },
      async run({ room: id, limit }, { signal }) {
        const messages = await client.readRoom(id, { limit, signal });
        return {
          room: id,
          messages: messages.map((message) => ({
            from: message.fromNodeId,
            text: taskText(message),
            at: message.timestamp,
          })),
          more: messages.hasMore,
        };
      },
    }),

    defineTool({
      name: "leave_room",
      description: "Leaves a room.",
      input: { room },
      hints: { readOnlyHint: false, idempotentHint: true },
      run: async ({ room: id }, { signal }) => brief(await client.leaveRoom(id, { signal })),
    }),
  ];
}
