// What callers see: plain objects, `Date` for times, `bigint` for the wire's 64-bit counters, string unions for enums.

/** One capability that a card declares. */
export interface Capability {
  readonly name: string;
  readonly description: string;
}

/** What an agent says of itself when it registers. */
export interface AgentCard {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly tools: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly capabilities: readonly Capability[];
}

/**
 * `ALIVE` until the first missed heartbeat deadline, `UNREACHABLE` until the second, then `DEAD` for ever.
 * A status that this version does not know reads as `DEAD`.
 */
export type AgentStatus = "ALIVE" | "UNREACHABLE" | "DEAD";

/** A registered agent. */
export interface AgentInfo {
  readonly agentId: string;
  readonly card: AgentCard;
  readonly status: AgentStatus;
  readonly registeredAt: Date;
  readonly lastHeartbeatAt: Date;
}

/** An exclusive hold on a key. */
export interface Lease {
  readonly taskId: string;
  readonly holderAgentId: string;
  /** The fencing token: greater than every token granted before. Guarded writes should carry it. */
  readonly token: bigint;
  readonly acquiredAt: Date;
  readonly expiresAt: Date;
}

/** Who leads a group. */
export interface ElectionState {
  readonly group: string;
  /** "" while nobody leads. */
  readonly leaderAgentId: string;
  /** Grows by one with each change of leadership. */
  readonly term: bigint;
  /** `null` while nobody leads. */
  readonly electedAt: Date | null;
}

export type PolicyEffect = "ALLOW" | "DENY";

/** A rule of who may do what. `*` in subject, action and resource stands for any run of characters. */
export interface Policy {
  readonly id: string;
  readonly subject: string;
  readonly action: string;
  readonly resource: string;
  /** An effect that this version does not know reads as `DENY`. */
  readonly effect: PolicyEffect;
}

/** The answer to a policy check. */
export interface CheckResult {
  readonly allowed: boolean;
  /** For people, for example `denied by policy "no-writes"`. */
  readonly reason: string;
}

/** A status that this version does not know reads as `PENDING`. */
export type TaskStatus = "PENDING" | "CLAIMED" | "COMPLETED" | "FAILED" | "DEAD";

/** A unit of work in the daemon's queue. */
export interface Task {
  readonly id: string;
  readonly type: string;
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  readonly status: TaskStatus;
  readonly requiredTools: readonly string[];
  readonly maxRetries: number;
  readonly retryCount: number;
  /** "" while nobody has claimed it. */
  readonly claimedByAgentId: string;
  readonly failureReason: string;
  readonly createdAt: Date | null;
  readonly claimedAt: Date | null;
  readonly completedAt: Date | null;
}

/** A task that its claimer was given. */
export interface ClaimedTask extends Task {
  /** Earlier claims that expired or whose holder died; `null` if the daemon does not say, as only our own does. */
  readonly lostCount: number | null;
  /** The token of the claim; `null` if the daemon does not say. */
  readonly token: bigint | null;
}

/** Why an agent is dead. */
export type DeathCause = "DEREGISTERED" | "HEARTBEAT_TIMEOUT" | "REPLACED";

/** An agent with what only our own daemon tells. */
export interface AgentDetail extends AgentInfo {
  readonly ttlSeconds: number;
  /** `null` while it lives. */
  readonly deathCause: DeathCause | null;
  readonly diedAt: Date | null;
}

/** An agent and how well it fits a query. */
export interface ScoredAgent {
  readonly agent: AgentInfo;
  /** Rounded to 6 decimals; 0 is no likeness at all. */
  readonly score: number;
}

/** A lease with what only our own daemon tells. */
export interface LeaseDetail extends Lease {
  readonly ttlSeconds: number;
  /** The lease is the claim of a task. */
  readonly claimedTask: boolean;
  /** Calls that wait in line for the key. */
  readonly waiters: number;
}

/** A group with what only our own daemon tells. */
export interface ElectionDetail extends ElectionState {
  /** In order of succession, without the leader. */
  readonly candidateAgentIds: readonly string[];
  /** The event of the last change. */
  readonly sequence: bigint;
}

/** A task with what only our own daemon tells. */
export interface TaskDetail extends Task {
  readonly ttlSeconds: number;
  /** Claims that expired or whose holder died. */
  readonly lostCount: number;
  /** With one more lost claim than this the task is dead; `null` for no bound. */
  readonly maxLost: number | null;
  /** The token of the claim, in answers to its holder only. */
  readonly token: bigint | null;
  readonly finishedAt: Date | null;
}

/** The answer to a policy check, with the policies that decided. */
export interface PolicyDecision extends CheckResult {
  readonly determiningPolicyIds: readonly string[];
}

/** Whether a token still counts. */
export interface FenceCheck {
  readonly current: boolean;
  /** The highest token that was ever granted for the key; 0 if the daemon knows none. */
  readonly currentToken: bigint;
}

/** What a daemon says about itself. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
  /** Names the store: sequences and tokens of two stores have nothing to do with each other. */
  readonly logId: string;
  readonly lastSequence: bigint;
  /** The oldest event that a watch can still start behind, less one. */
  readonly firstRetainedSequence: bigint;
  readonly serverTime: Date;
  /** Whether the store outlives the process. */
  readonly persistent: boolean;
  /** `HOST:PORT` of dashboard and metrics; "" without them. */
  readonly metricsAddress: string;
}

/** What an event carries. */
export type EventPayload = AgentInfo | Lease | ElectionState | Task | Policy;

/** What the events of each topic carry. */
export interface EventPayloads {
  readonly "agent.registered": AgentInfo;
  readonly "agent.unreachable": AgentInfo;
  readonly "agent.recovered": AgentInfo;
  readonly "agent.died": AgentInfo;
  readonly "lease.acquired": Lease;
  readonly "lease.renewed": Lease;
  readonly "lease.expired": Lease;
  readonly "lease.released": Lease;
  readonly "leader.changed": ElectionState;
  readonly "task.created": Task;
  readonly "task.claimed": Task;
  readonly "task.completed": Task;
  readonly "task.requeued": Task;
  readonly "task.dead": Task;
  readonly "policy.set": Policy;
  readonly "policy.deleted": Policy;
}

/** The topics that this version knows. */
export type EventTopic = keyof EventPayloads;

interface EventOf<Topic extends string, Payload> {
  readonly topic: Topic;
  /** Counts all events of a store without holes; a filter makes holes. */
  readonly sequence: bigint;
  readonly timestamp: Date;
  readonly payload: Payload;
}

/** An event of a topic that this version does not know; its payload is `null` where its type is unknown too. */
export interface NewerEvent extends EventOf<"other", EventPayload | null> {
  /** The topic as the daemon sent it. */
  readonly newerTopic: string;
}

/**
 * One event of the bus. `topic` tells what the payload is, so a comparison narrows it: after
 * `event.topic === "agent.died"`, `event.payload` is an {@link AgentInfo}. Events of a newer daemon's topics come as
 * {@link NewerEvent}, whose `topic` is `other`.
 */
export type WatchEvent =
  | { [Topic in EventTopic]: EventOf<Topic, EventPayloads[Topic]> }[EventTopic]
  | NewerEvent;
