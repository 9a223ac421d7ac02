// What a model reads of agents, leases, groups, tasks and policies: plain names, and bytes as text where they are text.
import type {
  AgentInfo,
  ElectionDetail,
  ElectionState,
  EventPayload,
  Lease,
  Task,
  TaskDetail,
} from "../types.ts";

type Fields = Readonly<Record<string, unknown>>;

export function agentFields({ agentId, card, status, registeredAt, lastHeartbeatAt }: AgentInfo): Fields {
  return {
    agent_id: agentId,
    ...card,
    status,
    registered_at: registeredAt,
    last_heartbeat_at: lastHeartbeatAt,
  };
}

export function leaseFields({ taskId, holderAgentId, token, acquiredAt, expiresAt }: Lease): Fields {
  return {
    key: taskId,
    holder_agent_id: holderAgentId,
    token,
    acquired_at: acquiredAt,
    expires_at: expiresAt,
  };
}

export function electionFields(state: ElectionState | ElectionDetail): Fields {
  const { group, leaderAgentId, term, electedAt } = state;
  return {
    group,
    leader_agent_id: leaderAgentId || null,
    term,
    elected_at: electedAt,
    ...("candidateAgentIds" in state ? { candidate_agent_ids: state.candidateAgentIds } : {}),
  };
}

export function taskFields(task: Task | TaskDetail): Fields {
  return {
    task_id: task.id,
    type: task.type,
    status: task.status,
    ...bytesFields("input", task.input),
    ...bytesFields("output", task.output),
    required_tools: task.requiredTools,
    retries: `${task.retryCount} of ${task.maxRetries}`,
    claimed_by_agent_id: task.claimedByAgentId || null,
    ...("token" in task && task.token !== null ? { token: task.token } : {}),
    failure_reason: task.failureReason || null,
    created_at: task.createdAt,
    claimed_at: task.claimedAt,
    completed_at: task.completedAt,
  };
}

/** What an event is about, under the name of its kind. */
export function payloadFields(payload: EventPayload | null): Fields {
  if (payload === null) {
    return {};
  }
  if ("card" in payload) {
    return { agent: agentFields(payload) };
  }
  if ("holderAgentId" in payload) {
    return { lease: leaseFields(payload) };
  }
  if ("leaderAgentId" in payload) {
    return { election: electionFields(payload) };
  }
  return "effect" in payload ? { policy: payload } : { task: taskFields(payload) };
}

/** Bytes that are no text are written in base64, under a name that says so. */
function bytesFields(name: string, bytes: Uint8Array): Fields {
  try {
    return { [name]: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { [`${name}_base64`]: Buffer.from(bytes).toString("base64") };
  }
}
