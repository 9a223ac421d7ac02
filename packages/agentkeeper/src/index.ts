// The public surface of `@x/agentkeeper`.
export type { Hooks, Subscription, SubscriptionState } from "@x/core/base";
export {
  CancelledError,
  ConflictError,
  DeadlineExceededError,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isServiceError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  ResumeGapError,
  ServiceError,
  UnavailableError,
  UnimplementedError,
} from "@x/core/base";
export type { AgentHandle } from "./client/agent-handle.ts";
export type { FindOptions, FindScoredOptions, ListAgentsOptions, RegisterOptions } from "./client/agents.ts";
export type { CallOptions } from "./client/call-options.ts";
export { AgentKeeperClient, type AgentKeeperClientOptions, type EmbeddedOptions } from "./client/client.ts";
export type { ListElectionsOptions } from "./client/elections.ts";
export type { LeaseHandle, RenewOptions } from "./client/lease-handle.ts";
export type { AcquireLeaseOptions, ListLeasesOptions } from "./client/leases.ts";
export type { ListPoliciesOptions, PolicyCheck } from "./client/policies.ts";
export type {
  CancelTaskOptions,
  ClaimTaskOptions,
  CompleteTaskOptions,
  CreateTaskOptions,
  FailTaskOptions,
  ListTaskDetailsOptions,
  ListTasksOptions,
  TryClaimTaskOptions,
} from "./client/tasks.ts";
export type { TlsOptions } from "./client/tls-options.ts";
export type { WatchOptions } from "./client/watch.ts";
export type { WatchElectionOptions } from "./client/watch-election.ts";
export {
  createFencedStore,
  type FencedStore,
  type FencedWriteOptions,
  type FenceMemory,
} from "./helpers/fenced-store.ts";
export {
  type LeaderElector,
  type LeaderElectorOptions,
  type Leadership,
  startLeaderElector,
} from "./helpers/leader-elector.ts";
export { startTaskWorker, type TaskWorker, type TaskWorkerOptions } from "./helpers/task-worker.ts";
export type { WorkEnd } from "./helpers/work-end.ts";
export type {
  AgentCard,
  AgentDetail,
  AgentInfo,
  AgentStatus,
  Capability,
  CheckResult,
  ClaimedTask,
  DeathCause,
  ElectionDetail,
  ElectionState,
  EventPayload,
  EventPayloads,
  EventTopic,
  FenceCheck,
  Lease,
  LeaseDetail,
  NewerEvent,
  Policy,
  PolicyDecision,
  PolicyEffect,
  ScoredAgent,
  ServerInfo,
  Task,
  TaskDetail,
  TaskStatus,
  WatchEvent,
} from "./types.ts";
