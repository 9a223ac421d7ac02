// Rooms: conversations of up to ten agents.

import { must, type OptionRules } from "@x/core";
import type { GridRoom, GridRoomMessage, ParticipantStatus, RoomMessages, RoomPage } from "../types.ts";
import type { RpcCall } from "../wire/profile.ts";
import {
  type CallOptions,
  callOptionRules,
  checkCall,
  checkCallOptions,
  checked,
  idRule,
} from "./call-options.ts";
import type { Connection, Repeat } from "./connection.ts";
import { roomMessageOf, roomOf } from "./decode/decode-room.ts";
import { listOf, readerOf } from "./decode/reading.ts";
import { type MessageInput, messageIdRule, messageRule, newId, outgoing } from "./messages.ts";
import { allPages } from "./pages.ts";
import type { HistoryOptions } from "./task-options.ts";

export interface CreateRoomOptions extends CallOptions {
  readonly name?: string | undefined;
  /** The grid that all participants share. @default the first that all share */
  readonly gridId?: string | undefined;
  /** By which a repeat is known, 1 to 128 characters. @default a new UUID */
  readonly requestId?: string | undefined;
}

export interface SendRoomMessageOptions extends CallOptions {
  /** 1 to 128 characters. @default a new UUID */
  readonly messageId?: string | undefined;
}

export interface ReadRoomOptions extends CallOptions {
  /** 1 to 100. @default the server's, 50 */
  readonly limit?: number | undefined;
}

/** Which rooms; all that are named must hold. */
export interface RoomFilter {
  readonly state?: GridRoom["state"] | undefined;
  readonly gridId?: string | undefined;
  /** The caller's own. */
  readonly participantStatus?: ParticipantStatus | undefined;
}

export interface ListRoomsOptions extends RoomFilter, CallOptions {
  /** 1 to 100. @default the server's, 20 */
  readonly limit?: number | undefined;
  /** @default 0 */
  readonly offset?: number | undefined;
}

export interface EachRoomOptions extends RoomFilter, CallOptions {
  /** Rooms asked for at a time, 1 to 100. @default 100 */
  readonly pageSize?: number | undefined;
}

const createRules: OptionRules<CreateRoomOptions> = {
  ...callOptionRules,
  name: must.beText,
  gridId: must.beFullText,
  requestId: messageIdRule,
};

const sendRules: OptionRules<SendRoomMessageOptions> = { ...callOptionRules, messageId: messageIdRule };

const readRules: OptionRules<ReadRoomOptions> = { ...callOptionRules, limit: must.beWhole(1, 100) };

const filterRules: OptionRules<RoomFilter> = {
  state: must.beFullText,
  gridId: must.beFullText,
  participantStatus: must.beFullText,
};

const listRules: OptionRules<ListRoomsOptions> = {
  ...callOptionRules,
  ...filterRules,
  limit: must.beWhole(1, 100),
  offset: must.beWhole(0),
};

const eachRules: OptionRules<EachRoomOptions> = {
  ...callOptionRules,
  ...filterRules,
  pageSize: must.beWhole(1, 100),
};

const historyRules: OptionRules<HistoryOptions> = { ...callOptionRules, historyLength: must.beWhole(0, 500) };

/** The calls that change who is in a room, or whether it is open. */
export type RoomChange =
  | "closeRoom"
  | "leaveRoom"
  | "joinRoom"
  | "rejectRoom"
  | "inviteToRoom"
  | "kickFromRoom";

/** The calls of rooms, over one connection. */
export class Rooms {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async createRoom(participantNodeIds: readonly string[], options: CreateRoomOptions): Promise<GridRoom> {
    const method = "createRoom";
    checked(method, "participantNodeIds", participantNodeIds, must.beTexts);
    checkCall(method, options, createRules);
    const { name, gridId, requestId = newId() } = options;
    const params = { participantNodeIds, name, gridId, requestId };
    return await this.#room(method, method, params, { repeat: "deduped" }, options);
  }

  async sendRoomMessage(
    roomId: string,
    message: MessageInput,
    options: SendRoomMessageOptions,
  ): Promise<GridRoomMessage> {
    const method = "sendRoomMessage";
    checked(method, "message", message, messageRule);
    checkCall(method, options, sendRules);
    const { messageId, body } = outgoing(this.#connection, message, { messageId: options.messageId });
    const params = { roomId: checked(method, "roomId", roomId, idRule), message: body };
    const answer = await this.#call(method, method, params, { repeat: "deduped", messageId }, options);
    return roomMessageOf(readerOf(this.#connection.profile, method), answer);
  }

  async readRoom(roomId: string, options: ReadRoomOptions): Promise<RoomMessages> {
    const method = "readRoom";
    checkCall(method, options, readRules);
    const params = { roomId: checked(method, "roomId", roomId, idRule), limit: options.limit };
    // As with `readTask`: a second read does not bring what a lost answer held.
    const answer = await this.#call(method, method, params, { repeat: "never" }, options);
    const read = readerOf(this.#connection.profile, method);
    const from = Array.isArray(answer) ? undefined : read(answer);
    const messages = listOf(read, answer).map((item) => roomMessageOf(read, item));
    return Object.assign(messages, {
      unreadCount: from?.number("unreadCount") ?? 0,
      hasMore: from?.flag("hasMore") ?? false,
    });
  }

  async getRoom(roomId: string, options: HistoryOptions): Promise<GridRoom> {
    const method = "getRoom";
    checkCall(method, options, historyRules);
    const params = {
      roomId: checked(method, "roomId", roomId, idRule),
      historyLength: options.historyLength,
    };
    return await this.#room(method, method, params, { repeat: "always" }, options);
  }

  async listRooms(options: ListRoomsOptions): Promise<RoomPage> {
    const { rooms, total } = await this.#page("listRooms", options);
    return Object.assign(rooms, { total: total ?? (options.offset ?? 0) + rooms.length });
  }

  /** All rooms, page by page, each once. */
  eachRoom(options: EachRoomOptions, method = "rooms"): AsyncGenerator<GridRoom, void> {
    checkCall(method, options, eachRules);
    const { pageSize = 100, ...rest } = options;
    return allPages(async (offset) => {
      const { rooms, total } = await this.#page(method, { ...rest, limit: pageSize, offset });
      return { items: rooms, total };
    });
  }

  /** Closes, leaves, joins, rejects, invites or kicks. */
  async change(
    method: RoomChange,
    roomId: string,
    nodeId: string | undefined,
    options: CallOptions,
  ): Promise<GridRoom> {
    checkCallOptions(method, options);
    const params = { roomId: checked(method, "roomId", roomId, idRule), nodeId };
    return await this.#room(method, method, params, { repeat: "never" }, options);
  }

  async #page(
    method: string,
    options: ListRoomsOptions,
  ): Promise<{ rooms: GridRoom[]; total: number | null }> {
    checkCall(method, options, listRules);
    const { signal: _, timeoutMs: __, ...params } = options;
    const answer = await this.#call(method, "listRooms", params, { repeat: "always" }, options);
    const read = readerOf(this.#connection.profile, method);
    return {
      rooms: listOf(read, answer).map((item) => roomOf(read, item)),
      total: Array.isArray(answer) ? null : read(answer).number("total"),
    };
  }

  async #room(
    method: string,
    call: RpcCall,
    params: Parameters<Connection["names"]["rpc"]>[0],
    how: { readonly repeat: Repeat },
    options: CallOptions,
  ): Promise<GridRoom> {
    const answer = await this.#call(method, call, params, how, options);
    return roomOf(readerOf(this.#connection.profile, method), answer);
  }

  #call(
    method: string,
    call: RpcCall,
    params: Parameters<Connection["names"]["rpc"]>[0],
    how: { readonly repeat: Repeat; readonly messageId?: string | undefined },
    options: CallOptions,
  ): Promise<unknown> {
    const { names } = this.#connection;
    return this.#connection.rpc({ method, call, params: names.rpc(params), ...how }, options);
  }
}
