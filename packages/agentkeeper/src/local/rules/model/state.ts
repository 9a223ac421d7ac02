// The state of a store. Only `apply` changes it, save the fields marked volatile.
import {
  AgingMap,
  createDeadlineHeap,
  type Deadline,
  type DeadlineHeap,
  type Now,
  type Ticket,
} from "@x/core/service";
import { createPolicyIndex, type PolicyIndex } from "../policies/policy-index.ts";
import { type AgentIndex, createAgentIndex } from "../ranking/index.ts";
import { createPendingQueue, type PendingQueue } from "./pending-queue.ts";
import { PlacedMap } from "./placed-map.ts";
import type { DeathCause } from "./records.ts";
import type {
  AgentStatusView,
  BusEvent,
  CardView,
  EventBody,
  LeaseView,
  PolicyView,
  TaskStatusView,
} from "./views.ts";

/** What a deadline is about. */
export type Due =
  | { readonly kind: "agent"; readonly agent: Agent }
  | { readonly kind: "lease"; readonly lease: Lease }
  | { readonly kind: "unlock"; readonly taskId: string }
  /** The end of a caller's patience. Volatile. */
  | { readonly kind: "claim wait"; readonly waiter: Waiter }
  | { readonly kind: "lease wait"; readonly waiter: LeaseWaiter };

export interface Agent {
  readonly agentId: string;
  /** Grows with each registration of the store. */
  readonly ordinal: number;
  readonly card: CardView;
  /** The tools of the card, for matching. */
  readonly tools: ReadonlySet<string>;
  readonly ttlSeconds: number;
  readonly registeredAt: number;
  status: AgentStatusView;
  /** Volatile. */
  lastHeartbeatAt: number;
  /** The end of the present status by silence. Volatile: every heartbeat moves it. */
  deadline: Deadline<Due> | undefined;
  readonly leases: Set<string>;
  /** Groups that the agent leads or waits in. */
  readonly groups: Set<string>;
  deathCause: DeathCause | undefined;
  diedAt: number | undefined;
}

export interface Lease {
  readonly taskId: string;
  readonly agentId: string;
  readonly token: number;
  readonly acquiredAt: number;
  ttlSeconds: number;
  /** As of the last grant or renewal; a pause of the daemon since then comes on top. */
  expiresAt: number;
  pausedMsAtRenewal: number;
  /** Others wait so long after it has expired or its holder has died. */
  lockDelayMs: number;
  deadline: Deadline<Due> | undefined;
  /** The request that got it; "" for none. */
  readonly requestId: string;
  /** It was renewed: whoever holds it knows of it, so the request can no longer be withdrawn. */
  renewed: boolean;
  /** The call in line that got the lease. Volatile. */
  grantTicket: Ticket | undefined;
}

/** A free key that only its former holder may take yet. */
export interface Locked {
  /** The lease that ended. */
  readonly last: LeaseView;
  readonly delayMs: number;
  deadline: Deadline<Due>;
}

export interface Election {
  readonly group: string;
  /** Grows with each group of the store. */
  readonly ordinal: number;
  leaderAgentId: string;
  term: number;
  electedAt: number | undefined;
  /** Who waits to lead, longest first; without the leader. */
  candidates: string[];
  /** The event of the latest change, which new watchers see first. */
  latest: BusEvent | undefined;
}

export interface Task {
  readonly id: string;
  readonly type: string;
  readonly input: Uint8Array;
  output: Uint8Array;
  status: TaskStatusView;
  readonly requiredTools: readonly string[];
  readonly maxRetries: number;
  readonly ttlSeconds: number;
  retryCount: number;
  claimedByAgentId: string;
  failureReason: string;
  readonly createdAt: number;
  claimedAt: number | undefined;
  completedAt: number | undefined;
  /** Grows with each task of the store. */
  readonly ordinal: number;
  /** Claims that expired or whose holder died. */
  lostCount: number;
  /** One more of them, and the task is dead. */
  readonly maxLost: number | undefined;
  finishedAt: number | undefined;
  place: number;
  /** The request that got the present claim, until the claim is renewed; "" for none. */
  claimRequestId: string;
  /** The call that got the claim. Volatile. */
  claimTicket: Ticket | undefined;
}

/** A blocked ClaimTask call. */
export interface Waiter {
  readonly ticket: Ticket;
  readonly agentId: string;
  /** Only tasks of these types; empty for all. */
  readonly types: ReadonlySet<string>;
  readonly requestId: string;
  deadline: Deadline<Due> | undefined;
}

/** A call that waits in line for a held key. */
export interface LeaseWaiter {
  readonly ticket: Ticket;
  readonly taskId: string;
  readonly agentId: string;
  readonly ttlSeconds: number;
  readonly lockDelayMs: number;
  readonly requestId: string;
  deadline: Deadline<Due> | undefined;
}

/** What a request did, for when it is repeated. */
export interface Remembered {
  readonly id: string;
  /** The agent that a registration ended. */
  readonly replacedAgentId?: string;
  readonly rememberedAt: number;
}

export interface State {
  logId: string;
  /** Sequence of the newest bus event. */
  sequence: number;
  /** The newest token granted. */
  token: number;
  /** Sum of the pauses of this run. Deadlines in the heap do not count it. */
  pausedMs: number;
  /** The newest timestamp: none falls below it. */
  newestWall: number;
  readonly deadlines: DeadlineHeap<Due>;
  readonly agents: PlacedMap<string, Agent>;
  /** All agents that are known, for Find. Their status is read when it searches, so that a change of it costs nothing. */
  readonly ranking: AgentIndex<Agent>;
  /** Ids of DEAD agents, oldest first. */
  readonly dead: Set<string>;
  readonly leases: PlacedMap<string, Lease>;
  /** Keys under a lock delay. */
  readonly locked: Map<string, Locked>;
  /** The highest token granted for a key, for the keys that were granted last. */
  readonly fences: AgingMap<string, number>;
  /** The highest token of a key that is no longer in `fences`. */
  forgottenFence: number;
  readonly elections: PlacedMap<string, Election>;
  readonly policies: Map<string, PolicyView>;
  readonly policyIndex: PolicyIndex;
  readonly tasks: PlacedMap<string, Task>;
  /** Ids of COMPLETED and DEAD tasks, oldest first. */
  readonly finished: Set<string>;
  readonly pending: PendingQueue<Task>;
  /** The place of the task that entered the queue last. */
  lastPlace: number;
  /** Blocked claims, longest waiting first. Volatile. */
  readonly waiters: Map<Ticket, Waiter>;
  /** The calls that wait, for a task or in line for a key, by their request ids. Volatile. */
  readonly waitingRequests: Map<string, Ticket>;
  /** Claimed tasks by the request that got the claim, while it may still be withdrawn. */
  readonly claimRequests: Map<string, Task>;
  /** Leases by the request that got them, while it may still be withdrawn. */
  readonly grantRequests: Map<string, Lease>;
  /** Request ids that were withdrawn of late, oldest first. Volatile: no call outlives the process. */
  readonly withdrawn: AgingMap<string, Remembered>;
  /** Claimed tasks by the call that got the claim. Volatile. */
  readonly claimTickets: Map<Ticket, Task>;
  /** Calls in line for a key, longest waiting first. Volatile. */
  readonly leaseWaiters: Map<string, LeaseWaiter[]>;
  /** The same calls by ticket. Volatile. */
  readonly leaseTickets: Map<Ticket, LeaseWaiter>;
  /** Leases that were given to calls in line, by ticket, while the call may still be withdrawn. Volatile. */
  readonly grantTickets: Map<Ticket, Lease>;
  /** Keys that became free since the last matching. Volatile. */
  readonly freedKeys: Set<string>;
  /** Registrations by the request ids of their callers, oldest first. */
  readonly requests: AgingMap<string, Remembered>;
  /** Tasks by the idempotency keys of their creators, oldest first. */
  readonly taskKeys: AgingMap<string, Remembered>;
  lastAgentOrdinal: number;
  lastTaskOrdinal: number;
  /** Pending tasks that became free to take since the last matching. Volatile. */
  readonly freed: Set<Task>;
  readonly agentCounts: { [Status in AgentStatusView]: number };
  readonly taskCounts: { [Status in TaskStatusView]: number };
}

/** Where an item stands in its list. */
export const agentPlace = ({ ordinal }: Agent): number => ordinal;
/** Grants stand in the order of their tokens. */
export const leasePlace = ({ token }: Lease): number => token;
export const electionPlace = ({ ordinal }: Election): number => ordinal;
export const taskPlace = ({ ordinal }: Task): number => ordinal;

export function createState(): State {
  return {
    logId: "",
    sequence: 0,
    token: 0,
    pausedMs: 0,
    newestWall: 0,
    deadlines: createDeadlineHeap<Due>(),
    agents: new PlacedMap(agentPlace),
    ranking: createAgentIndex<Agent>(),
    dead: new Set(),
    leases: new PlacedMap(leasePlace),
    locked: new Map(),
    fences: new AgingMap(),
    forgottenFence: 0,
    elections: new PlacedMap(electionPlace),
    policies: new Map(),
    policyIndex: createPolicyIndex(),
    tasks: new PlacedMap(taskPlace),
    finished: new Set(),
    pending: createPendingQueue<Task>(),
    lastPlace: 0,
    waiters: new Map(),
    waitingRequests: new Map(),
    claimRequests: new Map(),
    grantRequests: new Map(),
    withdrawn: new AgingMap(),
    claimTickets: new Map(),
    leaseWaiters: new Map(),
    leaseTickets: new Map(),
    grantTickets: new Map(),
    freedKeys: new Set(),
    requests: new AgingMap(),
    taskKeys: new AgingMap(),
    lastAgentOrdinal: 0,
    lastTaskOrdinal: 0,
    freed: new Set(),
    agentCounts: { alive: 0, unreachable: 0, dead: 0 },
    taskCounts: { pending: 0, claimed: 0, completed: 0, dead: 0 },
  };
}

/** Arms or moves a deadline `seconds` from now. */
export function armDeadline(
  state: State,
  due: Due,
  armed: Deadline<Due> | undefined,
  now: Now,
  seconds: number,
): Deadline<Due> {
  const at = now.mono - state.pausedMs + seconds * 1_000;
  if (armed === undefined) {
    return state.deadlines.add(at, due);
  }
  state.deadlines.move(armed, at);
  return armed;
}

/** With a shorter deadline, a client that beats once per second would beat exactly at it. */
const shortestDeadlineSeconds = 2;

/** How long an agent may be silent before its status falls. */
export function deadlineSeconds(agent: Pick<Agent, "ttlSeconds">): number {
  return Math.max(agent.ttlSeconds, shortestDeadlineSeconds);
}

/** Gives an event the next sequence. */
export function publish(state: State, now: Now, body: EventBody): BusEvent {
  state.sequence += 1;
  return { ...body, sequence: state.sequence, occurredAt: now.wall };
}

/** The claim is over or known to its holder: the request that got it can no longer be withdrawn. */
export function forgetClaimRequest(state: State, task: Task): void {
  if (task.claimRequestId !== "") {
    state.claimRequests.delete(task.claimRequestId);
    task.claimRequestId = "";
  }
}
