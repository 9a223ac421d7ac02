// What there is: agents, their tasks with messages, artifacts and numbered events, and what is told to webhooks.

import type { Skill } from "../../../types.ts";
import type { TaskState } from "../../../wire/dialect.ts";

/** A JSON object of a stranger. */
export type Extra = Readonly<Record<string, unknown>>;

/** Ended for good. */
export type TerminalState = "completed" | "failed" | "canceled" | "rejected";
/** How a turn ends. */
export type TurnEnd = TerminalState | "input-required" | "auth-required";

export const isTerminal = (state: TaskState): state is TerminalState =>
  state === "completed" || state === "failed" || state === "canceled" || state === "rejected";

/** In a turn, or about to be: submitted or working. */
export const isBusy = (state: TaskState): boolean => state === "submitted" || state === "working";

/** What of a configuration counts, with its defaults. */
export interface AgentConfig {
  readonly author: string;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly kind: "agent" | "team" | "workflow";
  /** As it was given: what callers are told. */
  readonly url: string;
  readonly corsOrigins: readonly string[];
  readonly streaming: boolean | undefined;
  readonly pushNotifications: boolean | undefined;
  readonly numHistorySessions: number;
  readonly systemMessage: boolean;
  readonly contextHistory: boolean;
  readonly debugMode: boolean;
  readonly debugLevel: 1 | 2;
  readonly monitoring: boolean;
  readonly telemetry: boolean;
  readonly recreateKeys: boolean;
  readonly extraMetadata: Extra | undefined;
}

export interface Agent {
  readonly agentId: string;
  readonly did: string;
  readonly config: AgentConfig;
  readonly skills: readonly Skill[];
  /** Where its process answers: one address, or several. */
  readonly callbacks: readonly string[];
  /** Whether it is registered now; its tasks are kept after it was taken away. */
  readonly registered: boolean;
  readonly registeredMs: number;
  /** When its registration was last something else. */
  readonly changedMs: number;
}

/** A part as the dialect writes it, and what A2A 1.0 adds: a name and a media type for any part. */
export type Part = (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "data"; readonly data: unknown; readonly text?: string }
  | { readonly kind: "file"; readonly file: FileContent; readonly text?: string }
) & {
  readonly metadata?: Extra;
  readonly filename?: string;
  readonly mediaType?: string;
};

export interface FileContent {
  /** Base64; `""` where only a URI is given. */
  readonly bytes: string;
  readonly mimeType?: string;
  readonly name?: string;
  readonly uri?: string;
}

export interface NewMessage {
  readonly messageId: string;
  readonly role: "user" | "agent" | "system";
  readonly parts: readonly Part[];
  /** The context that it was sent with; the task keeps its own. */
  readonly contextId: string;
  readonly referenceTaskIds?: readonly string[];
  readonly metadata?: Extra;
  readonly extensions?: readonly string[];
}

/** A message of a task. */
export interface Message extends NewMessage {
  readonly atMs: number;
  /** The number of the newest event when it came; for a message of the agent that of the event it came with. */
  readonly n: number;
}

export interface Artifact {
  readonly artifactId: string;
  readonly name?: string;
  readonly description?: string;
  readonly parts: readonly Part[];
  readonly metadata?: Extra;
  readonly extensions?: readonly string[];
}

/** What happened to a task; numbered from 1 without gaps over all its turns. */
export type TaskEvent = {
  readonly n: number;
  readonly atMs: number;
} & (
  | {
      readonly kind: "status";
      readonly state: "working" | TurnEnd;
      /** Where the message that came with it stands in the history. */
      readonly messageAt?: number;
    }
  /** A piece: the first without `append`, the last one of an artifact with `last`. */
  | {
      readonly kind: "artifact";
      readonly artifact: Artifact;
      readonly append: boolean;
      readonly last: boolean;
    }
);

/** One run of the handler, from its message to its end. */
export interface TaskTurn {
  /** The number of the newest event when its message came. */
  readonly after: number;
  /** Where its message stands in the history. */
  readonly messageAt: number;
  /** Whether the handler may answer by a message without a task. */
  readonly direct: boolean;
  /** Whether somebody reads the answer as it grows. */
  readonly stream: boolean;
  /** What a face wants the handler told of the call, such as trace headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Task {
  readonly agentId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly createdMs: number;
  /** Its place among the tasks of its agent, in the order in which they came. */
  readonly place: number;
  readonly state: TaskState;
  /** Since when. */
  readonly statusMs: number;
  /** Whether the newest message says why the state is what it is: a question, a failure. */
  readonly statusSaid: boolean;
  /** Of a message without a task: nobody is shown it. */
  readonly hidden: boolean;
  readonly history: readonly Message[];
  readonly artifacts: readonly Artifact[];
  /** Ids of artifacts whose last piece has not come; they go at an end of the turn that is not `completed`. */
  readonly partial: readonly string[];
  readonly metadata?: Extra;
  readonly turns: readonly TaskTurn[];
  /** The number of its newest event. */
  readonly lastN: number;
  readonly pushes: readonly PushConfig[];
  /** How many events went to webhooks in the form of the dialect. */
  readonly pushed: number;
  readonly feedback: readonly Feedback[];
  /** About how many bytes it holds. */
  readonly bytes: number;
}

export interface Feedback {
  readonly feedback: string;
  readonly rating: number | null;
  readonly metadata: Extra;
  readonly atMs: number;
}

/** A webhook of a task, in the form of the dialect or of A2A. */
export interface PushConfig {
  readonly id: string;
  readonly form: "bindu" | "a2a";
  readonly url: string;
  readonly token?: string;
  readonly authentication?: Extra;
}

/** One event on its way to one webhook. */
export interface Delivery {
  /** In the dialect its place among all that went to webhooks of the task, from 1; in A2A the number of the event. */
  readonly sequence: number;
  readonly event: TaskEvent;
}

/** What waits for one webhook, oldest first: nothing is sent before what came earlier is done. */
export interface Outbox {
  readonly agentId: string;
  readonly taskId: string;
  readonly contextId: string;
  /** When the task began. */
  readonly taskMs: number;
  readonly config: PushConfig;
  readonly waiting: readonly Delivery[];
  /** How often the oldest was tried. */
  readonly attempts: number;
  /** When it is tried next, and since when it is tried. */
  readonly nextMs: number;
  readonly sinceMs: number;
}

/** What was given up. */
export interface DeadDelivery {
  readonly agentId: string;
  readonly taskId: string;
  readonly configId: string;
  readonly url: string;
  readonly delivery: Delivery;
  readonly reason: string;
  readonly atMs: number;
}

/** What a send with a key has become. */
export interface KeptKey {
  readonly agentId: string;
  readonly key: string;
  /** Of the message. */
  readonly hash: string;
  readonly taskId: string;
  /** Index of the turn. */
  readonly turn: number;
  readonly atMs: number;
}

/** Names a task among those of all agents. */
export const keyOf = (agentId: string, taskId: string): string => `${agentId} ${taskId}`;
