// What there is: nodes, grids, tasks, rooms, schedules. Every one is a value that is replaced when it changes and never
// written into, so that replies, records and snapshots may hold it as it is. Times are wall times in milliseconds.

import type { taskStates } from "../../../wire/forms.ts";
import { terminalStates } from "../../../wire/forms.ts";

/** The grid that exists from the start. */
export const publicGridId = "public";

export interface Grid {
  readonly gridId: string;
  readonly name: string;
}

export type Availability = "available" | "busy" | "do_not_disturb";

/** JSON without loss in a text: its numbers as they were written. */
export type JsonText = string;

export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
}

/** What an agent says of itself. */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly skills: readonly Skill[];
  readonly endpointUrl: string | null;
  readonly autonomous: boolean;
}

export interface GridNode extends Profile {
  readonly nodeId: string;
  /** 64 hex. */
  readonly publicKey: string;
  readonly claim: { readonly atMs: number; readonly owner: string | null } | null;
  readonly code: { readonly text: string; readonly untilMs: number } | null;
  readonly status: Availability;
  readonly statusMessage: string | null;
  readonly activeTaskIds: readonly string[];
  readonly summary: string | null;
  readonly reputation: number | null;
  readonly gridIds: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly lastSeenMs: number;
  /** When it last read messages. */
  readonly fetchedMs: number | null;
  /** Online until then, whether or not a stream is open. */
  readonly onlineUntilMs: number;
  /** When it becomes available again unless it comes back; null where nothing is to be reset. */
  readonly resetAtMs: number | null;
}

export type TaskState = (typeof taskStates)[number];

export const isTerminal = (state: TaskState): boolean => terminalStates.has(state);

export type SideName = "sender" | "receiver";

/** What one of the two parties of a task has seen of it. */
export interface Side {
  /** Messages up to this one have been read; up to that one acknowledged. */
  readonly readSeq: number;
  readonly ackSeq: number;
  readonly unread: number;
  readonly unacked: number;
  /** It is waited for: until when, and since which message. */
  readonly wait: { readonly untilMs: number; readonly messageId: string } | null;
  readonly sessionKey: string | null;
}

export interface Task {
  readonly taskId: string;
  readonly contextId: string;
  readonly senderNodeId: string;
  readonly receiverNodeId: string;
  readonly state: TaskState;
  readonly stateAtMs: number;
  /** The number of the message that came with the state. */
  readonly stateSeq: number | null;
  readonly lastSeq: number;
  readonly sender: Side;
  readonly receiver: Side;
  /** Seconds; null for off. */
  readonly checkIn: number | null;
  readonly metadata: JsonText | null;
  readonly parentTaskId: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** When it fails unless the receiver reads it or is online; null where nothing waits to be read. */
  readonly failAtMs: number | null;
}

export interface Message {
  readonly messageId: string;
  /** null for the system. */
  readonly fromNodeId: string | null;
  readonly role: "user" | "agent";
  readonly parts: JsonText;
  readonly seq: number;
  readonly atMs: number;
  readonly metadata: JsonText | null;
  /** For whom it is news. */
  readonly to: SideName | "both" | "nobody";
}

export interface Artifact {
  readonly artifactId: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly parts: JsonText;
  readonly metadata: JsonText | null;
}

export type ParticipantStatus = "invited" | "joined" | "rejected" | "left" | "kicked";

export interface Participant {
  readonly nodeId: string;
  readonly status: ParticipantStatus;
  readonly readSeq: number;
  readonly unread: number;
}

export type RoomEnd = "creator" | "inactivity" | "message_limit" | "empty";

export interface Room {
  readonly roomId: string;
  readonly name: string | null;
  readonly gridId: string;
  readonly creatorNodeId: string;
  readonly participants: readonly Participant[];
  readonly lastSeq: number;
  readonly createdMs: number;
  readonly lastActivityMs: number;
  readonly closed: { readonly atMs: number; readonly reason: RoomEnd } | null;
  /** When it is closed unless something happens; null where it is closed. */
  readonly idleAtMs: number | null;
}

export interface RoomMessage {
  readonly messageId: string;
  readonly fromNodeId: string;
  readonly parts: JsonText;
  readonly seq: number;
  readonly atMs: number;
  readonly metadata: JsonText | null;
}

export type ScheduleStatus = "active" | "paused" | "completed";

/** When a schedule fires: exactly one of the three. */
export type Timing =
  | { readonly kind: "cron"; readonly expressions: readonly string[] }
  | { readonly kind: "interval"; readonly seconds: number; readonly anchorMs: number }
  | { readonly kind: "once"; readonly atMs: number };

export interface Firing {
  readonly taskId: string;
  readonly scheduledMs: number;
  readonly firedMs: number;
}

export interface Schedule {
  readonly scheduleId: string;
  readonly nodeId: string;
  readonly messageText: string;
  readonly description: string | null;
  /** As it was given in words. */
  readonly phrase: string | null;
  readonly timing: Timing;
  readonly timezone: string;
  readonly status: ScheduleStatus;
  readonly maxFires: number | null;
  readonly fireCount: number;
  readonly nextMs: number | null;
  readonly lastFiredMs: number | null;
  readonly createdBy: "agent" | "owner";
  readonly metadata: JsonText | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Newest last. */
  readonly firings: readonly Firing[];
}

export type TaskNotifyType = "message" | "ack" | "read" | "no_ack" | "state" | "schedule";
export type RoomNotifyType = "message" | "invited" | "joined" | "rejected" | "left" | "kicked" | "closed";

/** What one node is told. */
export type Notice =
  | {
      readonly kind: "task";
      readonly to: string;
      readonly taskId: string;
      readonly fromNodeId: string | null;
      readonly notifyType: TaskNotifyType;
      readonly state: TaskState;
      readonly contextId: string;
      readonly messageId: string | null;
      readonly unreadCount: number;
      readonly senderSessionKey: string | null;
      readonly receiverSessionKey: string | null;
      readonly atMs: number;
    }
  | {
      readonly kind: "room";
      readonly to: string;
      readonly roomId: string;
      readonly fromNodeId: string | null;
      readonly notifyType: RoomNotifyType;
      readonly messageId: string | null;
      readonly unreadCount: number;
      readonly atMs: number;
    };

/** What became of a request that may be sent again. */
export interface Kept {
  readonly atMs: number;
  /** Of what was asked for: another one under the same id is a conflict. */
  readonly fingerprint: string;
  readonly id: string;
  /** The number of a message in its room. */
  readonly seq: number | null;
}

/** A {@link Kept} and whose it is. */
export interface KeptEntry extends Kept {
  readonly nodeId: string;
  readonly key: string;
}
