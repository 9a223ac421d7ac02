// The whole state as a plain value, and back: what a restart begins with instead of the first record.
import type { Now } from "@x/core/service";
import type { DeathCause } from "./model/records.ts";
import {
  type Agent,
  armDeadline,
  createState,
  deadlineSeconds,
  type Election,
  type Lease,
  type Remembered,
  type State,
  type Task,
} from "./model/state.ts";
import type { BusEvent, CardView, LeaseView, PolicyView } from "./model/views.ts";

interface StoredAgent
  extends Pick<Agent, "agentId" | "ordinal" | "ttlSeconds" | "registeredAt" | "status" | "lastHeartbeatAt"> {
  readonly card: CardView;
  readonly deathCause?: DeathCause;
  readonly diedAt?: number;
}

interface StoredLease extends Omit<Lease, "deadline" | "requestId" | "renewed" | "grantTicket"> {
  /** While the request may still be repeated or withdrawn. Absent too in what older versions stored, as `renewed` is. */
  readonly requestId?: string;
  readonly renewed?: boolean;
}

interface StoredElection extends Omit<Election, "latest" | "electedAt" | "candidates"> {
  readonly candidates: readonly string[];
  readonly electedAt?: number;
  readonly latest?: BusEvent;
}

interface StoredTask
  extends Omit<
    Task,
    "claimTicket" | "claimRequestId" | "maxLost" | "claimedAt" | "completedAt" | "finishedAt"
  > {
  readonly claimRequestId?: string;
  readonly maxLost?: number;
  readonly claimedAt?: number;
  readonly completedAt?: number;
  readonly finishedAt?: number;
}

/** A state as it is stored. Lists stand directly below the top, so that they can be written in pieces. */
interface StoredState {
  readonly logId: string;
  readonly sequence: number;
  readonly token: number;
  readonly pausedMs: number;
  readonly newestWall: number;
  readonly forgottenFence: number;
  readonly lastPlace: number;
  readonly lastAgentOrdinal: number;
  readonly lastTaskOrdinal: number;
  readonly agents: readonly StoredAgent[];
  readonly dead: readonly string[];
  readonly leases: readonly StoredLease[];
  readonly locked: readonly { readonly taskId: string; readonly last: LeaseView; readonly delayMs: number }[];
  readonly fences: readonly (readonly [string, number])[];
  readonly elections: readonly StoredElection[];
  readonly policies: readonly PolicyView[];
  readonly tasks: readonly StoredTask[];
  readonly finished: readonly string[];
  readonly requests: readonly (readonly [string, Remembered])[];
  readonly taskKeys: readonly (readonly [string, Remembered])[];
}

/** A copy of everything that is not volatile. */
export function snapshotState(state: State): StoredState {
  return {
    logId: state.logId,
    sequence: state.sequence,
    token: state.token,
    pausedMs: state.pausedMs,
    newestWall: state.newestWall,
    forgottenFence: state.forgottenFence,
    lastPlace: state.lastPlace,
    lastAgentOrdinal: state.lastAgentOrdinal,
    lastTaskOrdinal: state.lastTaskOrdinal,
    agents: [...state.agents.values()].map(storeAgent),
    dead: [...state.dead],
    leases: Array.from(state.leases.values(), storeLease),
    locked: [...state.locked].map(([taskId, { last, delayMs }]) => ({ taskId, last, delayMs })),
    fences: [...state.fences],
    elections: [...state.elections.values()].map(({ latest, electedAt, candidates, ...election }) => ({
      ...election,
      candidates: [...candidates],
      ...(electedAt === undefined ? {} : { electedAt }),
      ...(latest === undefined ? {} : { latest }),
    })),
    policies: [...state.policies.values()],
    tasks: [...state.tasks.values()].map(storeTask),
    finished: [...state.finished],
    requests: [...state.requests],
    taskKeys: [...state.taskKeys],
  };
}

/** How many items a snapshot holds that take their time to store. */
export function sizeOf({
  agents,
  leases,
  fences,
  elections,
  policies,
  tasks,
  requests,
  taskKeys,
}: State): number {
  const counted = [agents, leases, fences, elections, policies, tasks, requests, taskKeys];
  return counted.reduce((sum, { size }) => sum + size, 0);
}

// Name by name: there are many of them, and a rest pattern takes several times as long.
function storeLease(lease: Lease): StoredLease {
  const { taskId, agentId, token, acquiredAt, ttlSeconds, expiresAt, pausedMsAtRenewal, lockDelayMs } = lease;
  const { requestId, renewed } = lease;
  const stored = {
    taskId,
    agentId,
    token,
    acquiredAt,
    ttlSeconds,
    expiresAt,
    pausedMsAtRenewal,
    lockDelayMs,
  };
  return requestId === "" ? stored : { ...stored, requestId, renewed };
}

function storeAgent(agent: Agent): StoredAgent {
  const { agentId, ordinal, card, ttlSeconds, registeredAt, status, lastHeartbeatAt, deathCause, diedAt } =
    agent;
  return {
    agentId,
    ordinal,
    card,
    ttlSeconds,
    registeredAt,
    status,
    lastHeartbeatAt,
    ...(deathCause === undefined ? {} : { deathCause }),
    ...(diedAt === undefined ? {} : { diedAt }),
  };
}

function storeTask({
  claimTicket: _,
  claimRequestId,
  maxLost,
  claimedAt,
  completedAt,
  finishedAt,
  ...task
}: Task): StoredTask {
  return {
    ...task,
    ...(claimRequestId === "" ? {} : { claimRequestId }),
    ...(maxLost === undefined ? {} : { maxLost }),
    ...(claimedAt === undefined ? {} : { claimedAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

/** The state of a snapshot that this package wrote; deadlines count from `now`. */
export function restoreState(snapshot: unknown, now: Now): State {
  // The journal has verified that these are the bytes that were written.
  const stored = snapshot as StoredState;
  const state = createState();
  state.logId = stored.logId;
  state.sequence = stored.sequence;
  state.token = stored.token;
  state.pausedMs = stored.pausedMs;
  state.newestWall = stored.newestWall;
  state.forgottenFence = stored.forgottenFence;
  state.lastPlace = stored.lastPlace;
  state.lastAgentOrdinal = stored.lastAgentOrdinal;
  state.lastTaskOrdinal = stored.lastTaskOrdinal;
  for (const agent of stored.agents) {
    restoreAgent(state, agent, now);
  }
  for (const agentId of stored.dead) {
    state.dead.add(agentId);
  }
  for (const lease of stored.leases) {
    restoreLease(state, lease, now);
  }
  for (const { taskId, last, delayMs } of stored.locked) {
    const deadline = armDeadline(state, { kind: "unlock", taskId }, undefined, now, delayMs / 1_000);
    state.locked.set(taskId, { last, delayMs, deadline });
  }
  for (const [taskId, token] of stored.fences) {
    state.fences.set(taskId, token);
  }
  for (const election of stored.elections) {
    restoreElection(state, election);
  }
  for (const policy of stored.policies) {
    state.policies.set(policy.id, policy);
    state.policyIndex.add(policy);
  }
  for (const task of stored.tasks) {
    restoreTask(state, task);
  }
  for (const id of stored.finished) {
    state.finished.add(id);
  }
  for (const [key, remembered] of stored.requests) {
    state.requests.set(key, remembered);
  }
  for (const [key, remembered] of stored.taskKeys) {
    state.taskKeys.set(key, remembered);
  }
  return state;
}

function restoreAgent(state: State, stored: StoredAgent, now: Now): void {
  const agent: Agent = {
    ...stored,
    tools: new Set(stored.card.tools),
    deathCause: stored.deathCause,
    diedAt: stored.diedAt,
    deadline: undefined,
    leases: new Set(),
    groups: new Set(),
  };
  state.agents.set(agent.agentId, agent);
  state.agentCounts[agent.status] += 1;
  state.ranking.add(agent);
  if (agent.status !== "dead") {
    agent.deadline = armDeadline(state, { kind: "agent", agent }, undefined, now, deadlineSeconds(agent));
  }
}

function restoreLease(state: State, stored: StoredLease, now: Now): void {
  const { requestId = "", renewed = true } = stored;
  const lease: Lease = { ...stored, requestId, renewed, deadline: undefined, grantTicket: undefined };
  lease.deadline = armDeadline(state, { kind: "lease", lease }, undefined, now, lease.ttlSeconds);
  state.leases.set(lease.taskId, lease);
  state.agents.get(lease.agentId)?.leases.add(lease.taskId);
  if (requestId !== "" && !renewed) {
    state.grantRequests.set(requestId, lease);
  }
}

function restoreElection(state: State, stored: StoredElection): void {
  const election: Election = {
    ...stored,
    candidates: [...stored.candidates],
    electedAt: stored.electedAt,
    latest: stored.latest,
  };
  state.elections.set(election.group, election);
  for (const agentId of [election.leaderAgentId, ...election.candidates]) {
    state.agents.get(agentId)?.groups.add(election.group);
  }
}

function restoreTask(state: State, stored: StoredTask): void {
  const task: Task = {
    ...stored,
    claimedAt: stored.claimedAt,
    completedAt: stored.completedAt,
    finishedAt: stored.finishedAt,
    maxLost: stored.maxLost,
    claimRequestId: stored.claimRequestId ?? "",
    claimTicket: undefined,
  };
  state.tasks.set(task.id, task);
  state.taskCounts[task.status] += 1;
  if (task.claimRequestId !== "") {
    state.claimRequests.set(task.claimRequestId, task);
  }
  if (task.status === "pending") {
    state.pending.add(task);
  }
}
