// The public surface of `@x/openagents`: the client, its workspace API, its errors.

export type { Clock, Fetch } from "@x/core";
export { AgentClient, type EventsOptions, type WaitEventOptions } from "./client/client.ts";
export type { ClientEvents, Connector } from "./client/connection.ts";
export type { TlsOptions } from "./client/connectors/grpc.ts";
export { AgentEvent } from "./client/events/agent-event.ts";
export type { DeadlockInfo } from "./client/events/correlation.ts";
export type { EventNamed, EventOf, EventPattern } from "./client/events/event-types.ts";
export type { Inbound, JournalEntry, WorkJournal } from "./client/events/journal.ts";
export type { HandlerRegistration } from "./client/hub.ts";
export type { AgentClientOptions, ConnectOptions, TimeoutOptions } from "./client/options.ts";
export type { DirectOptions, RemoteAgent } from "./client/workspace/agent.ts";
export type {
  Channel,
  ChannelWaitOptions,
  HistoryOptions,
  UploadOptions,
} from "./client/workspace/channel.ts";
export type { MessageRef } from "./client/workspace/message-ids.ts";
export type { ListOptions, Workspace } from "./client/workspace/workspace.ts";
export * from "./errors.ts";
export type * from "./types.ts";
export { type ReactionType, reactionTypes } from "./wire/reactions.ts";
