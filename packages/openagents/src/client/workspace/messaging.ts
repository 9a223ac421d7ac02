// What the workspace API asks of either product.

import type {
  Body,
  ChannelMessage,
  DownloadedFile,
  EventResponse,
  FileEntry,
  MessageContent,
  ReactionResult,
  ReactionType,
  UploadedFile,
} from "../../types.ts";

/** What a post has besides its content. */
export interface PostParts {
  readonly mentions?: readonly string[] | undefined;
  readonly replyTo?: string | undefined;
  /** More members of the payload. */
  readonly extra?: Body | undefined;
}

/** What a direct message has besides its content. */
export interface DirectParts {
  readonly responseTo?: string | undefined;
  readonly metadata?: Body | undefined;
  /** Whether an answer is waited for, and under which id its sender knows it. */
  readonly request?: { readonly id: string } | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file to upload. */
export interface FileParts {
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly description: string | undefined;
}

/** Which part of a history. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Messages, files and lists, over a network's mods or a workspace's REST. */
export interface Messaging {
  post(channel: string, content: MessageContent, parts: PostParts): Promise<EventResponse>;
  direct(agentId: string, content: MessageContent, parts: DirectParts): Promise<EventResponse>;
  history(channel: string, page: Page): Promise<readonly ChannelMessage[]>;
  react(messageId: string, reaction: ReactionType, action: "add" | "remove"): Promise<ReactionResult>;
  upload(channel: string, file: FileParts): Promise<UploadedFile>;
  files(): Promise<readonly FileEntry[]>;
  download(fileId: string): Promise<DownloadedFile>;
  channels(): Promise<readonly string[]>;
  createChannel(name: string, description: string | undefined): Promise<EventResponse>;
  agents(): Promise<readonly string[]>;
}
