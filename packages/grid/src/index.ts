// The public surface of `@x/grid`: the client, its errors, and what helps agents talk.

export type { Clock, Fetch } from "@x/core";
export type { CallOptions } from "./client/call-options.ts";
export { GridClient, type GridClientOptions, type RawRestCall, type RawRpcCall } from "./client/client.ts";
export type { RetryOptions } from "./client/connection.ts";
export type { EventIterator, EventsOptions, EventsState } from "./client/events.ts";
export type { HeartbeatOptions, Heartbeats } from "./client/heartbeat.ts";
export type { GridSigner } from "./client/identity.ts";
export { data, file, type MessageInput, taskText, text } from "./client/messages.ts";
export type {
  PatchNodeOptions,
  RegisterOptions,
  SearchFilters,
  SearchOptions,
  StatusOptions,
} from "./client/nodes.ts";
export type {
  CreateRoomOptions,
  EachRoomOptions,
  ListRoomsOptions,
  ReadRoomOptions,
  RoomFilter,
  SendRoomMessageOptions,
} from "./client/rooms.ts";
export type { CreateScheduleOptions, ScheduleTime, UpdateScheduleOptions } from "./client/schedules.ts";
export type {
  ArtifactInput,
  EachTaskOptions,
  EndTaskOptions,
  HistoryOptions,
  ListTasksOptions,
  SendMessageOptions,
  SendTaskOptions,
  TaskFilter,
  UpdateTaskOptions,
} from "./client/task-options.ts";
export type { WaitForTaskOptions } from "./client/wait-for-task.ts";
export {
  GridA2AError,
  GridError,
  type GridErrorOptions,
  GridNetworkError,
  GridServerError,
  GridTimeoutError,
} from "./errors.ts";
export { type RoomContext, type RunAgentOptions, runAgent, type TaskContext } from "./helpers/run-agent.ts";
export type * from "./types.ts";
export type { Body } from "./wire/names.ts";
export { didOf, nodeIdOf } from "./wire/node-id.ts";
export {
  type DeepPartial,
  type GridWireProfile,
  gridProfile,
  type WireRoute,
  type WireSwitches,
} from "./wire/profile.ts";
