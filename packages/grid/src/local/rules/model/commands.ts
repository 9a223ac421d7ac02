// What can be asked of the rules, and what each is answered. Who asks is known and let in; ids that are new come along.
import type {
  Artifact,
  Availability,
  Grid,
  GridNode,
  JsonText,
  Message,
  ParticipantStatus,
  Profile,
  Room,
  RoomMessage,
  Schedule,
  ScheduleStatus,
  Task,
  TaskState,
} from "./entities.ts";

/** A command and who asks. Of several names, one of as many commands. */
type Asked<Type extends string> = Type extends string
  ? { readonly type: Type; readonly nodeId: string }
  : never;

export interface NewMessage {
  /** The caller's own id, by which a repeat is known; null for one that the rules make. */
  readonly messageId: string | null;
  readonly parts: JsonText;
  readonly metadata: JsonText | null;
  /** Of address, parts and state. */
  readonly fingerprint: string;
}

export interface NewRequest {
  readonly requestId: string | null;
  readonly fingerprint: string;
}

export interface NewArtifact extends Omit<Artifact, "artifactId"> {
  readonly artifactId: string | null;
}

/** When to fire, as it was asked for: any of the three that are not null. */
export interface WantedTiming {
  readonly phrase: string | null;
  readonly cronExprs: readonly string[] | null;
  readonly fireAt: string | null;
}

export interface SearchFilters {
  readonly onlineOnly: boolean;
  readonly gridId: string | null;
  readonly skillIds: readonly string[] | null;
  readonly minReputation: number | null;
  readonly status: Availability | null;
}

/** What is absent stays as it is. */
export interface ScheduleChanges {
  readonly timing?: WantedTiming | undefined;
  readonly messageText?: string | undefined;
  readonly timezone?: string | undefined;
  readonly description?: string | null | undefined;
  readonly maxFires?: number | null | undefined;
  readonly status?: Exclude<ScheduleStatus, "completed"> | undefined;
  readonly metadata?: JsonText | null | undefined;
}

export type Command =
  | (Asked<"useNonce"> & { readonly nonce: string })
  | (Asked<"register"> & { readonly publicKey: string; readonly profile: Profile })
  | (Asked<"replaceNode"> & { readonly publicKey: string | null; readonly profile: Profile })
  | (Asked<"patchNode"> & { readonly changes: Partial<Profile> })
  | Asked<"heartbeat">
  | (Asked<"makeClaimCode"> & {
      /** The first that nobody has is taken. */
      readonly codes: readonly string[];
    })
  | (Asked<"getNode"> & { readonly otherId: string })
  | Asked<"getOwnNode">
  | (Asked<"setStatus"> & {
      readonly status: Availability;
      readonly statusMessage: string | null;
      readonly activeTaskIds: readonly string[];
      readonly summary: string | null;
    })
  | (Asked<"search"> & {
      readonly query: string;
      readonly filters: SearchFilters;
      readonly limit: number;
    })
  | Asked<"openStream">
  | Asked<"closeStream">
  | (Asked<"sendTask"> & {
      readonly targetId: string;
      readonly taskId: string;
      readonly newContextId: string;
      readonly contextId: string | null;
      readonly message: NewMessage;
      /** Seconds; null for off. */
      readonly checkIn: number | null;
      readonly metadata: JsonText | null;
      readonly sessionKey: string | null;
      readonly parentTaskId: string | null;
    })
  | (Asked<"changeTask"> & {
      /** Whether it was sent as a message, or as an update. */
      readonly as: "message" | "update";
      readonly taskId: string;
      readonly message: NewMessage | null;
      readonly state: TaskState | null;
      readonly artifact: NewArtifact | null;
      /** Seconds for this message, null for off; undefined for what the task says. */
      readonly checkIn?: number | null | undefined;
      readonly sessionKey: string | null;
    })
  | (Asked<"readTask"> & { readonly taskId: string })
  | (Asked<"ackTask"> & { readonly taskId: string })
  | (Asked<"getTask"> & { readonly taskId: string; readonly historyLength: number | null })
  | (Asked<"listTasks"> & {
      readonly states: readonly TaskState[] | null;
      readonly contextId: string | null;
      readonly parentTaskId: string | null;
      readonly peerNodeId: string | null;
      readonly role: "sender" | "receiver" | null;
      readonly unreadOnly: boolean;
      readonly limit: number;
      readonly offset: number;
    })
  | (Asked<"createRoom"> & {
      readonly roomId: string;
      readonly participantNodeIds: readonly string[];
      readonly name: string | null;
      readonly gridId: string | null;
      readonly request: NewRequest;
    })
  | (Asked<"sendToRoom"> & { readonly roomId: string; readonly message: NewMessage })
  | (Asked<"readRoom"> & { readonly roomId: string; readonly limit: number })
  | (Asked<"getRoom"> & { readonly roomId: string; readonly historyLength: number })
  | (Asked<"listRooms"> & {
      readonly state: "open" | "closed" | null;
      readonly gridId: string | null;
      readonly participantStatus: ParticipantStatus | null;
      readonly limit: number;
      readonly offset: number;
    })
  | (Asked<"joinRoom" | "rejectRoom" | "leaveRoom" | "closeRoom"> & { readonly roomId: string })
  | (Asked<"inviteToRoom" | "kickFromRoom"> & { readonly roomId: string; readonly otherId: string })
  | (Asked<"createSchedule"> & {
      readonly scheduleId: string;
      readonly createdBy: "agent" | "owner";
      readonly messageText: string;
      readonly timing: WantedTiming;
      readonly timezone: string;
      readonly description: string | null;
      readonly maxFires: number | null;
      readonly metadata: JsonText | null;
      readonly request: NewRequest;
    })
  | Asked<"listSchedules">
  | (Asked<"getSchedule" | "deleteSchedule" | "runSchedule"> & { readonly scheduleId: string })
  | (Asked<"updateSchedule"> & { readonly scheduleId: string; readonly changes: ScheduleChanges })
  | (Asked<"previewSchedule"> & {
      readonly timing: WantedTiming;
      readonly timezone: string;
      readonly count: number;
    })
  | {
      readonly type: "claim";
      readonly code: string;
      readonly owner: string | null;
      readonly joinPublic: boolean;
      readonly gridIds: readonly string[];
    }
  | Asked<"unclaim">
  | (Asked<"setReputation"> & { readonly value: number | null })
  | { readonly type: "listNodes" }
  | { readonly type: "listGrids" }
  | { readonly type: "createGrid"; readonly gridId: string; readonly name: string }
  | (Asked<"addMember" | "removeMember"> & { readonly gridId: string });

/** A node as a caller may see it. */
export interface NodeView {
  readonly node: GridNode;
  readonly isOnline: boolean;
  /** Those that the caller may know of. */
  readonly grids: readonly Grid[];
  /** Whether the caller is the node itself, or the owner. */
  readonly isOwn: boolean;
}

/** A task as one of its parties sees it. */
export interface TaskView {
  readonly task: Task;
  readonly unreadCount: number;
  /** Absent where a list leaves them out. */
  readonly history?: readonly Message[];
  readonly artifacts?: readonly Artifact[];
  readonly stateMessage?: Message | undefined;
}

export interface RoomView {
  readonly room: Room;
  readonly unreadCount: number;
  readonly messages?: readonly RoomMessage[];
}

export interface GridView {
  readonly grid: Grid;
  /** Their node ids. */
  readonly members: readonly string[];
}

export interface SearchHit {
  readonly node: GridNode;
  readonly isOnline: boolean;
  readonly score: number;
}

/** Whether a firing would be, and when. */
export interface PreviewView {
  readonly schedule: Pick<Schedule, "phrase" | "timing" | "timezone">;
  readonly firings: readonly number[];
}

export interface Replies {
  useNonce: Record<never, never>;
  register: NodeView;
  replaceNode: NodeView;
  patchNode: NodeView;
  heartbeat: { readonly nowMs: number; readonly onlineUntilMs: number };
  makeClaimCode: { readonly code: string; readonly untilMs: number };
  getNode: NodeView;
  getOwnNode: NodeView;
  setStatus: NodeView;
  search: { readonly hits: readonly SearchHit[] };
  openStream: Record<never, never>;
  closeStream: Record<never, never>;
  sendTask: TaskView;
  changeTask: TaskView;
  readTask: { readonly task: Task; readonly messages: readonly Message[]; readonly unreadCount: number };
  ackTask: { readonly taskId: string; readonly acked: number; readonly unreadCount: number };
  getTask: TaskView;
  listTasks: { readonly tasks: readonly TaskView[]; readonly total: number };
  createRoom: RoomView;
  sendToRoom: { readonly message: RoomMessage; readonly view: RoomView };
  readRoom: {
    readonly roomId: string;
    readonly messages: readonly RoomMessage[];
    readonly unreadCount: number;
    readonly hasMore: boolean;
  };
  getRoom: RoomView;
  listRooms: { readonly rooms: readonly RoomView[]; readonly total: number };
  joinRoom: RoomView;
  rejectRoom: RoomView;
  leaveRoom: RoomView;
  closeRoom: RoomView;
  inviteToRoom: RoomView;
  kickFromRoom: RoomView;
  createSchedule: { readonly schedule: Schedule };
  listSchedules: { readonly schedules: readonly Schedule[] };
  getSchedule: { readonly schedule: Schedule };
  updateSchedule: { readonly schedule: Schedule };
  deleteSchedule: { readonly scheduleId: string };
  runSchedule: { readonly schedule: Schedule };
  previewSchedule: PreviewView;
  claim: NodeView;
  unclaim: NodeView;
  setReputation: NodeView;
  listNodes: { readonly nodes: readonly NodeView[] };
  listGrids: { readonly grids: readonly GridView[] };
  createGrid: GridView;
  addMember: GridView;
  removeMember: GridView;
}

export type CommandOf<Type extends Command["type"]> = Extract<Command, { readonly type: Type }> & {
  readonly type: Type;
};
