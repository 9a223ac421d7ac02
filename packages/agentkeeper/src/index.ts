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
export type { AgentHandle } from "./agent-handle.ts";
export type { FindOptions, FindScoredOptions, ListAgentsOptions, RegisterOptions } from "./agents.ts";
export type { CallOptions } from "./call-options.ts";
export { AgentKeeperClient, type AgentKeeperClientOptions, type EmbeddedOptions } from "./client.ts";
export type { ListElectionsOptions } from "./elections.ts";
export { createFencedStore, type FencedStore, type FenceMemory } from "./fenced-store.ts";
export {
  type LeaderElector,
  type LeaderElectorOptions,
  type Leadership,
  startLeaderElector,
} from "./leader-elector.ts";
export type { LeaseHandle, RenewOptions } from "./lease-handle.ts";
export type { AcquireLeaseOptions, ListLeasesOptions } from "./leases.ts";
export type { ListPoliciesOptions, PolicyCheck } from "./policies.ts";
export { startTaskWorker, type TaskWorker, type TaskWorkerOptions } from "./task-worker.ts";
export type {
  ClaimTaskOptions,
  CompleteTaskOptions,
  CreateTaskOptions,
  FailTaskOptions,
  ListTaskDetailsOptions,
  ListTasksOptions,
  TryClaimTaskOptions,
} from "./tasks.ts";
export type { TlsOptions } from "./tls-options.ts";
export type {
  AgentCard,
  AgentDetail,
  AgentInfo,
  AgentStatus,
  Capability,
  CheckResult,
  DeathCause,
  ElectionDetail,
  ElectionState,
  EventPayload,
  FenceCheck,
  Lease,
  LeaseDetail,
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
export type { WatchOptions } from "./watch.ts";
export type { WatchElectionOptions } from "./watch-election.ts";
