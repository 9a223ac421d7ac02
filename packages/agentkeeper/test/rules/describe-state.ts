// A state as a plain value, to compare what a store became with what a replay of its records gives.
import type { State } from "../../src/local/rules/model/state.ts";
import { viewAgent, viewElection, viewLease, viewTask } from "../../src/local/rules/model/state-views.ts";

/** Everything that callers can see, and nothing that is volatile. */
export function describeState(state: State): unknown {
  return {
    sequence: state.sequence,
    token: state.token,
    agents: [...state.agents.values()].map((agent) => ({
      ...viewAgent(agent),
      lastHeartbeatAt: 0,
      leases: [...agent.leases].sort(),
      groups: [...agent.groups].sort(),
      cause: agent.deathCause,
      diedAt: agent.diedAt,
      ttl: agent.ttlSeconds,
      ordinal: agent.ordinal,
    })),
    dead: [...state.dead],
    leases: [...state.leases.values()].map((lease) => ({
      ...viewLease(state, lease),
      ttl: lease.ttlSeconds,
      lockDelayMs: lease.lockDelayMs,
      requestId: lease.requestId,
    })),
    locked: [...state.locked].map(([taskId, { last, delayMs }]) => ({ taskId, last, delayMs })),
    fences: [...state.fences],
    forgottenFence: state.forgottenFence,
    requests: [...state.requests],
    taskKeys: [...state.taskKeys],
    elections: [...state.elections.values()].map((election) => ({
      ...viewElection(election),
      candidates: election.candidates,
      ordinal: election.ordinal,
      latest: election.latest,
    })),
    policies: [...state.policies.values()],
    tasks: [...state.tasks.values()].map((task) => ({
      ...viewTask(task),
      place: task.place,
      ordinal: task.ordinal,
      ttl: task.ttlSeconds,
      lostCount: task.lostCount,
      maxLost: task.maxLost,
      finishedAt: task.finishedAt,
    })),
    finished: [...state.finished],
    withdrawable: [[...state.grantRequests.keys()].sort(), [...state.claimRequests.keys()].sort()],
    pending: state.pending.size,
    lastPlace: state.lastPlace,
    lastOrdinals: [state.lastAgentOrdinal, state.lastTaskOrdinal],
    ranked: state.ranking.size,
    indexedPolicies: state.policyIndex.size,
    agentCounts: state.agentCounts,
    taskCounts: state.taskCounts,
  };
}
