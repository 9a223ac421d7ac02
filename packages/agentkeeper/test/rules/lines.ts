// Events and replies as one line each, without times: what two tellings of one history must have in common.
import { deferred } from "@x/core/service";
import type { Reply } from "../../src/local/rules/model/commands.ts";
import { isRefusal, type Refusal } from "../../src/local/rules/model/refusal.ts";
import type { BusEvent } from "../../src/local/rules/model/views.ts";

export function eventLine(event: BusEvent): string {
  if ("agent" in event) {
    return `${event.topic} ${event.agent.agentId}`;
  }
  if ("lease" in event) {
    const { taskId, holderAgentId, token } = event.lease;
    return `${event.topic} ${taskId} ${holderAgentId} ${token}`;
  }
  if ("election" in event) {
    const { group, leaderAgentId, term } = event.election;
    return `${event.topic} ${group} [${leaderAgentId}] ${term}`;
  }
  if ("task" in event) {
    const { id, claimedByAgentId, retryCount } = event.task;
    return `${event.topic} ${id} [${claimedByAgentId}] ${retryCount}`;
  }
  return `${event.topic} ${event.policy.id}`;
}

export function replyLine(reply: Reply | Refusal | typeof deferred): string {
  if (reply === deferred) {
    return "waits";
  }
  if (isRefusal(reply)) {
    return reply.refused;
  }
  if ("lease" in reply) {
    const { holderAgentId, token } = reply.lease;
    return `${"acquired" in reply && !reply.acquired ? "held by" : "holds"} ${holderAgentId} ${token}`;
  }
  if ("election" in reply) {
    return `led by [${reply.election.leaderAgentId}] ${reply.election.term}`;
  }
  if ("task" in reply && reply.task !== undefined) {
    const { id, status, claimedByAgentId, retryCount, failureReason } = reply.task;
    return `task ${id} ${status} [${claimedByAgentId}] ${retryCount} ${failureReason}`;
  }
  return "task" in reply ? "no task" : "done";
}
