// The objects of A2A 1.0 as they stand in JSON: members in camelCase, enums by name, and what is empty is not there.

/** The states of a task, in the order of their numbers from 1. */
export const taskStates = [
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
  "TASK_STATE_AUTH_REQUIRED",
] as const;

/** Where a task stands. */
export type TaskState = (typeof taskStates)[number];

/** A state as a client reads it: one that this version does not know is `TASK_STATE_UNSPECIFIED`. */
export type ReadTaskState = TaskState | "TASK_STATE_UNSPECIFIED";

/** Who speaks, in the order of their numbers from 1. */
export const roles = ["ROLE_USER", "ROLE_AGENT"] as const;

export type Role = (typeof roles)[number];

export type Metadata = Readonly<Record<string, unknown>>;

interface PartDetails {
  readonly metadata?: Metadata | undefined;
  readonly filename?: string | undefined;
  readonly mediaType?: string | undefined;
}

/** A piece of content: exactly one of `text`, `raw` (base64), `url` and `data` (any JSON value, null included). */
export type Part = PartDetails &
  (
    | { readonly text: string; readonly raw?: never; readonly url?: never; readonly data?: never }
    | { readonly raw: string; readonly text?: never; readonly url?: never; readonly data?: never }
    | { readonly url: string; readonly text?: never; readonly raw?: never; readonly data?: never }
    | { readonly data: unknown; readonly text?: never; readonly raw?: never; readonly url?: never }
  );

export interface Message {
  readonly messageId: string;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly contextId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly extensions?: readonly string[] | undefined;
  readonly referenceTaskIds?: readonly string[] | undefined;
}

export interface TaskStatus<State extends ReadTaskState = TaskState> {
  readonly state: State;
  /** What the agent says with this state: its question, or why it ended so. */
  readonly message?: Message | undefined;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly timestamp?: string | undefined;
}

export interface Artifact {
  readonly artifactId: string;
  readonly parts: readonly Part[];
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly extensions?: readonly string[] | undefined;
}

export interface Task<State extends ReadTaskState = TaskState> {
  readonly id: string;
  readonly status: TaskStatus<State>;
  readonly contextId?: string | undefined;
  readonly artifacts?: readonly Artifact[] | undefined;
  readonly history?: readonly Message[] | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface TaskStatusUpdateEvent<State extends ReadTaskState = TaskState> {
  readonly taskId: string;
  readonly contextId: string;
  readonly status: TaskStatus<State>;
  readonly metadata?: Metadata | undefined;
}

export interface TaskArtifactUpdateEvent {
  readonly taskId: string;
  readonly contextId: string;
  readonly artifact: Artifact;
  /** The parts go behind those of the artifact of the same id. */
  readonly append?: boolean | undefined;
  readonly lastChunk?: boolean | undefined;
  readonly metadata?: Metadata | undefined;
}

/** What an event of a stream carries, or a webhook: exactly one of these. */
export type StreamResponse<State extends ReadTaskState = TaskState> =
  | SendMessageResponse<State>
  | {
      readonly statusUpdate: TaskStatusUpdateEvent<State>;
      readonly task?: never;
      readonly message?: never;
      readonly artifactUpdate?: never;
    }
  | {
      readonly artifactUpdate: TaskArtifactUpdateEvent;
      readonly task?: never;
      readonly message?: never;
      readonly statusUpdate?: never;
    };

/** What a send answers: the task, or a message of an agent that needed none. */
export type SendMessageResponse<State extends ReadTaskState = TaskState> =
  | {
      readonly task: Task<State>;
      readonly message?: never;
      readonly statusUpdate?: never;
      readonly artifactUpdate?: never;
    }
  | {
      readonly message: Message;
      readonly task?: never;
      readonly statusUpdate?: never;
      readonly artifactUpdate?: never;
    };

export interface AuthenticationInfo {
  /** Such as `Bearer`. */
  readonly scheme: string;
  readonly credentials?: string | undefined;
}

/** Where the events of a task are posted to. */
export interface TaskPushNotificationConfig {
  readonly url: string;
  readonly id?: string | undefined;
  readonly taskId?: string | undefined;
  readonly token?: string | undefined;
  readonly authentication?: AuthenticationInfo | undefined;
}

export interface SendMessageConfiguration {
  readonly acceptedOutputModes?: readonly string[] | undefined;
  readonly taskPushNotificationConfig?: TaskPushNotificationConfig | undefined;
  readonly historyLength?: number | undefined;
  readonly returnImmediately?: boolean | undefined;
}

export interface SendMessageRequest {
  readonly message: Message;
  readonly configuration?: SendMessageConfiguration | undefined;
  readonly metadata?: Metadata | undefined;
}

export interface ListTasksRequest {
  readonly contextId?: string | undefined;
  readonly status?: TaskState | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  readonly historyLength?: number | undefined;
  /** Milliseconds since 1970, with what lies behind them. */
  readonly statusTimestampAfter?: number | undefined;
  readonly includeArtifacts?: boolean | undefined;
}

export interface ListTasksResponse<State extends ReadTaskState = TaskState> {
  readonly tasks: readonly Task<State>[];
  readonly nextPageToken: string;
  readonly pageSize: number;
  readonly totalSize: number;
}

/** Completed, failed, canceled, rejected: nothing happens to the task any more. */
export function isTerminal(state: ReadTaskState): boolean {
  return (
    state === "TASK_STATE_COMPLETED" ||
    state === "TASK_STATE_FAILED" ||
    state === "TASK_STATE_CANCELED" ||
    state === "TASK_STATE_REJECTED"
  );
}

/** The agent waits for its caller: for an answer, or for a login. */
export function isInterrupted(state: ReadTaskState): boolean {
  return state === "TASK_STATE_INPUT_REQUIRED" || state === "TASK_STATE_AUTH_REQUIRED";
}

/** Whether the turn is over, which is where a blocking send answers and a stream ends. */
export function isAtRest(state: ReadTaskState): boolean {
  return isTerminal(state) || isInterrupted(state);
}
