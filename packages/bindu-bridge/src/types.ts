// What users see on both sides of the bridge: messages, parts, answers, skills.

/** A message as a handler gets it: a role and its whole text. */
export interface ChatMessage {
  /** `user`, `assistant` or `system`; callers may send others, which pass as they are. */
  readonly role: "user" | "assistant" | "system" | (string & {});
  readonly content: string;
}

/** A part of an A2A message. */
export type Part = TextPart | FilePart | DataPart;

export interface TextPart {
  readonly kind: "text";
  readonly text: string;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface FilePart {
  readonly kind: "file";
  readonly file: {
    /** Base64; empty where only the address is known, which nobody fetches. */
    readonly bytes?: string | undefined;
    readonly mimeType?: string | undefined;
    readonly name?: string | undefined;
    readonly uri?: string | undefined;
  };
  readonly text?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface DataPart {
  readonly kind: "data";
  readonly data: Readonly<Record<string, unknown>>;
  readonly text?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A message for an agent: whole, with parts, or flat, with content. Parts that are not empty count before content. */
export interface InputMessage {
  /** @default "user" */
  readonly role?: string | undefined;
  readonly content?: string | undefined;
  readonly parts?: readonly Part[] | undefined;
}

/** What an agent answered: its text, or, where it named a state, an object with that state and all else that it said. */
export type AgentResult = string | AgentStateResult;

/**
 * An answer with a state. `prompt` and `content` are there where they are not empty. Metadata of the answer stands beside them, and
 * before them: its keys `state`, `prompt` and `content` replace theirs.
 */
export type AgentStateResult = {
  readonly state: string;
  readonly prompt?: string;
  readonly content?: string;
} & Readonly<Record<string, string>>;

/** What an agent can do, as it tells itself. */
export interface Capabilities {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly supportsStreaming: boolean;
  readonly skills: readonly Skill[];
}

/** A skill as the wire has it. */
export interface Skill {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputModes: readonly string[];
  readonly outputModes: readonly string[];
  readonly version: string;
  readonly author: string;
  /** The file that describes it, as it is. */
  readonly rawContent: string;
  /** Of `rawContent`: `yaml` or `markdown`. */
  readonly format: string;
}
