// From what the rules answer to what stands on the wire, under its names.
import { fromHex, parseJson, pythonJson } from "@x/core";
import { writePart, writeState } from "../../wire/forms.ts";
import { namesOf } from "../../wire/names.ts";
import { didOf } from "../../wire/node-id.ts";
import type { GridWireProfile } from "../../wire/profile.ts";
import type { GridView, NodeView, RoomView, SearchHit, TaskView } from "../rules/model/commands.ts";
import {
  type Artifact,
  type Grid,
  type JsonText,
  type Message,
  publicGridId,
  type RoomMessage,
  type Schedule,
  type TaskState,
} from "../rules/model/entities.ts";
import type { NumberedNotice } from "../rules/model/records.ts";

type Written = Record<string, unknown>;

/** JSON whose numbers stay as they were written. */
export const writeJson = (value: unknown): string => pythonJson(value, { compact: true, ensureAscii: false });

export const iso = (atMs: number): string => new Date(atMs).toISOString();

const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

/** Writes what the rules answer. */
export interface Encoder {
  node(view: NodeView, nowMs: number): Written;
  grid(grid: Grid, members?: readonly string[]): Written;
  gridView(view: GridView): Written;
  hit(hit: SearchHit): Written;
  state(state: TaskState): string;
  task(view: TaskView): Written;
  message(message: Message, task: TaskView["task"]): Written;
  room(view: RoomView): Written;
  roomMessage(message: RoomMessage, roomId: string): Written;
  schedule(schedule: Schedule): Written;
  notice(notice: NumberedNotice): { readonly event: string; readonly data: string };
}

export function createEncoder(profile: GridWireProfile): Encoder {
  const { rest, rpc } = namesOf(profile);

  const parts = (text: JsonText): unknown => {
    const read = parseJson(text);
    return Array.isArray(read) ? read.map((part) => writePart(part, profile)) : [];
  };
  const object = (text: JsonText | null): unknown => (text === null ? undefined : parseJson(text));

  const message: Encoder["message"] = (said, { taskId, contextId }) =>
    rpc({
      messageId: said.messageId,
      taskId,
      contextId,
      fromNodeId: said.fromNodeId,
      role: said.role,
      parts: parts(said.parts),
      seq: said.seq,
      timestamp: iso(said.atMs),
      metadata: object(said.metadata) ?? {},
    });

  const artifact = ({ artifactId, name, description, ...rest }: Artifact): Written =>
    rpc({
      artifactId,
      name: name ?? undefined,
      description: description ?? undefined,
      parts: parts(rest.parts),
      metadata: object(rest.metadata),
    });

  const grid: Encoder["grid"] = ({ gridId, name }, members) =>
    rest({ gridId, name, isPublic: gridId === publicGridId, members });

  const roomMessage: Encoder["roomMessage"] = (said, roomId) =>
    rpc({
      messageId: said.messageId,
      roomId,
      fromNodeId: said.fromNodeId,
      parts: parts(said.parts),
      seq: said.seq,
      timestamp: iso(said.atMs),
      metadata: object(said.metadata) ?? {},
    });

  return {
    node: ({ node, isOnline, grids, isOwn }, nowMs) =>
      rest({
        nodeId: node.nodeId,
        did: didOf(fromHex(node.publicKey) ?? new Uint8Array()),
        publicKey: node.publicKey,
        name: node.name,
        description: node.description,
        skills: node.skills,
        endpointUrl: isOwn ? node.endpointUrl : null,
        isAutonomous: node.autonomous,
        isClaimed: node.claim !== null,
        isOnline,
        status: node.status,
        statusMessage: node.statusMessage,
        activeTaskIds: isOwn ? node.activeTaskIds : null,
        summary: isOwn ? node.summary : null,
        reputation: node.reputation,
        grids: grids.map((each) => grid(each)),
        createdAt: iso(node.createdMs),
        updatedAt: iso(node.updatedMs),
        lastSeenAt: iso(node.lastSeenMs),
        lastFetchAge:
          node.fetchedMs === null ? null : Math.max(0, Math.floor((nowMs - node.fetchedMs) / 1_000)),
      }),

    grid,
    gridView: ({ grid: shown, members }) => grid(shown, members),

    hit: ({ node, isOnline, score }) =>
      rest({
        nodeId: node.nodeId,
        name: node.name,
        description: node.description,
        skills: node.skills,
        reputation: node.reputation,
        isOnline,
        status: node.status,
        statusMessage: node.statusMessage,
        score,
      }),

    state: (state) => writeState(state, profile),

    task: ({ task, unreadCount, history, artifacts, stateMessage }) => {
      const state = writeState(task.state, profile);
      return rpc({
        id: task.taskId,
        contextId: task.contextId,
        senderNodeId: task.senderNodeId,
        receiverNodeId: task.receiverNodeId,
        state,
        status: rpc({
          state,
          timestamp: iso(task.stateAtMs),
          message: stateMessage && message(stateMessage, task),
        }),
        unreadCount,
        lastSeq: task.lastSeq,
        history: history?.map((said) => message(said, task)),
        artifacts: artifacts?.map(artifact),
        checkIn: task.checkIn,
        metadata: object(task.metadata) ?? {},
        parentTaskId: task.parentTaskId ?? undefined,
        createdAt: iso(task.createdMs),
        updatedAt: iso(task.updatedMs),
      });
    },

    message,

    room: ({ room, unreadCount, messages }) =>
      rpc({
        id: room.roomId,
        name: room.name,
        gridId: room.gridId,
        state: room.closed === null ? "open" : "closed",
        creatorNodeId: room.creatorNodeId,
        participants: room.participants.map(({ nodeId, status }) => rpc({ nodeId, status })),
        messageCount: room.lastSeq,
        unreadCount,
        createdAt: iso(room.createdMs),
        lastActivityAt: iso(room.lastActivityMs),
        closedAt: room.closed === null ? undefined : iso(room.closed.atMs),
        closedReason: room.closed?.reason,
        messages: messages?.map((said) => roomMessage(said, room.roomId)),
      }),

    roomMessage,

    schedule: (schedule) => {
      const { timing } = schedule;
      return rpc({
        id: schedule.scheduleId,
        messageText: schedule.messageText,
        description: schedule.description,
        schedule: schedule.phrase,
        cronExprs: timing.kind === "cron" ? timing.expressions : null,
        intervalSeconds: timing.kind === "interval" ? timing.seconds : null,
        fireAt: timing.kind === "once" ? iso(timing.atMs) : null,
        timezone: schedule.timezone,
        status: schedule.status,
        maxFires: schedule.maxFires,
        fireCount: schedule.fireCount,
        nextFireAt: isoOrNull(schedule.nextMs),
        lastFiredAt: isoOrNull(schedule.lastFiredMs),
        createdBy: schedule.createdBy,
        metadata: object(schedule.metadata) ?? null,
        createdAt: iso(schedule.createdMs),
        updatedAt: iso(schedule.updatedMs),
      });
    },

    notice(notice) {
      const about =
        notice.kind === "task"
          ? {
              taskId: notice.taskId,
              state: writeState(notice.state, profile),
              contextId: notice.contextId,
              senderSessionKey: notice.senderSessionKey ?? undefined,
              receiverSessionKey: notice.receiverSessionKey ?? undefined,
            }
          : { roomId: notice.roomId };
      return {
        event: notice.kind === "task" ? profile.events.taskNotify : profile.events.roomNotify,
        data: writeJson(
          rpc({
            ...about,
            fromNodeId: notice.fromNodeId,
            notifyType: notice.notifyType,
            messageId: notice.messageId ?? undefined,
            unreadCount: notice.unreadCount,
            timestamp: iso(notice.atMs),
          }),
        ),
      };
    },
  };
}
