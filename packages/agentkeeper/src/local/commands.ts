// What callers ask of the rules, and what each command answers when it is not refused.
import type {
  AgentView,
  CardView,
  EffectView,
  ElectionView,
  LeaseView,
  PolicyView,
  TaskStatusView,
  TaskView,
} from "../wire/views.ts";

/** Random ids come inside the command, so that deciding stays deterministic. */
export type Command =
  | {
      readonly type: "register";
      readonly agentId: string;
      readonly card: CardView;
      /** 0 stands for the default. The same holds for every `ttlSeconds` below. */
      readonly ttlSeconds: number;
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
    }
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
    }
  | { readonly type: "claimTask"; readonly agentId: string }
  | {
      readonly type: "completeTask";
      readonly taskId: string;
      readonly agentId: string;
      readonly output: Uint8Array;
    }
  | { readonly type: "failTask"; readonly taskId: string; readonly agentId: string; readonly reason: string }
  | { readonly type: "getTask"; readonly taskId: string }
  | { readonly type: "listTasks"; readonly status: TaskStatusView | "failed" | undefined };

/** The reply to each command. */
export interface Replies {
  register: { readonly agentId: string };
  heartbeat: Done;
  deregister: Done;
  getAgent: { readonly agent: AgentView };
  find: { readonly agents: readonly AgentView[] };
  acquireLease: { readonly acquired: boolean; readonly lease: LeaseView };
  renewLease: { readonly lease: LeaseView };
  releaseLease: Done;
  campaign: { readonly election: ElectionView };
  resign: Done;
  setPolicy: { readonly policy: PolicyView };
  deletePolicy: Done;
  listPolicies: { readonly policies: readonly PolicyView[] };
  checkPolicy: { readonly allowed: boolean; readonly reason: string };
  createTask: { readonly task: TaskView };
  claimTask: { readonly task: TaskView };
  completeTask: Done;
  failTask: Done;
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
