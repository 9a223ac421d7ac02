// What callers ask of the rules, and what each command answers when it is not refused.
import type {
  AgentDetailView,
  AgentStatusView,
  AgentView,
  CardView,
  EffectView,
  ElectionDetailView,
  ElectionView,
  LeaseDetailView,
  LeaseView,
  PolicyView,
  TaskDetailView,
  TaskStatusView,
  TaskView,
} from "./views.ts";

/** Random ids come inside the command, so that deciding stays deterministic. */
export type Command =
  | {
      readonly type: "register";
      readonly agentId: string;
      readonly card: CardView;
      /** 0 stands for the default. The same holds for every `ttlSeconds` below. */
      readonly ttlSeconds: number;
      /** "" or absent for none. */
      readonly requestId?: string;
    }
  | {
      readonly type: "registerAgent";
      readonly agentId: string;
      readonly card: CardView;
      readonly ttlSeconds: number;
      /** "" for none. */
      readonly requestId: string;
      readonly replace: boolean;
      readonly unique: boolean;
    }
  | {
      readonly type: "listAgents";
      readonly statuses: readonly AgentStatusView[];
      readonly namePrefix: string;
      readonly page: PageRequest;
    }
  | {
      readonly type: "findScored";
      readonly query: string;
      readonly tools: readonly string[];
      readonly limit: number;
      readonly statuses: readonly AgentStatusView[];
      readonly metadata: Readonly<Record<string, string>>;
      readonly minScore: number;
    }
  | { readonly type: "heartbeat"; readonly agentId: string }
  | { readonly type: "deregister"; readonly agentId: string }
  | { readonly type: "getAgent"; readonly agentId: string }
  | {
      readonly type: "find";
      readonly query: string;
      readonly tools: readonly string[];
      readonly limit: number;
    }
  | {
      readonly type: "acquireLease";
      readonly taskId: string;
      readonly agentId: string;
      readonly ttlSeconds: number;
      readonly requestId?: string;
      /** How long to wait in line. @default 0 */
      readonly waitMs?: number;
      /** @default 0 */
      readonly lockDelayMs?: number;
    }
  | { readonly type: "getLease"; readonly taskId: string }
  | {
      readonly type: "listLeases";
      readonly taskIdPrefix: string;
      readonly holderAgentId: string;
      readonly page: PageRequest;
    }
  | { readonly type: "validateFence"; readonly taskId: string; readonly token: bigint }
  | {
      readonly type: "renewLease";
      readonly taskId: string;
      readonly agentId: string;
      readonly token: bigint;
      readonly ttlSeconds: number;
    }
  | {
      readonly type: "releaseLease";
      readonly taskId: string;
      readonly agentId: string;
      readonly token: bigint;
    }
  | { readonly type: "campaign"; readonly group: string; readonly agentId: string }
  | { readonly type: "resign"; readonly group: string; readonly agentId: string }
  | { readonly type: "getElection"; readonly group: string }
  | { readonly type: "listElections"; readonly groupPrefix: string; readonly page: PageRequest }
  | { readonly type: "getPolicy"; readonly id: string }
  | { readonly type: "batchCheckPolicy"; readonly checks: readonly PolicyCheckView[] }
  | {
      readonly type: "setPolicy";
      readonly policy: Omit<PolicyView, "effect"> & { readonly effect: EffectView | "unspecified" };
    }
  | { readonly type: "deletePolicy"; readonly id: string }
  | { readonly type: "listPolicies"; readonly subjectPrefix: string }
  | {
      readonly type: "checkPolicy";
      readonly subject: string;
      readonly action: string;
      readonly resource: string;
    }
  | {
      readonly type: "createTask";
      readonly id: string;
      readonly taskType: string;
      readonly input: Uint8Array;
      readonly requiredTools: readonly string[];
      readonly maxRetries: number;
      readonly ttlSeconds: number;
      /** A repeat with the same key answers the first task. */
      readonly idempotencyKey?: string;
      /** Claims that may be lost before the task is dead. @default any number */
      readonly maxLost?: number | undefined;
    }
  | {
      readonly type: "claimTask";
      readonly agentId: string;
      /** Only tasks of these types. @default all */
      readonly types?: readonly string[];
      /** How long to wait. @default for ever */
      readonly waitMs?: number | undefined;
      readonly requestId?: string;
    }
  /** Takes back what a request was given. */
  | { readonly type: "withdraw"; readonly requestId: string }
  | { readonly type: "cancelTask"; readonly taskId: string; readonly reason: string }
  | {
      readonly type: "listTaskPage";
      readonly statuses: readonly (TaskStatusView | "failed")[];
      readonly taskType: string;
      readonly withData: boolean;
      readonly page: PageRequest;
    }
  | {
      readonly type: "completeTask";
      readonly taskId: string;
      readonly agentId: string;
      readonly output: Uint8Array;
      /** That of the claim, if the caller has to show it. */
      readonly token?: bigint;
    }
  | {
      readonly type: "failTask";
      readonly taskId: string;
      readonly agentId: string;
      readonly reason: string;
      readonly token?: bigint;
    }
  | { readonly type: "getTask"; readonly taskId: string }
  | { readonly type: "listTasks"; readonly status: TaskStatusView | "failed" | undefined };

/** Which page of a list is asked for. */
export interface PageRequest {
  /** 0 for the default. */
  readonly size: number;
  /** "" for the first page. */
  readonly token: string;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** "" after the last page. */
  readonly nextToken: string;
  /** The state is the one after this event. */
  readonly sequence: number;
}

export interface PolicyCheckView {
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
}

export interface PolicyDecisionView {
  readonly allowed: boolean;
  readonly reason: string;
  readonly determiningIds: readonly string[];
}

/** The reply to each command. */
export interface Replies {
  register: { readonly agentId: string };
  registerAgent: { readonly detail: AgentDetailView; readonly replacedAgentId: string };
  listAgents: Page<AgentDetailView>;
  findScored: { readonly matches: readonly { readonly agent: AgentView; readonly score: number }[] };
  heartbeat: Done;
  deregister: Done;
  getAgent: { readonly agent: AgentView };
  find: { readonly agents: readonly AgentView[] };
  acquireLease: {
    readonly acquired: boolean;
    readonly lease: LeaseView;
    /** The agent held the key before this command. */
    readonly alreadyHeld: boolean;
    /** When it is worth trying again, if the key was not free. */
    readonly retryAfterMs: number | undefined;
  };
  getLease: { readonly detail: LeaseDetailView };
  listLeases: Page<LeaseDetailView>;
  validateFence: { readonly current: boolean; readonly currentToken: number };
  renewLease: { readonly lease: LeaseView };
  releaseLease: Done;
  campaign: { readonly election: ElectionView };
  resign: Done;
  getElection: { readonly detail: ElectionDetailView };
  listElections: Page<ElectionDetailView>;
  getPolicy: { readonly policy: PolicyView };
  batchCheckPolicy: { readonly results: readonly PolicyDecisionView[]; readonly sequence: number };
  setPolicy: { readonly policy: PolicyView };
  deletePolicy: Done;
  listPolicies: { readonly policies: readonly PolicyView[] };
  checkPolicy: { readonly allowed: boolean; readonly reason: string };
  createTask: { readonly task: TaskView; readonly detail: TaskDetailView; readonly created: boolean };
  /** Both absent when no task matched in time. */
  claimTask: { readonly task: TaskView | undefined; readonly detail: TaskDetailView | undefined };
  withdraw: { readonly givenBack: boolean };
  cancelTask: { readonly detail: TaskDetailView };
  completeTask: { readonly detail: TaskDetailView };
  failTask: { readonly detail: TaskDetailView };
  listTaskPage: Page<TaskDetailView>;
  getTask: { readonly task: TaskView };
  listTasks: { readonly tasks: readonly TaskView[] };
}

/** A reply that says no more than that it was done. */
export type Done = Readonly<Record<never, never>>;

export const done: Done = Object.freeze({});

/** Any reply that is not a refusal. */
export type Reply = Replies[keyof Replies];

/** The command of one type. */
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>;
