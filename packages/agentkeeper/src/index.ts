// The public surface of `@x/agentkeeper`.
export type { Hooks, Subscription, SubscriptionState } from "@x/core";
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
} from "@x/core";
export type { AgentHandle } from "./agent-handle.ts";
export type { FindOptions, RegisterOptions } from "./agents.ts";
export type { CallOptions } from "./call-options.ts";
export { AgentKeeperClient, type AgentKeeperClientOptions, type EmbeddedOptions } from "./client.ts";
export type { LeaseHandle, RenewOptions } from "./lease-handle.ts";
export type { AcquireLeaseOptions } from "./leases.ts";
export type { ListPoliciesOptions, PolicyCheck } from "./policies.ts";
export type { CompleteTaskOptions, CreateTaskOptions, FailTaskOptions, ListTasksOptions } from "./tasks.ts";
export type { TlsOptions } from "./tls-options.ts";
export type {
  AgentCard,
  AgentInfo,
  AgentStatus,
  Capability,
  CheckResult,
  ElectionState,
  EventPayload,
  Lease,
  Policy,
  PolicyEffect,
  Task,
  TaskStatus,
  WatchEvent,
} from "./types.ts";
export type { WatchElectionOptions, WatchOptions } from "./watch.ts";
