// From the rules' detailed views to the messages of the additive wire.
import { create } from "@bufbuild/protobuf";
import { type ElectionDetail, ElectionDetailSchema } from "../../gen/agentkeeper/ext/v1/election_pb.ts";
import { type LeaseDetail, LeaseDetailSchema } from "../../gen/agentkeeper/ext/v1/lease_pb.ts";
import { type AgentDetail, AgentDetailSchema, DeathCause } from "../../gen/agentkeeper/ext/v1/registry_pb.ts";
import { type TaskDetail, TaskDetailSchema } from "../../gen/agentkeeper/ext/v1/task_pb.ts";
import { type FencingToken, FencingTokenSchema } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { timestampOf } from "../../wire/timestamp.ts";
import type {
  AgentDetailView,
  ElectionDetailView,
  LeaseDetailView,
  TaskDetailView,
} from "../rules/model/views.ts";
import { encodeAgent, encodeElection, encodeLease, encodeTask } from "./encode.ts";

const deathCauses: { readonly [Cause in NonNullable<AgentDetailView["deathCause"]>]: DeathCause } = {
  deregistered: DeathCause.DEREGISTERED,
  heartbeat_timeout: DeathCause.HEARTBEAT_TIMEOUT,
  replaced: DeathCause.REPLACED,
};

export function encodeAgentDetail({ agent, ttlSeconds, deathCause, diedAt }: AgentDetailView): AgentDetail {
  const message = create(AgentDetailSchema, { agent: encodeAgent(agent), ttlSeconds });
  if (deathCause !== undefined) {
    message.deathCause = deathCauses[deathCause];
  }
  if (diedAt !== undefined) {
    message.diedAt = timestampOf(diedAt);
  }
  return message;
}

export function encodeLeaseDetail({ lease, ttlSeconds, claimedTask, waiters }: LeaseDetailView): LeaseDetail {
  return create(LeaseDetailSchema, { lease: encodeLease(lease), ttlSeconds, claimedTask, waiters });
}

export function encodeElectionDetail(detail: ElectionDetailView): ElectionDetail {
  return create(ElectionDetailSchema, {
    state: encodeElection(detail.election),
    candidateAgentIds: [...detail.candidateAgentIds],
    sequence: BigInt(detail.sequence),
  });
}

export function encodeTaskDetail(detail: TaskDetailView): TaskDetail {
  const message = create(TaskDetailSchema, {
    task: encodeTask(detail.task),
    ttlSeconds: detail.ttlSeconds,
    lostCount: detail.lostCount,
  });
  if (detail.maxLost !== undefined) {
    message.maxLost = detail.maxLost;
  }
  if (detail.token !== undefined) {
    message.token = encodeToken(detail.token);
  }
  if (detail.finishedAt !== undefined) {
    message.finishedAt = timestampOf(detail.finishedAt);
  }
  return message;
}

export function encodeToken(token: number): FencingToken {
  return create(FencingTokenSchema, { value: BigInt(token) });
}
