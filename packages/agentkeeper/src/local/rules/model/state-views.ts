// What the state shows of itself: copies that never change after they were handed out.

import type { Agent, Election, Lease, State, Task } from "./state.ts";
import type {
  AgentDetailView,
  AgentView,
  ElectionDetailView,
  ElectionView,
  LeaseDetailView,
  LeaseView,
  TaskDetailView,
  TaskView,
} from "./views.ts";

export function viewAgent(agent: Agent): AgentView {
  const { agentId, card, status, registeredAt, lastHeartbeatAt } = agent;
  return { agentId, card, status, registeredAt, lastHeartbeatAt };
}

export function viewLease(state: State, lease: Lease): LeaseView {
  return {
    taskId: lease.taskId,
    holderAgentId: lease.agentId,
    token: lease.token,
    acquiredAt: lease.acquiredAt,
    expiresAt: lease.expiresAt + Math.round(state.pausedMs - lease.pausedMsAtRenewal),
  };
}

export function viewElection(election: Election): ElectionView {
  const { group, leaderAgentId, term, electedAt } = election;
  return { group, leaderAgentId, term, electedAt };
}

const noBytes = new Uint8Array(0);

export function viewTask(task: Task): TaskView {
  return {
    id: task.id,
    type: task.type,
    input: task.input,
    output: task.output,
    status: task.status,
    requiredTools: task.requiredTools,
    maxRetries: task.maxRetries,
    retryCount: task.retryCount,
    claimedByAgentId: task.claimedByAgentId,
    failureReason: task.failureReason,
    createdAt: task.createdAt,
    claimedAt: task.claimedAt,
    completedAt: task.completedAt,
  };
}

/** The task as events show it. */
export function viewTaskWithoutData(task: Task): TaskView {
  return { ...viewTask(task), input: noBytes, output: noBytes };
}

export function viewAgentDetail(agent: Agent): AgentDetailView {
  const { ttlSeconds, deathCause, diedAt } = agent;
  return { agent: viewAgent(agent), ttlSeconds, deathCause, diedAt };
}

export function viewLeaseDetail(state: State, lease: Lease): LeaseDetailView {
  return {
    lease: viewLease(state, lease),
    ttlSeconds: lease.ttlSeconds,
    claimedTask: state.tasks.get(lease.taskId)?.status === "claimed",
    waiters: state.leaseWaiters.get(lease.taskId)?.length ?? 0,
  };
}

export function viewElectionDetail(election: Election): ElectionDetailView {
  return {
    election: viewElection(election),
    candidateAgentIds: [...election.candidates],
    sequence: election.latest?.sequence ?? 0,
  };
}

export function viewTaskDetail(state: State, task: Task, forHolder: boolean): TaskDetailView {
  return {
    task: viewTask(task),
    ttlSeconds: task.ttlSeconds,
    lostCount: task.lostCount,
    maxLost: task.maxLost,
    token: forHolder ? state.leases.get(task.id)?.token : undefined,
    finishedAt: task.finishedAt,
  };
}
