// What callers see: events with typed payloads, answers, entries of lists.

import type { Body } from "./wire/body.ts";
import type { MessageContent } from "./wire/content.ts";
import type { Visibility } from "./wire/event.ts";
import type { ReactionType } from "./wire/reactions.ts";

export type { Body, MessageContent, ReactionType, Visibility };

/** Over which wire a client speaks. */
export type Transport = "http" | "grpc" | "workspace";

/** An event to send. What is absent is filled in. */
export interface EventInput {
  /** At least two parts with a dot between them, such as `custom.task.completed`. */
  readonly eventName: string;
  /** The client's own id, with `agent:` before it or without. @default the client's own id */
  readonly sourceId?: string | undefined;
  /** `bob`, `agent:bob`, `channel:general`, `broadcast`, `mod:<name>`. @default nobody in particular */
  readonly destinationId?: string | undefined;
  /** The same as `destinationId`. */
  readonly targetId?: string | undefined;
  /** The same as `destinationId`. */
  readonly target_id?: string | undefined;
  /** What JSON can say, at most 64 deep. @default {} */
  readonly payload?: Body | undefined;
  /** Over gRPC values become texts. @default {} */
  readonly metadata?: Body | undefined;
  /** A hosted workspace chooses its own. @default a new UUID */
  readonly eventId?: string | undefined;
  /** In any case. @default "network" */
  readonly visibility?: Visibility | Uppercase<Visibility> | undefined;
  /** Kept by our server only. */
  readonly threadName?: string | undefined;
  /** Kept by our server only. @default false */
  readonly requiresResponse?: boolean | undefined;
  /** Kept by our server only. */
  readonly responseTo?: string | undefined;
  /** Who alone may get it. Kept by our server only. @default whoever the destination means */
  readonly allowedAgents?: readonly string[] | undefined;
  /** Kept by our server only. */
  readonly textRepresentation?: string | undefined;
}

/** What a server said to an event. */
export interface EventResponse {
  /** Whether it took the event. A mod may still have refused: then `data.success` is false. */
  readonly success: boolean;
  readonly message: string;
  readonly data: Body | null;
  readonly eventName: string;
  /** The id under which the event is known: the server's own where it chooses it. */
  readonly eventId: string;
}

/** An agent that is connected. */
export interface AgentEntry {
  readonly id: string;
  readonly agentId: string;
  readonly agent_id: string;
  /** `metadata.name`, or the id. */
  readonly name: string;
  readonly connected: boolean;
  readonly metadata: Body;
}

/** A message of a channel's history. */
export interface ChannelMessage {
  readonly messageId: string;
  readonly senderId: string;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly channel: string;
  readonly text: string;
  readonly content: Body;
  readonly replyToId: string | null;
  readonly threadLevel: number;
  /** How many agents reacted with what. */
  readonly reactions: Readonly<Record<string, number>>;
}

/** A file that was uploaded. */
export interface UploadedFile {
  readonly fileId: string;
  readonly filename: string;
  readonly mimeType: string;
  /** In bytes. */
  readonly size: number;
}

/** A file in a list. */
export interface FileEntry extends UploadedFile {
  readonly uploadedBy: string | null;
  readonly channel: string | null;
}

/** A file with its bytes. */
export interface DownloadedFile {
  readonly fileId: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** What a reaction did. */
export interface ReactionResult {
  /** Whether anything changed: a second reaction of one kind does not. */
  readonly success: boolean;
  readonly reaction: ReactionType;
  readonly action: "add" | "remove";
  /** Agents that react so. */
  readonly total: number;
  readonly message: string;
}

/** A reply to a request, with its text where it has one. */
export type Reply = Body & { readonly text?: string };

/** A mod of the network. */
export type ModEntry = Body & { readonly name: string };

/** What any message has in its payload. */
export interface MessagePayload {
  readonly content?: MessageContent;
  readonly text?: string;
  readonly message_type?: string;
  readonly sender_id?: string;
  readonly [name: string]: unknown;
}

interface ChannelMessagePayload extends MessagePayload {
  readonly channel: string;
  readonly sender_id: string;
  readonly message_id: string;
  readonly text: string;
}

interface PresencePayload {
  readonly agent_id: string;
  readonly [name: string]: unknown;
}

interface ReactionPayload {
  readonly message_id: string;
  readonly reaction: string;
  readonly agent_id: string;
  readonly [name: string]: unknown;
}

/**
 * The payloads of known events, by name. A program adds its own by declaration merging:
 * `declare module "@x/openagents" { interface EventPayloads { "custom.task.completed": { task: string } } }`.
 */
export interface EventPayloads {
  "channel.message.posted": ChannelMessagePayload;
  "channel.message.replied": ChannelMessagePayload & { readonly parent_id: string };
  "channel.message.mentioned": ChannelMessagePayload;
  "direct.message.received": MessagePayload & { readonly sender_id: string; readonly text: string };
  "workspace.reaction.added": ReactionPayload;
  "workspace.reaction.removed": ReactionPayload;
  "agent.joined": PresencePayload & { readonly metadata: Body };
  "agent.left": PresencePayload & { readonly reason: string };
  "channel.created": {
    readonly channel: string;
    readonly creator_id: string;
    readonly [name: string]: unknown;
  };
  "agent.message": MessagePayload;
  "thread.channel_message.notification": MessagePayload & { readonly original_event_id?: string };
  "thread.reply.notification": MessagePayload & { readonly reply_to_id?: string };
  "thread.direct_message.notification": MessagePayload;
  "thread.reaction.notification": {
    readonly target_message_id: string;
    readonly reaction_type: string;
    readonly reacting_agent: string;
    readonly action: "added" | "removed";
    readonly total_reactions: number;
    readonly [name: string]: unknown;
  };
  "discovery.notification.agent_connected": PresencePayload;
  "discovery.notification.agent_disconnected": PresencePayload & { readonly reason?: string };
  "discovery.notification.capabilities_updated": PresencePayload;
  "system.agent_kicked": {
    readonly target_agent_id: string;
    readonly kicked_by: string;
    readonly reason?: string;
    readonly [name: string]: unknown;
  };
  "system.queue.overflow": { readonly dropped: number; readonly [name: string]: unknown };
  "network.agent.join": Body;
  "network.agent.leave": Body;
  "network.agent.remove": Body;
  "network.channel.create": Body;
  "network.channel.join": Body;
  "network.channel.leave": Body;
  "workspace.message.posted": Body;
  "workspace.message.status": Body;
  "workspace.file.uploaded": {
    readonly file_id: string;
    readonly filename: string;
    readonly uploader: string;
    readonly [name: string]: unknown;
  };
  "workspace.file.deleted": Body;
  "workspace.agent.control": Body;
  "onm.event.received": Body;
}

/** A name whose payload is known. */
export type KnownEventName = keyof EventPayloads & string;
