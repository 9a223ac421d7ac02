// What the rules show of their state: plain values that never change after they were handed out.
// Times are milliseconds since the Unix epoch; counters are safe integers.

export interface CapabilityView {
  readonly name: string;
  readonly description: string;
}

export interface CardView {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly capabilities: readonly CapabilityView[];
  readonly tools: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export type AgentStatusView = "alive" | "unreachable" | "dead";

export interface AgentView {
  readonly agentId: string;
  readonly card: CardView;
  readonly status: AgentStatusView;
  readonly registeredAt: number;
  readonly lastHeartbeatAt: number;
}

export interface LeaseView {
  readonly taskId: string;
  readonly holderAgentId: string;
  readonly token: number;
  readonly acquiredAt: number;
  readonly expiresAt: number;
}

export interface ElectionView {
  readonly group: string;
  /** "" while nobody leads. */
  readonly leaderAgentId: string;
  readonly term: number;
  /** Absent while nobody leads. */
  readonly electedAt: number | undefined;
}

export type EffectView = "allow" | "deny";

export interface PolicyView {
  readonly id: string;
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  readonly effect: EffectView;
}

export type TaskStatusView = "pending" | "claimed" | "completed" | "dead";

export interface TaskView {
  readonly id: string;
  readonly type: string;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  readonly status: TaskStatusView;
  readonly requiredTools: readonly string[];
  readonly maxRetries: number;
  readonly retryCount: number;
  readonly claimedByAgentId: string;
  readonly failureReason: string;
  readonly createdAt: number;
  readonly claimedAt: number | undefined;
  readonly completedAt: number | undefined;
}

/** An agent with what only our own wire shows. */
export interface AgentDetailView {
  readonly agent: AgentView;
  readonly ttlSeconds: number;
  readonly deathCause: "deregistered" | "heartbeat_timeout" | "replaced" | undefined;
  readonly diedAt: number | undefined;
}

export interface LeaseDetailView {
  readonly lease: LeaseView;
  readonly ttlSeconds: number;
  readonly claimedTask: boolean;
  readonly waiters: number;
}

export interface ElectionDetailView {
  readonly election: ElectionView;
  /** In order of succession, without the leader. */
  readonly candidateAgentIds: readonly string[];
  readonly sequence: number;
}

export interface TaskDetailView {
  readonly task: TaskView;
  readonly ttlSeconds: number;
  readonly lostCount: number;
  readonly maxLost: number | undefined;
  /** The token of the claim, where the reader is its holder. */
  readonly token: number | undefined;
  readonly finishedAt: number | undefined;
}

/** The topics of the bus, and what each carries. */
export type EventBody =
  | {
      readonly topic: `agent.${"registered" | "unreachable" | "recovered" | "died"}`;
      readonly agent: AgentView;
    }
  | { readonly topic: `lease.${"acquired" | "renewed" | "expired" | "released"}`; readonly lease: LeaseView }
  | { readonly topic: "leader.changed"; readonly election: ElectionView }
  | {
      readonly topic: `task.${"created" | "claimed" | "completed" | "requeued" | "dead"}`;
      /** With `input` and `output` left empty. */
      readonly task: TaskView;
    }
  | { readonly topic: `policy.${"set" | "deleted"}`; readonly policy: PolicyView };

/** One event of the bus. */
export type BusEvent = EventBody & { readonly sequence: number; readonly occurredAt: number };
