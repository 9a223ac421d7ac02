// From the messages of the additive wire to what callers see. `operation` is the method that a faulty answer is told of.
import type { ElectionDetail as WireElectionDetail } from "../../gen/agentkeeper/ext/v1/election_pb.ts";
import type { LeaseDetail as WireLeaseDetail } from "../../gen/agentkeeper/ext/v1/lease_pb.ts";
import type {
  AgentDetail as WireAgentDetail,
  DeathCause as WireDeathCause,
} from "../../gen/agentkeeper/ext/v1/registry_pb.ts";
import type { TaskDetail as WireTaskDetail } from "../../gen/agentkeeper/ext/v1/task_pb.ts";
import type { AgentDetail, DeathCause, ElectionDetail, LeaseDetail, TaskDetail } from "../../types.ts";
import { dateOrNull } from "../../wire/timestamp.ts";
import { decodeAgent, decodeElection, decodeLease, decodeTask } from "./decode.ts";
import { required } from "./required.ts";

// By number: the generated names would load the descriptors of the additive wire with the package.
const deathCauses: { readonly [Cause in WireDeathCause]: DeathCause | null } = {
  0: null,
  1: "DEREGISTERED",
  2: "HEARTBEAT_TIMEOUT",
  3: "REPLACED",
};

export function decodeAgentDetail(operation: string, detail: WireAgentDetail): AgentDetail {
  return {
    ...decodeAgent(required(operation, "agent", detail.agent)),
    ttlSeconds: detail.ttlSeconds,
    deathCause: deathCauses[detail.deathCause] ?? null,
    diedAt: dateOrNull(detail.diedAt),
  };
}

export function decodeLeaseDetail(operation: string, detail: WireLeaseDetail): LeaseDetail {
  const { ttlSeconds, claimedTask, waiters } = detail;
  return { ...decodeLease(required(operation, "lease", detail.lease)), ttlSeconds, claimedTask, waiters };
}

export function decodeElectionDetail(operation: string, detail: WireElectionDetail): ElectionDetail {
  const { candidateAgentIds, sequence } = detail;
  return { ...decodeElection(required(operation, "state", detail.state)), candidateAgentIds, sequence };
}

export function decodeTaskDetail(operation: string, detail: WireTaskDetail): TaskDetail {
  return {
    ...decodeTask(required(operation, "task", detail.task)),
    ttlSeconds: detail.ttlSeconds,
    lostCount: detail.lostCount,
    maxLost: detail.maxLost ?? null,
    token: detail.token?.value ?? null,
    finishedAt: dateOrNull(detail.finishedAt),
  };
}
