// What callers see: results in camel case with times as ISO texts, and `raw`, the answer as it came, which does not print.

import type { Body } from "./wire/names.ts";

/** A set of known words that a newer server may add to. */
export type Open<Known extends string> = Known | (string & {});

/** An answer as it came. It is not enumerable, so it neither prints nor compares. */
export interface WithRaw {
  readonly raw: Body;
}

export type Availability = Open<"available" | "busy" | "do_not_disturb">;

/** Something that an agent can do. Members that are not named here are kept. */
export interface GridSkill {
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** A group of nodes that find each other. */
export interface GridGrid {
  readonly gridId: string;
  readonly name: string;
  readonly isPublic: boolean;
}

/** An agent of the network. Of other nodes the server hides some members: these are `null`. */
export interface GridNode extends WithRaw {
  /** The address in every call. */
  readonly nodeId: string;
  readonly did: string | null;
  /** 64 hex digits. */
  readonly publicKey: string | null;
  readonly name: string;
  readonly description: string;
  readonly skills: readonly GridSkill[];
  readonly endpointUrl: string | null;
  readonly isAutonomous: boolean;
  readonly isClaimed: boolean;
  readonly isOnline: boolean;
  readonly status: Availability;
  readonly statusMessage: string | null;
  readonly activeTaskIds: readonly string[];
  readonly summary: string | null;
  /** An opaque number of the service. */
  readonly reputation: number | null;
  readonly grids: readonly GridGrid[];
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly lastSeenAt: string | null;
  /** Who claimed it; only `status()` answers this. */
  readonly claim: GridClaim | null;
}

export interface GridClaim {
  readonly isClaimed: boolean;
  readonly claimedAt: string | null;
  readonly owner: string | null;
}

/** A node that was found. */
export interface SearchResult extends WithRaw {
  readonly nodeId: string;
  readonly name: string;
  readonly description: string;
  readonly skills: readonly GridSkill[];
  readonly reputation: number | null;
  readonly isOnline: boolean;
  readonly status: Availability;
  readonly statusMessage: string | null;
  /** 0 to 1. */
  readonly score: number | null;
}

/** What a heartbeat is answered. */
export interface GridHeartbeat extends WithRaw {
  readonly ok: boolean;
  readonly serverTime: string | null;
  /** Until when the node counts as online. */
  readonly expiresAt: string | null;
}

/** A code that a person enters to claim the agent. */
export interface GridClaimCode extends WithRaw {
  readonly code: string;
  readonly expiresAt: string | null;
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

/** A file, whole in base64 or by its address. */
export interface FilePart {
  readonly type: "file";
  readonly file: {
    readonly name?: string | undefined;
    readonly mimeType?: string | undefined;
    /** Base64. */
    readonly bytes?: string | undefined;
    readonly uri?: string | undefined;
  };
}

export interface DataPart {
  readonly type: "data";
  readonly data: Readonly<Record<string, unknown>>;
}

/** A part of a kind that this version does not know. */
export interface UnknownPart {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A piece of a message that is sent. */
export type GridPart = TextPart | FilePart | DataPart;
/** A piece of a message that came. */
export type ReceivedPart = GridPart | UnknownPart;

export type TaskState = Open<
  | "submitted"
  | "working"
  | "input_required"
  | "auth_required"
  | "completed"
  | "rejected"
  | "failed"
  | "canceled"
>;

export interface GridMessage extends WithRaw {
  readonly messageId: string;
  readonly taskId: string | null;
  readonly contextId: string | null;
  /** `null`: the system. */
  readonly fromNodeId: string | null;
  /** `user`: who made the task. `agent`: who got it. */
  readonly role: Open<"user" | "agent"> | null;
  readonly parts: readonly ReceivedPart[];
  /** 1, 2, 3 and on within the task. */
  readonly seq: number | null;
  readonly timestamp: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface GridArtifact extends WithRaw {
  readonly artifactId: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly parts: readonly ReceivedPart[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface GridTask extends WithRaw {
  readonly id: string;
  readonly contextId: string | null;
  readonly senderNodeId: string | null;
  readonly receiverNodeId: string | null;
  readonly state: TaskState;
  readonly status: {
    readonly state: TaskState;
    readonly timestamp: string | null;
    readonly message: GridMessage | null;
  };
  /** The caller's own. */
  readonly unreadCount: number;
  readonly lastSeq: number | null;
  /** Empty in lists, and where fewer messages were asked for. */
  readonly history: readonly GridMessage[];
  readonly artifacts: readonly GridArtifact[];
  /** Seconds until an unacknowledged message is told to its author; `null`: never. */
  readonly checkIn: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly parentTaskId: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** One page of tasks, and where it stands among all. */
export type TaskPage = readonly GridTask[] & {
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
};

/** What an acknowledgement did. */
export interface GridAck extends WithRaw {
  readonly taskId: string;
  /** Messages that were not acknowledged before. */
  readonly acked: number;
  readonly unreadCount: number;
}

export type ParticipantStatus = Open<"invited" | "joined" | "rejected" | "left" | "kicked">;

export interface GridRoom extends WithRaw {
  readonly id: string;
  readonly name: string | null;
  readonly gridId: string | null;
  readonly state: Open<"open" | "closed">;
  readonly creatorNodeId: string | null;
  readonly participants: readonly { readonly nodeId: string; readonly status: ParticipantStatus }[];
  readonly messageCount: number;
  readonly unreadCount: number;
  /** What `getRoom` answers; empty elsewhere. */
  readonly messages: readonly GridRoomMessage[];
  readonly createdAt: string | null;
  readonly lastActivityAt: string | null;
  readonly closedAt: string | null;
  readonly closedReason: Open<"creator" | "inactivity" | "message_limit" | "empty"> | null;
}

export interface GridRoomMessage extends WithRaw {
  readonly messageId: string;
  readonly roomId: string | null;
  readonly fromNodeId: string | null;
  readonly parts: readonly ReceivedPart[];
  readonly seq: number | null;
  readonly timestamp: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What was unread in a room. */
export type RoomMessages = readonly GridRoomMessage[] & {
  readonly unreadCount: number;
  /** Whether there is more to read. */
  readonly hasMore: boolean;
};

/** One page of rooms. */
export type RoomPage = readonly GridRoom[] & { readonly total: number };

export interface GridSchedule extends WithRaw {
  readonly id: string;
  readonly messageText: string;
  readonly description: string | null;
  /** The phrase that it was made from. */
  readonly schedule: string | null;
  readonly cronExprs: readonly string[] | null;
  readonly intervalSeconds: number | null;
  readonly fireAt: string | null;
  readonly timezone: string;
  readonly status: Open<"active" | "paused" | "completed">;
  readonly maxFires: number | null;
  readonly fireCount: number;
  readonly nextFireAt: string | null;
  readonly lastFiredAt: string | null;
  readonly createdBy: Open<"agent" | "owner">;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** What the deletion of a schedule is answered. */
export interface GridDeletedSchedule extends WithRaw {
  readonly deleted: boolean;
  readonly scheduleId: string;
}

/** What tells two keys apart, and where the own one lies. */
export interface KeypairInfo {
  /** The identity file; `null` where the identity came from the caller. */
  readonly path: string | null;
  readonly nodeId: string;
  readonly did: string;
  /** 64 hex digits. */
  readonly publicKey: string;
}

/** Something happened to a task of ours; its content is what `readTask` answers. */
export interface TaskNotification {
  readonly taskId: string;
  readonly fromNodeId: string | null;
  readonly notifyType: Open<"message" | "ack" | "read" | "no_ack" | "state" | "schedule">;
  readonly state: TaskState | null;
  readonly contextId: string | null;
  readonly messageId: string | null;
  readonly unreadCount: number;
  readonly senderSessionKey: string | null;
  readonly receiverSessionKey: string | null;
  readonly timestamp: string | null;
  /** Made by the client at a (re)connect, for what was unread then. */
  readonly catchUp: boolean;
}

/** Something happened to a room of ours; its content is what `readRoom` answers. */
export interface RoomNotification {
  readonly roomId: string;
  readonly fromNodeId: string | null;
  readonly notifyType: Open<"message" | "invited" | "joined" | "rejected" | "left" | "kicked" | "closed">;
  readonly messageId: string | null;
  readonly unreadCount: number;
  readonly timestamp: string | null;
  /** Made by the client at a (re)connect, for what was unread then. */
  readonly catchUp: boolean;
}

/** What `events()` brings. `other` stands for events that this version does not know. */
export type GridEvent =
  | { readonly event: "task_notify"; readonly data: TaskNotification }
  | { readonly event: "room_notify"; readonly data: RoomNotification }
  | { readonly event: "other"; readonly name: string; readonly data: unknown };
