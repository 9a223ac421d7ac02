// A2A without Bindu: a client of agents of 1.0 and 0.3, and what a handler of a 1.0 agent can say beyond a text.

export type {
  A2ACallOptions,
  A2AContent,
  A2ASendOptions,
} from "../client/a2a/call-options.ts";
export type {
  A2ABinding,
  A2ADialect,
  A2AInterface,
  AgentCard,
  AgentExtension,
  AgentSkill,
} from "../client/a2a/card.ts";
export {
  A2AClient,
  type A2AClientOptions,
  type A2ASendStreamOptions,
  type A2ASubscribeOptions,
  type A2ATaskList,
  type CancelTaskOptions,
  type GetTaskOptions,
  type ListTasksOptions,
} from "../client/a2a/client.ts";
export { A2AError, A2ATaskError } from "../client/a2a/errors.ts";
export { type A2AAnswer, type A2AEvent, type A2ATask, answerText } from "../client/a2a/results.ts";
export type { A2AStreamOptions } from "../client/a2a/stream.ts";
export type { PartVerdict, TaskVerdict, VerifyOptions } from "../client/a2a/verify.ts";
export { type A2AResultOptions, a2aResult, type NewArtifact } from "../wire/a2a/agent-result.ts";
export { foldEvent } from "../wire/a2a/fold.ts";
export {
  type Artifact,
  type AuthenticationInfo,
  isInterrupted,
  isTerminal,
  type Message,
  type Metadata,
  type Part,
  type ReadTaskState,
  type Role,
  type StreamResponse,
  type Task,
  type TaskArtifactUpdateEvent,
  type TaskPushNotificationConfig,
  type TaskState,
  type TaskStatus,
  type TaskStatusUpdateEvent,
} from "../wire/a2a/objects.ts";
