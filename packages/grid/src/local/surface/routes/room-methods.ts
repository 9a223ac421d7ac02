// Rooms over JSON-RPC.
import { randomUUID } from "node:crypto";
import type { RoomView } from "../../rules/model/commands.ts";
import { ask, type Surface } from "../context.ts";
import { badMember, retryLater } from "../errors.ts";
import type { Fields } from "../fields.ts";
import { fingerprintOf, readMessage } from "../messages.ts";
import { idForm, type Methods, type RpcRequest, requestOf } from "./methods.ts";

const participantStatuses = ["invited", "joined", "rejected", "left", "kicked"] as const;

export function roomMethods(
  surface: Surface,
): Pick<
  Methods,
  | "createRoom"
  | "sendRoomMessage"
  | "readRoom"
  | "getRoom"
  | "listRooms"
  | "closeRoom"
  | "leaveRoom"
  | "joinRoom"
  | "rejectRoom"
  | "inviteToRoom"
  | "kickFromRoom"
> {
  const { encode, names, profile, roomRate } = surface;
  const { rpc } = names;

  /** What a node does to a room, alone or to another. */
  const doing =
    (type: "joinRoom" | "rejectRoom" | "leaveRoom" | "closeRoom") =>
    async ({ caller, fields }: RpcRequest): Promise<unknown> => {
      const asked = { nodeId: caller.nodeId, roomId: roomIdOf(fields) };
      const view: RoomView = await ask(surface, caller, { type, ...asked });
      return encode.room(view);
    };
  const doingTo =
    (type: "inviteToRoom" | "kickFromRoom") =>
    async ({ caller, fields }: RpcRequest): Promise<unknown> => {
      const asked = {
        nodeId: caller.nodeId,
        roomId: roomIdOf(fields),
        otherId: fields.text("nodeId", idForm),
      };
      const view: RoomView = await ask(surface, caller, { type, ...asked });
      return encode.room(view);
    };

  return {
    async createRoom({ caller, fields }) {
      const participantNodeIds = fields.optionalTexts("participantNodeIds", { most: 1_000, ...idForm });
      if (participantNodeIds === undefined) {
        throw badMember("participantNodeIds", "must be given");
      }
      const name = fields.optionalText("name", { max: 200 }) ?? null;
      const gridId = fields.optionalText("gridId", { max: 200 }) ?? null;
      const view = await ask(surface, caller, {
        type: "createRoom",
        nodeId: caller.nodeId,
        roomId: randomUUID(),
        participantNodeIds,
        name,
        gridId,
        request: requestOf(fields, "room", participantNodeIds, name, gridId),
      });
      return encode.room(view);
    },

    async sendRoomMessage({ caller, fields, pathNodeId }) {
      const roomId = roomIdOf(fields);
      const given = fields.raw("message");
      if (given === undefined || given === null) {
        throw badMember("message", "must be given");
      }
      const { message } = readMessage(given, profile);
      const verdict = roomRate?.take(`${roomId} ${caller.nodeId}`);
      if (verdict?.allowed === false) {
        throw retryLater(
          "rate_limited",
          "this node sends too many messages to this room",
          verdict.retryAfterSeconds * 1_000,
        );
      }
      const sent = await ask(surface, caller, {
        type: "sendToRoom",
        nodeId: caller.nodeId,
        roomId,
        message: { ...message, fingerprint: fingerprintOf(pathNodeId, roomId, message.parts) },
      });
      return rpc({ message: encode.roomMessage(sent.message, roomId), room: encode.room(sent.view) });
    },

    async readRoom({ caller, fields }) {
      const roomId = roomIdOf(fields);
      const { messages, unreadCount, hasMore } = await ask(surface, caller, {
        type: "readRoom",
        nodeId: caller.nodeId,
        roomId,
        limit: fields.optionalWhole("limit", { min: 1, max: 100 }) ?? 50,
      });
      return rpc({
        roomId,
        messages: messages.map((message) => encode.roomMessage(message, roomId)),
        unreadCount,
        hasMore,
      });
    },

    async getRoom({ caller, fields }) {
      const view = await ask(surface, caller, {
        type: "getRoom",
        nodeId: caller.nodeId,
        roomId: roomIdOf(fields),
        historyLength: fields.optionalWhole("historyLength", { min: 0, max: 500 }) ?? 50,
      });
      return encode.room(view);
    },

    async listRooms({ caller, fields }) {
      const { rooms, total } = await ask(surface, caller, {
        type: "listRooms",
        nodeId: caller.nodeId,
        state: fields.optionalChoice("state", ["open", "closed"]) ?? null,
        gridId: fields.optionalText("gridId", { max: 200 }) ?? null,
        participantStatus: fields.optionalChoice("participantStatus", participantStatuses) ?? null,
        limit: fields.optionalWhole("limit", { min: 1, max: 100 }) ?? 20,
        offset: fields.optionalWhole("offset", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0,
      });
      return rpc({ rooms: rooms.map(encode.room), total });
    },

    joinRoom: doing("joinRoom"),
    rejectRoom: doing("rejectRoom"),
    leaveRoom: doing("leaveRoom"),
    closeRoom: doing("closeRoom"),
    inviteToRoom: doingTo("inviteToRoom"),
    kickFromRoom: doingTo("kickFromRoom"),
  };
}

const roomIdOf = (fields: Fields): string => fields.text("roomId", idForm);
